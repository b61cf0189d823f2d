import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, symlinkSync, lstatSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import {
  freshDirectory,
  html,
  jsonLines,
  runCli,
  startCli,
  untilWritten,
  writeNotebook,
} from './cli-process.js'

test('a truncated notebook is refused with the place, before anything is opened', async () => {
  const notebook = writeNotebook(['1'])
  const text = readFileSync(notebook, 'utf8')
  writeFileSync(notebook, text.slice(0, text.length - 100))
  const { code, stdout, stderr } = await runCli(['run', notebook])
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  expect(stderr).toMatch(/^error: .*notebook\.ipynb:\d+:\d+: .+\n$/)
})

test('what is wrong in a notebook is put right with a warning, and what a run has left as it was is told', async () => {
  const notebook = writeNotebook(['1/0', 'print("never")'])
  const file = JSON.parse(readFileSync(notebook, 'utf8')) as {
    cells: Record<string, unknown>[]
    metadata: Record<string, unknown>
  }
  const earlier = [{ name: 'stdout', output_type: 'stream', text: ['before\n'] }]
  file.metadata['language_info'] = { name: 'python', version: '2.7' }
  file.cells = file.cells.map((cell) => ({ ...cell, id: 'same', outputs: earlier, execution_count: 9 }))
  writeFileSync(notebook, `\uFEFF${JSON.stringify(file, null, 1)}`)
  const { code, stdout } = await runCli(['run', notebook, '--inplace', '--json'])
  expect(code).toBe(1)
  const warnings = jsonLines(stdout).filter(({ event }) => event === 'run.warning')
  expect(warnings).toMatchObject([
    { message: expect.stringContaining('cell 1 and cell 2 both have the id "same"; cell 2 gets the id') },
    { message: 'Cell 2 of the notebook was not run; it still shows the outputs of an earlier run.' },
  ])
  const written = JSON.parse(readFileSync(notebook, 'utf8')) as typeof file
  expect(new Set(written.cells.map(({ id }) => id)).size).toBe(2)
  expect(written.cells).toMatchObject([{ execution_count: 1 }, { execution_count: 9, outputs: earlier }])
  expect(written.metadata['language_info']).toMatchObject({
    codemirror_mode: { name: 'ipython', version: 3 },
    file_extension: '.py',
    mimetype: 'text/x-python',
    name: 'python',
    nbconvert_exporter: 'python',
    pygments_lexer: 'ipython3',
    version: expect.stringMatching(/^3\.\d+\.\d+$/),
  })
})

test('an unknown kernel is refused with the known ones, asked for or named by the notebook', async () => {
  const asked = await runCli(['run', writeNotebook(['1']), '--kernel', 'pyton'])
  expect(asked.code).toBe(2)
  expect(asked.stderr).toBe(
    'error: There is no kernel "pyton". Did you mean "python"? Known: python (also: python3, pyodide), html.\n',
  )
  const named = await runCli(['run', writeNotebook(['1'], { kernel: 'ir', language: 'R', name: 'r.ipynb' })])
  expect(named.code).toBe(2)
  expect(named.stderr).toContain('asks for the kernel "ir", which is not known here. Known: python')
})

test.each([
  [['rnu', 'a.ipynb'], 'There is no command "rnu". Did you mean "run"?'],
  [['a.ipynb'], 'To run the notebook: run a.ipynb'],
  [['run', 'a.ipynb', 'b.ipynb'], '"run" takes one notebook; "b.ipynb" is too much'],
  [['run', 'a.ipynb', '--tmeout', '5'], '"run" has no option "--tmeout". Did you mean "--timeout"?'],
  [['run', 'a.ipynb', '--timeout', 'soon'], '--timeout is "soon"; a number of seconds above 0 was expected'],
  [['run', 'a.ipynb', '--timeout', '0'], '--timeout is "0"'],
  [['run', 'a.ipynb', '--out', 'b', '--inplace'], '--out and --inplace exclude each other'],
  [['run', 'a.ipynb'], 'Cannot read a.ipynb: no such file or directory.'],
  [['log'], '"log" needs one directory'],
  [['log', 'nowhere'], 'There is no directory nowhere.'],
  [['log', '.'], 'There is no recorded notebook in .'],
  [['help', 'rum'], 'There is no command "rum". Did you mean "run"?'],
  [['--frobnicate'], 'There is no option "--frobnicate" before a command'],
])('%j ends with 2 and one line that says what to do', async (words, message) => {
  const { code, stdout, stderr } = await runCli(words, { cwd: freshDirectory() })
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  expect(stderr).toContain(message)
  expect(stderr).toMatch(/^error: .*\n$/)
})

test('DEBUG=1 adds the stack trace, and --json the problem as an object', async () => {
  const { stdout, stderr } = await runCli(['run', 'a.ipynb', '--json'], {
    cwd: freshDirectory(),
    env: { DEBUG: '1' },
  })
  expect(stderr).toMatch(/\n {4}at /)
  expect(jsonLines(stdout).at(-1)).toMatchObject({ event: 'error', code: 'NOTEBOOK_UNREADABLE', exitCode: 2 })
})

test('an output file that cannot be written is noticed before anything runs', async () => {
  const notebook = writeNotebook(['<b>one</b>'], html)
  const missing = await runCli(['run', notebook, '--out', join(dirname(notebook), 'no', 'out.ipynb')])
  expect(missing).toMatchObject({ code: 2, stdout: '' })
  expect(missing.stderr).toMatch(/Cannot write .*: no such file or directory\. Nothing was run\./)
  const folder = await runCli(['run', notebook, '--out', dirname(notebook)])
  expect(folder.stderr).toContain('it is a directory. Nothing was run.')
})

test('a link that is written stays a link', async () => {
  const notebook = writeNotebook(['<b>one</b>'], html)
  const link = join(dirname(notebook), 'link.ipynb')
  symlinkSync(notebook, link)
  expect((await runCli(['run', link, '--inplace'])).code).toBe(0)
  expect(lstatSync(link).isSymbolicLink()).toBe(true)
  expect(readFileSync(notebook, 'utf8')).toContain('"execution_count": 1')
})

test('a store that another process has open is refused, with the id of that process', async () => {
  const notebook = writeNotebook(['print("busy", flush=True)\nwhile True: pass'])
  const store = freshDirectory()
  const first = startCli(['run', notebook, '--store', store])
  await untilWritten(first, '    busy')
  const second = await runCli(['run', notebook, '--store', store])
  expect(second).toMatchObject({ code: 2, stdout: '' })
  expect(second.stderr).toContain(`process ${first.child.pid}`)
  const log = await runCli(['log', store])
  expect(log.code).toBe(2)
  expect(log.stderr).toContain(`process ${first.child.pid}`)
  first.child.kill('SIGINT')
  expect((await first.finished).code).toBe(130)
})

test('after kill -9 a second run says what was lost, runs everything, and keeps the record of the first', async () => {
  const notebook = writeNotebook([
    'print("one")',
    'import os\nprint("two", flush=True)\nwhile not os.environ.get("GO"): pass',
    '3',
  ])
  const store = freshDirectory()
  const first = startCli(['run', notebook, '--store', store])
  await untilWritten(first, '    two')
  first.child.kill('SIGKILL')
  expect(await first.finished).toMatchObject({ signal: 'SIGKILL' })

  const edited = readFileSync(notebook, 'utf8').replace('while not', 'if not')
  writeFileSync(notebook, edited)
  const out = join(dirname(notebook), 'out.ipynb')
  const second = await runCli(['run', notebook, '--store', store, '--out', out])
  expect(second.stderr).toBe('')
  expect(second.code).toBe(0)
  expect(second.stdout).toContain(
    'The earlier run in this store was cut off: 1 cell was running and is lost; 1 cell was waiting and is now cancelled.',
  )
  expect(second.stdout).toContain('✓ 3 cells ran in')

  const log = jsonLines((await runCli(['log', store, '--json'])).stdout)
  const ends = log.filter(({ transition }) => /finished|cancelled/.test(String(transition)))
  expect(ends).toMatchObject([
    { cell: 1, outcome: 'succeeded' },
    { cell: 3, transition: 'execution.cancelled' },
    { cell: 2, outcome: 'lost', reason: expect.stringContaining('ended while it ran') },
    { cell: 1, outcome: 'succeeded' },
    { cell: 2, outcome: 'succeeded' },
    { cell: 3, outcome: 'succeeded' },
  ])
  expect(log.filter(({ transition }) => transition === 'session.started')).toHaveLength(2)
})

test('large outputs are kept whole', async () => {
  const notebook = writeNotebook([
    'print("x" * 1_000_001)',
    'from IPython.display import HTML\nHTML("y" * 8_000_001)',
    'for i in range(1001): display(i)',
  ])
  const { code, stdout } = await runCli(['run', notebook, '--quiet', '--out', '-'])
  expect(code).toBe(0)
  const { cells } = JSON.parse(stdout) as { cells: { outputs: object[] }[] }
  const [text, page, displays] = cells.map(({ outputs }) => outputs)
  expect(text).toMatchObject([{ text: ['x'.repeat(1_000_001) + '\n'] }])
  expect(page).toMatchObject([{ data: { 'text/html': ['y'.repeat(8_000_001)] } }])
  expect(displays).toHaveLength(1_001)
})

test('with --output-limit a cell that writes 100 MB ends with a note about the rest, and memory stays bounded', async () => {
  const notebook = writeNotebook([
    'for i in range(1_000_000): print("x" * 99)',
    'print("after")',
    'from IPython.display import HTML\nHTML("y" * 1_000_001)',
  ])
  const run = startCli(['run', notebook, '--output-limit', '1MB'])
  let peakKilobytes = 0
  const sample = setInterval(
    () => (peakKilobytes = Math.max(peakKilobytes, residentKilobytes(run.child.pid))),
    50,
  )
  const { code, stdout } = await run.finished
  clearInterval(sample)
  expect(code).toBe(3)
  expect(stdout).toContain('[output truncated: 1.0 MB of 100.0 MB shown]')
  expect(stdout).toContain('\n    after\n')
  expect(stdout).toContain(
    'Not all output of the cells is kept.\n  Cell [1]: output truncated: 1.0 MB of 100.0 MB shown.\n' +
      '  Cell [3]: text/html output of 1.0 MB left out: more than 1.0 MB.\n',
  )
  expect(stdout.length).toBeLessThan(1_200_000)
  expect(peakKilobytes).toBeGreaterThan(50_000)
  expect(peakKilobytes).toBeLessThan(1_000_000)
})

const mountable = canMount()

test.skipIf(!mountable)(
  'a read-only store directory is refused with 2 (needs the right to mount)',
  async () => {
    await withMount('size=8m', async (mount) => {
      execFileSync('mount', ['-o', 'remount,ro', mount])
      const { code, stderr } = await runCli([
        'run',
        writeNotebook(['<b>one</b>'], html),
        '--store',
        join(mount, 'store'),
      ])
      expect(code).toBe(2)
      expect(stderr).toContain('the file system is read-only')
    })
  },
)

test.skipIf(!mountable)('a full store directory is refused with 2 (needs the right to mount)', async () => {
  await withMount('size=512k', async (mount) => {
    const { code, stderr } = await runCli([
      'run',
      writeNotebook(['<b>one</b>'], html),
      '--store',
      join(mount, 'store'),
    ])
    expect(code).toBe(2)
    expect(stderr).toContain('no space is left')
  })
})

test.skipIf(!mountable)(
  'a disk that fills up during the run ends it with 3 and a reason, and what was recorded is kept (needs the right to mount)',
  async () => {
    await withMount('size=8m', async (mount) => {
      const store = join(mount, 'store')
      const big = 'import os, base64\nprint(base64.b64encode(os.urandom(700_000)).decode())'
      const notebook = writeNotebook([
        'print("kept")',
        ...Array.from({ length: 10 }, () => big),
        'print("end")',
      ])
      const { code, stdout } = await runCli(['run', notebook, '--store', store, '--json'])
      expect(code).toBe(3)
      expect(jsonLines(stdout).at(-1)).toMatchObject({
        event: 'run.finished',
        exitCode: 3,
        reason: expect.stringMatching(/disk|space|died|durable/),
      })
      execFileSync('mount', ['-o', 'remount,size=40m', mount])
      const log = await runCli(['log', store, '--json'])
      expect(jsonLines(log.stdout)).toContainEqual(
        expect.objectContaining({ transition: 'execution.finished', cell: 1, outcome: 'succeeded' }),
      )
    })
  },
)

test('a runtime that cannot be started ends the run with 3, says what to do, and cancels the cells', async () => {
  const hook = join(freshDirectory(), 'without-pyodide.cjs')
  const refuse = `if (name === 'pyodide') throw Object.assign(new Error('no pyodide'), { code: 'MODULE_NOT_FOUND' })`
  writeFileSync(
    hook,
    `const Module = require('node:module'); const find = Module._resolveFilename
     Module._resolveFilename = function (name, ...rest) { ${refuse}; return find.call(this, name, ...rest) }`,
  )
  const { code, stdout } = await runCli(['run', writeNotebook(['1', '2']), '--json'], {
    env: { NODE_OPTIONS: `--require=${hook}` },
  })
  expect(code).toBe(3)
  expect(jsonLines(stdout).at(-1)).toMatchObject({
    event: 'run.finished',
    exitCode: 3,
    cancelled: 2,
    reason: expect.stringContaining('Run: npm install pyodide'),
  })
})

function residentKilobytes(pid: number | undefined): number {
  try {
    return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0)
  } catch {
    return 0
  }
}

function canMount(): boolean {
  const mount = join(freshDirectory(), 'mount')
  mkdirSync(mount)
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', mount], { stdio: 'ignore' })
    execFileSync('umount', [mount])
    return true
  } catch {
    return false
  }
}

async function withMount(options: string, work: (mount: string) => Promise<void>): Promise<void> {
  const mount = join(freshDirectory(), 'mount')
  mkdirSync(mount)
  execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', mount])
  try {
    await work(mount)
  } finally {
    execFileSync('umount', ['-l', mount])
    rmSync(mount, { recursive: true, force: true })
  }
}
