import { randomUUID } from 'node:crypto'
import { logger, LogLevel } from '@runtimed/agent-core'
import type { Store } from '@runtimed/schema'
import { closeNotebookStore, openNotebookStore, RegistryError } from '../../index.js'
import { committerFor } from '../../livestore/committer.js'
import { exportNotebook, type ParsedNotebook } from '../../notebook/index.js'
import { openRunInspection, untilAborted, type RunInspection } from '../inspect/run-inspection.js'
import { chooseStore, type StorePlace } from '../store-place.js'
import { fileProblem, reportOf } from '../problem.js'
import { listenForInterruption } from './interruption.js'
import { type OutputFile, prepareOutputFile } from './output-file.js'
import { readNotebook } from './read-notebook.js'
import { type CellsEnd, runCells, within } from './run-cells.js'
import type { RunEvent, RunFinished, RunReporter } from './run-event.js'
import { type PlannedCell, planRun } from './run-plan.js'
import { requestRun } from './run-requests.js'
import { RunTally } from './run-tally.js'
import { chooseRuntime, type RuntimeName } from './runtimes.js'

/** What a run is asked to do. */
export interface RunOptions {
  /** Path of the notebook. */
  readonly notebook: string
  /** What the run calls the notebook; default its path. */
  readonly title?: string
  /** Path of the executed notebook; undefined: it is not written. */
  readonly out: string | undefined
  /** Directory of the store; undefined: a fresh one. */
  readonly store: string | undefined
  readonly kernel: string | undefined
  /** Milliseconds one cell may take; 0 for no limit. */
  readonly timeoutMs: number
  readonly allowErrors: boolean
  /** Folder in which the cells work; undefined: an empty one. */
  readonly workingDirectory?: string
  /** Whether the run can be looked at: while it lasts, or until it is interrupted. Default: it cannot. */
  readonly inspect?: 'run' | 'hold' | undefined
}

interface RunWorld {
  readonly signal: AbortSignal
  readonly inspect: RunInspection['inspect'] | undefined
}

interface Preparation {
  readonly notebook: ParsedNotebook
  readonly runtime: RuntimeName
  readonly cells: readonly PlannedCell[]
  readonly out: OutputFile | undefined
  readonly place: StorePlace
}

/**
 * Runs a notebook from its file to its end and tells the reporter all of it; the last event is `run.finished`, and it comes when
 * everything is durable. Rejects, without that event, when nothing was run: bad input, a store that cannot be opened.
 */
export async function runNotebook(options: RunOptions, reporter: RunReporter): Promise<RunFinished> {
  const startedAt = performance.now()
  logger.configure({ level: LogLevel.ERROR, console: Boolean(process.env['DEBUG']) })
  reporter.report({ event: 'run.opening', notebook: options.title ?? options.notebook })
  const preparation = await prepare(options)
  const inspection = options.inspect && (await openRunInspection(options.inspect === 'hold'))
  const interruption = listenForInterruption(() => endAtOnce(reporter))
  try {
    if (inspection) reporter.report(inspection.event)
    const { signal } = interruption
    const world = { signal, inspect: inspection?.inspect }
    const finished = await runPrepared(options, preparation, reporter, world, startedAt)
    reporter.report(finished)
    if (options.inspect === 'hold') await untilAborted(signal)
    return finished
  } finally {
    interruption.stop()
    await inspection?.close()
  }
}

async function prepare(options: RunOptions): Promise<Preparation> {
  const notebook = await readNotebook(options.notebook)
  return {
    notebook,
    runtime: chooseRuntime(options.kernel, notebook),
    cells: planRun(notebook, randomUUID),
    out: options.out === undefined ? undefined : await prepareOutputFile(options.out, process.stdout),
    place: await chooseStore(options.store, options.notebook),
  }
}

async function runPrepared(
  options: RunOptions,
  preparation: Preparation,
  reporter: RunReporter,
  { signal, inspect }: RunWorld,
  startedAt: number,
): Promise<RunFinished> {
  const { notebook, cells, place } = preparation
  const tally = new RunTally(cells.length)
  const tell = (event: RunEvent): void => {
    tally.note(event)
    reporter.report(event)
  }
  const { directory, notebookId } = place
  const store = await openNotebookStore({ notebookId, storage: { directory } })
  let end: CellsEnd & Recorded
  try {
    const { runtime } = preparation
    const earlier = await requestRun(store, notebook, cells)
    const { lost, cancelled } = earlier
    tell({
      event: 'run.started',
      notebook: options.title ?? options.notebook,
      notebookId,
      runtime,
      cells: cells.length,
      store: place.path,
    })
    if (lost + cancelled > 0) tell({ event: 'run.recovered', lost, cancelled })
    const ran =
      cells.length === 0 ? {} : await runCells({ ...options, store, cells, runtime, signal, inspect, tell })
    end = { ...ran, ...(await record(store, preparation, ran)) }
  } catch (error) {
    await closeNotebookStore(store).catch(() => undefined)
    throw error
  }
  return {
    event: 'run.finished',
    ...tally.figures(performance.now() - startedAt),
    ...tally.verdict({
      runtime:
        end.runtimeFailure && `The ${preparation.runtime} runtime failed: ${end.runtimeFailure.message}`,
      record: end.problem,
      wasInterrupted: signal.aborted,
    }),
    out: end.out,
    store: place.path,
    notebookId,
  }
}

interface Recorded {
  readonly out: string | null
  readonly problem?: string
}

/** Makes everything durable: first the store, which is closed, then the executed notebook. */
async function record(store: Store, { notebook, out }: Preparation, ran: CellsEnd): Promise<Recorded> {
  const text = out && attempt(() => exportNotebook(store, notebook))
  const problem = ran.storeFailure?.message ?? (await closingProblem(store))
  if (ran.storeFailure)
    await within(
      10_000,
      closeNotebookStore(store).catch(() => undefined),
    )
  const kept = problem === undefined ? {} : { problem }
  if (!out || text === undefined) return { out: null, ...kept }
  try {
    await out.write(text)
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

function attempt<Value>(work: () => Value): Value | undefined {
  try {
    return work()
  } catch {
    return undefined
  }
}

function endAtOnce(reporter: RunReporter): never {
  reporter.close()
  process.exit(130)
}
