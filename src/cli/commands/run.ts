import type { Command } from '../command.js'
import { exitCodeLines } from '../exit-code.js'
import { parseWords } from '../parse-words.js'
import { CliProblem } from '../problem.js'
import { isStandardInput } from '../run/notebook-input.js'
import { isStandardOutput } from '../run/output-file.js'
import { runSample } from '../run/run-sample.js'
import { knownRuntimesText } from '../run/runtimes.js'
import { startRun } from '../run/start-run.js'

const options = {
  out: { type: 'string' },
  inplace: { type: 'boolean' },
  store: { type: 'string' },
  kernel: { type: 'string' },
  timeout: { type: 'string' },
  'output-limit': { type: 'string' },
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

Usage: ${program} run NOTEBOOK [options]     - for a notebook from standard input
       ${program} run [options]              the notebook that comes with this program

Where things go:
  --out FILE         write the executed notebook to FILE, again after each few cells, so that
                     a run that is killed leaves what it had; - for standard output: what the
                     run says goes to standard error then
  --inplace          write the executed notebook over NOTEBOOK
  --store DIR        record the run in DIR. A run that was cut off is picked up from there:
                     nothing recorded is lost, and all cells run again. Without it the record
                     is temporary, and kept only when the run ends with 3

How it runs: in the folder of NOTEBOOK, where cells find and write their files; a notebook
from standard input runs in the present folder
  --kernel TYPE      ${knownRuntimesText};
                     without it what the notebook asks for
  --timeout SECONDS  interrupt a cell that takes longer; it counts as failed
  --output-limit SIZE  leave out what a cell writes to a stream beyond SIZE bytes (or 500kB, 20MB
                     …), and any other output that is larger; a note takes its place, and the
                     run ends with 3. Without it everything is kept
  --allow-errors     go on after a cell that failed; without it the cells behind it are
                     cancelled. A cell tagged raises-exception may fail in any case, and
                     one with the metadata {"runtime_agent_registry": {"timeout_seconds": N}}
                     has a time limit of its own

What it shows:
  --quiet            errors only
  --json             one JSON object per line and event: run.opening, run.warning, run.started,
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
${exitCodeLines()}`,
  async run(words, world) {
    const { values, positionals } = parseWords('run', words, options)
    const notebook = oneNotebook(positionals)
    if (values.out !== undefined && values.inplace) throw conflict('--out', '--inplace')
    if (values.quiet && values.json) throw conflict('--quiet', '--json')
    const out = values.inplace ? fileToReplace(notebook) : values.out
    if (values.json && isStandardOutput(out)) throw sameStream(values.out ?? '-')
    const kind = values.json ? 'json' : values.quiet ? 'quiet' : 'text'
    const run = {
      out,
      store: values.store,
      kernel: values.kernel,
      timeoutMs: values.timeout === undefined ? 0 : toMilliseconds(values.timeout),
      outputLimit: values['output-limit'] === undefined ? Infinity : toBytes(values['output-limit']),
      allowErrors: values['allow-errors'] ?? false,
      inspect: values['inspect-hold'] ? 'hold' : values.inspect ? 'run' : undefined,
    } as const
    if (notebook === undefined) return runSample(world, kind, run)
    const title = isStandardInput(notebook) ? 'standard input' : notebook
    return startRun(world, kind, { ...run, notebook, title, worksBesideNotebook: true })
  },
}

function oneNotebook(words: readonly string[]): string | undefined {
  const [notebook, ...others] = words
  if (others.length === 0) return notebook
  throw new CliProblem(
    'UNEXPECTED_ARGUMENT',
    `"run" takes one notebook; "${others.join(' ')}" is too much. See "help run".`,
  )
}

function fileToReplace(notebook: string | undefined): string {
  if (notebook !== undefined && !isStandardInput(notebook)) return notebook
  throw new CliProblem(
    'INVALID_OPTION',
    '--inplace needs the file of a notebook: run NOTEBOOK --inplace. To write elsewhere, use --out FILE.',
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

const unitBytes: Readonly<Record<string, number>> = { '': 1, k: 1e3, m: 1e6, g: 1e9 }

function toBytes(text: string): number {
  const [, amount, unit = ''] = /^(\d+(?:\.\d+)?) ?([kmg]?)b?$/i.exec(text.trim()) ?? []
  const bytes = Math.round(Number(amount) * (unitBytes[unit.toLowerCase()] ?? 1))
  if (bytes >= 1) return bytes
  throw new CliProblem(
    'INVALID_OPTION',
    `--output-limit is "${text}"; a number of bytes above 0 was expected, for example --output-limit 20MB.`,
  )
}

const sameStream = (out: string) =>
  new CliProblem(
    'INVALID_OPTION',
    `--json and --out ${out} both write to standard output. Leave one out, or name a file.`,
  )

const conflict = (one: string, other: string) =>
  new CliProblem('INVALID_OPTION', `${one} and ${other} exclude each other. Leave one out.`)
