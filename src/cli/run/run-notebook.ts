import { randomUUID } from 'node:crypto'
import { logger, LogLevel } from '@runtimed/agent-core'
import type { Store } from '@runtimed/schema'
import { closeNotebookStore, openNotebookStore, RegistryError } from '../../index.js'
import { committerFor } from '../../livestore/committer.js'
import { exportNotebook } from '../../notebook/index.js'
import { openRunInspection, untilAborted, type RunInspection } from '../inspect/run-inspection.js'
import { exitCode, type ExitCode } from '../exit-code.js'
import { CliProblem, fileProblem, reportOf } from '../problem.js'
import { place, type StorePlace } from '../store-place.js'
import { chooseRecord } from './choose-record.js'
import { earlierOutputsWarning } from './earlier-outputs.js'
import { type NotebookInput, readNotebook } from './notebook-input.js'
import { type OutputFile, prepareOutputFile } from './output-file.js'
import { ProgressWriter } from './progress-writer.js'
import { type CellsEnd, runCells, within } from './run-cells.js'
import type { RunEvent, RunFinished, RunReporter } from './run-event.js'
import { type PlannedCell, planRun } from './run-plan.js'
import { requestRun } from './run-requests.js'
import { RunTally } from './run-tally.js'
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

interface RunWorld {
  readonly signal: AbortSignal
  readonly inspect: RunInspection['inspect'] | undefined
}

interface Preparation extends NotebookInput {
  readonly runtime: RuntimeName
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
  logger.configure({ level: LogLevel.ERROR, console: Boolean(process.env['DEBUG']) })
  reporter.report({ event: 'run.opening', notebook: options.title ?? options.notebook })
  const preparation = await unlessAborted(signal, prepare(options, surroundings))
  for (const message of preparation.notebook.warnings) reporter.report({ event: 'run.warning', message })
  const inspection = options.inspect && (await openRunInspection(options.inspect === 'hold'))
  try {
    if (inspection) reporter.report(inspection.event)
    const world = { signal, inspect: inspection?.inspect }
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
  const out = options.out === undefined ? undefined : await prepareOutputFile(options.out, stdout)
  removeLeftovers()
  const temporary = options.store === undefined ? await createTemporaryRecord() : undefined
  const home =
    options.store === undefined
      ? place(temporary?.directory ?? '', input.recordName)
      : await chooseRecord(options.store, input)
  return { ...input, runtime, cells, out, place: home, temporary }
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

async function runPrepared(
  options: RunOptions,
  preparation: Preparation,
  reporter: RunReporter,
  { signal, inspect }: RunWorld,
  startedAt: number,
): Promise<RunFinished> {
  const { notebook, cells, place: home, out, runtime } = preparation
  const { directory, notebookId } = home
  const tally = new RunTally(cells.length)
  const store = await openNotebookStore({ notebookId, storage: { directory } })
  const progress = new ProgressWriter(out, () => exportNotebook(store, notebook))
  const tell = (event: RunEvent): void => {
    tally.note(event)
    reporter.report(event)
    if (event.event === 'cell.finished') progress.note()
  }
  let end: CellsEnd & Recorded
  try {
    const { lost, cancelled } = await requestRun(store, notebook, cells)
    const title = options.title ?? options.notebook
    const started = { notebook: title, notebookId, runtime, cells: cells.length, store: home.path }
    tell({ event: 'run.started', ...started })
    if (lost + cancelled > 0) tell({ event: 'run.recovered', lost, cancelled })
    const workingDirectory = options.worksBesideNotebook ? preparation.folder : undefined
    const running = { ...options, store, cells, runtime, workingDirectory, signal, inspect, tell }
    const ran = cells.length === 0 ? {} : await runCells(running)
    await progress.close()
    end = { ...ran, ...(await record(store, preparation, ran)) }
  } catch (error) {
    await progress.close()
    await closeNotebookStore(store).catch(() => undefined)
    throw error
  }
  const notRun = cells.filter(({ cellId }) => !tally.hasRun(cellId))
  const warning = end.out === null ? undefined : earlierOutputsWarning(notebook, notRun)
  if (warning !== undefined) tell({ event: 'run.warning', message: warning })
  const failure = end.runtimeFailure
  const verdict = tally.verdict({
    runtime: failure && `The ${runtime} runtime failed: ${failure.message}`,
    record: end.problem,
    wasInterrupted: signal.aborted,
  })
  return {
    event: 'run.finished',
    ...tally.figures(performance.now() - startedAt),
    ...verdict,
    out: end.out,
    cut: tally.cut,
    store: keptRecord(preparation, verdict.exitCode),
    notebookId,
  }
}

/** A temporary record is kept when it is needed to see what went wrong, or holds what could not be written elsewhere. */
function keptRecord({ place: home, temporary }: Preparation, ending: ExitCode): string | null {
  if (temporary === undefined) return home.path
  if (ending !== exitCode.runtimeFailed) return null
  temporary.keep()
  return home.path
}

interface Recorded {
  readonly out: string | null
  readonly problem?: string
}

/** Makes everything durable: first the store, which is closed, then the executed notebook. */
async function record(store: Store, { notebook, out }: Preparation, ran: CellsEnd): Promise<Recorded> {
  const exported = out && attempt(() => exportNotebook(store, notebook))
  const problem = ran.storeFailure?.message ?? (await closingProblem(store))
  if (ran.storeFailure)
    await within(
      10_000,
      closeNotebookStore(store).catch(() => undefined),
    )
  const kept = problem === undefined ? {} : { problem }
  if (!out || !exported) return { out: null, ...kept }
  try {
    if ('error' in exported) throw exported.error
    await out.write(exported.value)
    return { out: out.path, ...kept }
  } catch (error) {
    return { out: null, problem: problem ?? `Cannot write ${out.path}: ${fileProblem(error)}.` }
  }
}

async function closingProblem(store: Store): Promise<string | undefined> {
  try {
    await committerFor(store).idle()
    await closeNotebookStore(store)
    return undefined
  } catch (error) {
    return RegistryError.is(error) ? reportOf(error).message : String(error)
  }
}

function attempt<Value>(work: () => Value): { readonly value: Value } | { readonly error: unknown } {
  try {
    return { value: work() }
  } catch (error) {
    return { error }
  }
}
