import type { Command } from '../command.js'
import { parseWords } from '../parse-words.js'
import { CliProblem } from '../problem.js'
import { runSample } from '../run/run-sample.js'

/** `sample`: runs the notebook that comes with the program. */
export const sampleCommand: Command = {
  name: 'sample',
  summary: 'Run the notebook that comes with this program (also `run` alone)',
  help: (program) => `Runs a small notebook that comes with this program. Nothing is written.

Usage: ${program} sample
       ${program} run [options]   the same, with the options of "run"`,
  async run(words, world) {
    const { positionals } = parseWords('sample', words, {})
    if (positionals.length > 0) {
      const message = `"sample" takes no arguments; "${positionals.join(' ')}" is too much. To run a notebook: run NOTEBOOK.`
      throw new CliProblem('UNEXPECTED_ARGUMENT', message)
    }
    const options = {
      out: undefined,
      store: undefined,
      kernel: undefined,
      timeoutMs: 0,
      outputLimit: Infinity,
      allowErrors: false,
    }
    return runSample(world, 'text', options)
  },
}
