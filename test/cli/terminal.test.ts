import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { program, startProcess, writeNotebook } from './cli-process.js'

const hasScript = spawnSync('script', ['--version']).status === 0
const escape = String.fromCharCode(27)

/** Runs the program on a pseudo terminal of its own; what comes back is what the terminal got. */
async function onTerminal(words: readonly string[], env: NodeJS.ProcessEnv): Promise<string> {
  const command = [process.execPath, program, ...words].map((word) => `'${word}'`).join(' ')
  const run = startProcess('script', ['-qec', `stty cols 80; ${command}`, '/dev/null'], {
    env: { LANG: 'C.UTF-8', TERM: 'xterm-256color', ...env },
  })
  return (await run.finished).stdout
}

const isProgressLine = /cell \d of 3 {2}(ready|running) {2}\d:\d\d/

test.skipIf(!hasScript)(
  'on a terminal a progress line is drawn, taken away at the end, and the cursor comes back',
  async () => {
    const shown = await onTerminal(['run', writeNotebook(['1', 'print("streamed")', '3'])], {})
    expect(shown).toMatch(isProgressLine)
    expect(shown).toContain('━')
    expect(shown).toContain(`${escape}[36m[2]${escape}[39m`)
    expect(shown).toContain('    streamed\r\n')
    expect(shown.lastIndexOf(`${escape}[?25h`)).toBeGreaterThan(shown.lastIndexOf(`${escape}[?25l`))
    const end = shown.slice(shown.lastIndexOf(`${escape}[?25h`))
    expect(end).toContain('3 cells ran in')
    expect(end).not.toMatch(isProgressLine)
  },
)

test.skipIf(!hasScript)('NO_COLOR takes the colours away and keeps the progress line', async () => {
  const shown = await onTerminal(['run', writeNotebook(['1', '2', '3'])], { NO_COLOR: '1' })
  expect(shown).toMatch(isProgressLine)
  expect(shown).not.toContain(`${escape}[36m`)
})
