import type { Command } from '../command.js'
import { exitCode } from '../exit-code.js'
import { parseWords } from '../parse-words.js'
import { CliProblem } from '../problem.js'
import { findStore } from '../store-place.js'

const options = { json: { type: 'boolean' }, history: { type: 'boolean' } } as const

/** `log STORE-DIR`: what a run has recorded. */
export const logCommand: Command = {
  name: 'log',
  summary: 'Print what a run has recorded',
  help: (
    program,
  ) => `Prints the recorded transitions of a run: sessions, requests, executions and how they ended.

Usage: ${program} log STORE-DIR [--history] [--json]

STORE-DIR is the directory that "run" printed as its record, or what was given to --store.
Nobody else may have the store open meanwhile.

  --history  the transitions of the agents instead, the last 200 of each: states, event, cause
  --json     one JSON object per line and transition

Exit codes: 0 printed, 2 there is no such store, or it is in use.`,
  async run(words, world) {
    const { values, positionals } = parseWords('log', words, options)
    const [directory, ...others] = positionals
    if (directory === undefined || others.length > 0) {
      throw new CliProblem('MISSING_ARGUMENT', '"log" needs one directory: log STORE-DIR. See "help log".')
    }
    const place = findStore(directory)
    const { printHistory, printLog } = await import('../log/print-log.js')
    const print = values.history ? printHistory : printLog
    await print(place, values.json ? 'json' : 'text', world)
    return exitCode.ok
  },
}
