import type { Command } from '../command.js'
import { exitCode } from '../exit-code.js'
import { parseWords } from '../parse-words.js'
import { CliProblem } from '../problem.js'
import { findStore } from '../store-place.js'

const options = { json: { type: 'boolean' } } as const

/** `inspect STORE-DIR`: a recorded run in the viewer. */
export const inspectCommand: Command = {
  name: 'inspect',
  summary: 'Look at a recorded run',
  help: (
    program,
  ) => `Shows a recorded run in a page: state charts, executions and the time line, at any time of the run.

Usage: ${program} inspect STORE-DIR [--json]

STORE-DIR is the directory that "run" printed as its record, or what was given to --store. It is
read at the start; nobody else may have the store open then. The page is served on this machine
only, its address holds a token, and it stays until Ctrl-C. To look at a run while it runs, use
"run NOTEBOOK --inspect".

  --json  the address as one JSON object

Exit codes: 0 shown, 2 there is no such store, or it is in use.`,
  async run(words, world) {
    const { values, positionals } = parseWords('inspect', words, options)
    const [directory, ...others] = positionals
    if (directory === undefined || others.length > 0) {
      throw new CliProblem(
        'MISSING_ARGUMENT',
        '"inspect" needs one directory: inspect STORE-DIR. See "help inspect".',
      )
    }
    const place = findStore(directory)
    const { showRecording } = await import('../inspect/show-recording.js')
    await showRecording(place, values.json ? 'json' : 'text', world)
    return exitCode.ok
  },
}
