import { randomUUID } from 'node:crypto'
import type { DefinedExecutionHandler } from '../../execution/handler.js'
import { createPythonExecutionHandler } from '../../handlers/python/handler.js'
import { openRunInspection, untilAborted } from '../inspect/run-inspection.js'
import { exitCode } from '../exit-code.js'
import { CliProblem } from '../problem.js'
import { place, type StorePlace } from '../store-place.js'
import { chooseRecord } from './choose-record.js'
import { type NotebookInput, readNotebook } from './notebook-input.js'
import { type OutputFile, prepareOutputFile } from './output-file.js'
import type { RunFinished, RunReporter } from './run-event.js'
import { type PlannedCell, planRun } from './run-plan.js'
import { chooseRuntime, type RuntimeName } from './runtimes.js'
import { createTemporaryRecord, removeLeftovers, type TemporaryRecord } from './temporary-record.js'

/** What a run is asked to do. */
export interface RunOptions {
  /** Path of the notebook; `-` for standard input. */
  readonly notebook: string
  /** What the run calls the notebook; default its path. */
  readonly title?: string
  /** Path of the executed notebook, `-` for standard output; undefined: it is not written. */
  readonly out: string | undefined
  /** Directory of the record; undefined: a temporary one. */
  readonly store: string | undefined
  readonly kernel: string | undefined
  /** Milliseconds one cell may take; 0 for no limit. */
  readonly timeoutMs: number
  /** Bytes of one stream of a cell, and of each other output, that are kept; `Infinity` for all. */
  readonly outputLimit: number
  readonly allowErrors: boolean
  /** Whether the cells work in the folder of the notebook. Default: in an empty one. */
  readonly worksBesideNotebook?: boolean
  /** Whether the run can be looked at: while it lasts, or until it is interrupted. Default: it cannot. */
  readonly inspect?: 'run' | 'hold' | undefined
}

/** The streams of a run, and what ends it early. */
export interface RunSurroundings {
  readonly stdin: NodeJS.ReadStream
  readonly stdout: NodeJS.WriteStream
  readonly signal: AbortSignal
}

/** A run that can begin: what it reads, runs and writes is chosen, and nothing of it is opened. */
export interface Preparation extends NotebookInput {
  readonly runtime: RuntimeName
  /** Runs the Python cells; their interpreter is being loaded when there are any. */
  readonly python: DefinedExecutionHandler
  readonly cells: readonly PlannedCell[]
  readonly out: OutputFile | undefined
  readonly place: StorePlace
  /** Set when the record goes away with the process. */
  readonly temporary: TemporaryRecord | undefined
}

/**
 * Runs a notebook from its file to its end and tells the reporter all of it; the last event is `run.finished`, and it comes when
 * everything is durable. Rejects, without that event, when nothing was run: bad input, a store that cannot be opened, an
 * interruption before that.
 */
export async function runNotebook(
  options: RunOptions,
  reporter: RunReporter,
  surroundings: RunSurroundings,
): Promise<RunFinished> {
  const startedAt = performance.now()
  const { signal } = surroundings
  reporter.report({ event: 'run.opening', notebook: options.title ?? options.notebook })
  const preparation = await unlessAborted(signal, prepare(options, surroundings))
  for (const message of preparation.notebook.warnings) reporter.report({ event: 'run.warning', message })
  const inspection = options.inspect && (await openRunInspection(options.inspect === 'hold'))
  try {
    if (inspection) reporter.report(inspection.event)
    const world = { signal, inspect: inspection?.inspect }
    const { runPrepared } = await import('./run-prepared.js')
    const finished = await runPrepared(options, preparation, reporter, world, startedAt)
    reporter.report(finished)
    if (options.inspect === 'hold') await untilAborted(signal)
    return finished
  } finally {
    await inspection?.close()
  }
}

async function prepare(options: RunOptions, { stdin, stdout }: RunSurroundings): Promise<Preparation> {
  const input = await readNotebook(options.notebook, stdin)
  const { notebook } = input
  const runtime = chooseRuntime(options.kernel, notebook)
  const cells = planRun(notebook, randomUUID)
  const python = createPythonExecutionHandler({
    ...(options.worksBesideNotebook ? { workingDirectory: input.folder } : {}),
    streamBytes: options.outputLimit,
    preload: runtime === 'python' && cells.length > 0,
  })
  const out = options.out === undefined ? undefined : await prepareOutputFile(options.out, stdout)
  removeLeftovers()
  const temporary = options.store === undefined ? await createTemporaryRecord() : undefined
  const home =
    options.store === undefined
      ? place(temporary?.directory ?? '', input.recordName)
      : await chooseRecord(options.store, input)
  return { ...input, runtime, python, cells, out, place: home, temporary }
}

/** Rejects as soon as the signal is aborted; what the work comes to is of no interest then. */
async function unlessAborted<Value>(signal: AbortSignal, work: Promise<Value>): Promise<Value> {
  let stopWaiting = (): void => undefined
  const aborted = new Promise<never>((_, reject) => {
    const message = 'Interrupted before anything was run.'
    const interrupt = () => reject(new CliProblem('INTERRUPTED', message, { exitCode: exitCode.interrupted }))
    signal.addEventListener('abort', interrupt)
    stopWaiting = () => signal.removeEventListener('abort', interrupt)
    if (signal.aborted) interrupt()
  })
  return Promise.race([work, aborted]).finally(() => stopWaiting())
}
