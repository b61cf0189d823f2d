import type { Command } from '../command.js'
import { exitCode } from '../exit-code.js'
import { parseWords } from '../parse-words.js'
import { CliProblem } from '../problem.js'
import { findStore } from '../store-place.js'

const options = { out: { type: 'string' } } as const

/** `export STORE-DIR --out FILE`: a recorded notebook as a file. */
export const exportCommand: Command = {
  name: 'export',
  summary: 'Write a recorded notebook to a file',
  help: (
    program,
  ) => `Writes the notebook of a record to a file, with all outputs that were recorded: also those of a run
that was cut off before it could write its notebook.

Usage: ${program} export STORE-DIR --out FILE

STORE-DIR is the directory that "run" printed as its record, or what was given to --store.
Nobody else may have the store open meanwhile.

  --out FILE  the notebook; - for standard output

Exit codes: 0 written, 2 there is no such store, it is in use, or FILE cannot be written.`,
  async run(words, { stdout }) {
    const { values, positionals } = parseWords('export', words, options)
    const [directory, ...others] = positionals
    if (directory === undefined || others.length > 0 || values.out === undefined) {
      throw new CliProblem(
        'MISSING_ARGUMENT',
        '"export" needs one directory and a file: export STORE-DIR --out FILE. See "help export".',
      )
    }
    const place = findStore(directory)
    const { exportStore } = await import('../export/export-store.js')
    await exportStore(place, values.out, stdout)
    return exitCode.ok
  },
}
