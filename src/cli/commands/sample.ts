import { createRequire } from 'node:module'
import type { Command } from '../command.js'
import { exitCode } from '../exit-code.js'
import { createStyle, wantsColour } from '../text/style.js'
import { programName } from '../world.js'
import { startRun } from './run.js'

/** What `run` does without a notebook: it runs the one that comes with the program and says what to try next. */
export const sampleCommand: Command = {
  name: 'sample',
  summary: 'Run the notebook that comes with this program (also `run` alone)',
  help: (program) => `Runs a small notebook that comes with this program. Nothing is written but its record.

Usage: ${program} sample
       ${program} run`,
  async run(_words, world) {
    const notebook = createRequire(import.meta.url).resolve('#sample-notebook')
    const options = { out: undefined, store: undefined, kernel: undefined, timeoutMs: 0, allowErrors: false }
    const code = await startRun(world, 'text', { notebook, title: 'sample notebook', ...options })
    if (code !== exitCode.ok) return code
    const style = createStyle(wantsColour(world.stdout, world.env))
    const program = programName(world.env)
    const next = [
      [program.replace(/ --$/, ''), 'open the studio: notebooks in your browser'],
      [`${program} run YOUR.ipynb --out executed.ipynb`, 'run a notebook of your own'],
      [`${program} help run`, 'all options'],
    ] as const
    const width = Math.max(...next.map(([command]) => command.length))
    const lines = next.map(([command, what]) => `  ${command.padEnd(width)}  ${style.dim(what)}`)
    world.stdout.write(`\n${style.bold('Try next')}\n${lines.join('\n')}\n`)
    return code
  },
}
