import { dirname, resolve } from 'node:path'
import type { Command } from '../command.js'
import type { ExitCode } from '../exit-code.js'
import { parseWords } from '../parse-words.js'
import { CliProblem } from '../problem.js'
import type { ReportKind } from '../run/create-reporter.js'
import type { RunOptions } from '../run/run-notebook.js'
import { knownRuntimesText } from '../run/runtimes.js'
import type { World } from '../world.js'

const options = {
  out: { type: 'string' },
  inplace: { type: 'boolean' },
  store: { type: 'string' },
  kernel: { type: 'string' },
  timeout: { type: 'string' },
  'allow-errors': { type: 'boolean' },
  quiet: { type: 'boolean' },
  json: { type: 'boolean' },
  inspect: { type: 'boolean' },
  'inspect-hold': { type: 'boolean' },
} as const

/** `run NOTEBOOK`: executes the code cells of a notebook, in order. */
export const runCommand: Command = {
  name: 'run',
  summary: 'Execute a notebook',
  help: (program) => `Executes the code cells of a notebook, in order, and records every step in a store.

Usage: ${program} run NOTEBOOK [options]
       ${program} run            the notebook that comes with this program

Where things go:
  --out FILE         write the executed notebook to FILE
  --inplace          write the executed notebook over NOTEBOOK
  --store DIR        record the run in DIR; without it in a fresh temporary directory.
                     A run that was cut off is picked up from there: nothing recorded is
                     lost, and all cells run again

How it runs: in the folder of NOTEBOOK, where cells find and write their files
  --kernel TYPE      ${knownRuntimesText};
                     without it what the notebook asks for
  --timeout SECONDS  interrupt a cell that takes longer; it counts as failed
  --allow-errors     go on after a cell that failed; without it the cells behind it are
                     cancelled. A cell tagged raises-exception may fail in any case, and
                     one with the metadata {"runtime_agent_registry": {"timeout_seconds": N}}
                     has a time limit of its own

What it shows:
  --quiet            errors only
  --json             one JSON object per line and event: run.opening, run.started,
                     run.recovered, agent.changed, cell.started, output, cell.finished,
                     run.interrupting, run.inspecting, run.finished

Look into it, from this machine only:
  --inspect          print the address of a page that shows the machines at work: state
                     charts, the tree of actors, their messages and their time line. The
                     address holds a token: it is for you alone
  --inspect-hold     the same, and the page can be looked at until Ctrl-C

Ctrl-C interrupts the running cell, cancels the rest and ends; what was executed is still
written. A second Ctrl-C ends at once.

Exit codes:
  0    every cell succeeded, or failed as its tag raises-exception says
  1    a cell failed or took too long, also with --allow-errors
  2    the command line, the notebook or a path cannot be used; nothing was run
  3    a runtime did not start or broke, or not everything could be recorded
  130  interrupted`,
  async run(words, world) {
    const { values, positionals } = parseWords('run', words, options)
    const notebook = requireNotebook(positionals)
    if (values.out !== undefined && values.inplace) throw conflict('--out', '--inplace')
    if (values.quiet && values.json) throw conflict('--quiet', '--json')
    const kind = values.json ? 'json' : values.quiet ? 'quiet' : 'text'
    return startRun(world, kind, {
      notebook,
      out: values.inplace ? notebook : values.out,
      store: values.store,
      kernel: values.kernel,
      timeoutMs: values.timeout === undefined ? 0 : toMilliseconds(values.timeout),
      allowErrors: values['allow-errors'] ?? false,
      inspect: values['inspect-hold'] ? 'hold' : values.inspect ? 'run' : undefined,
      workingDirectory: dirname(resolve(notebook)),
    })
  },
}

/** Runs a notebook and shows it. */
export async function startRun(world: World, kind: ReportKind, run: RunOptions): Promise<ExitCode> {
  const { createReporter } = await import('../run/create-reporter.js')
  const reporter = createReporter(kind, world)
  try {
    const { runNotebook } = await import('../run/run-notebook.js')
    return (await runNotebook(run, reporter)).exitCode
  } finally {
    reporter.close()
  }
}

function requireNotebook(words: readonly string[]): string {
  const [notebook, ...others] = words
  if (notebook === undefined) {
    throw new CliProblem('MISSING_ARGUMENT', '"run" needs a notebook: run NOTEBOOK. See "help run".')
  }
  if (others.length === 0) return notebook
  throw new CliProblem(
    'UNEXPECTED_ARGUMENT',
    `"run" takes one notebook; "${others.join(' ')}" is too much. See "help run".`,
  )
}

/** The longest time a timer can wait (2^31 - 1 ms, 24.8 days). */
const longestTimerMs = 2_147_483_647

function toMilliseconds(text: string): number {
  const milliseconds = Math.round(Number(text) * 1000)
  if (text.trim() !== '' && milliseconds >= 1 && milliseconds <= longestTimerMs) return milliseconds
  throw new CliProblem(
    'INVALID_OPTION',
    `--timeout is "${text}"; a number of seconds above 0 was expected, for example --timeout 30.`,
  )
}

const conflict = (one: string, other: string) =>
  new CliProblem('INVALID_OPTION', `${one} and ${other} exclude each other. Leave one out.`)
