import { logger, LogLevel } from '@runtimed/agent-core'
import type { Store } from '@runtimed/schema'
import { closeNotebookStore, NotebookWriter, openNotebookStore, RegistryError } from '../../index.js'
import { exportNotebook } from '../../notebook/index.js'
import type { RunInspection } from '../inspect/run-inspection.js'
import { exitCode, type ExitCode } from '../exit-code.js'
import { fileProblem, reportOf } from '../problem.js'
import { earlierOutputsWarning } from './earlier-outputs.js'
import { ProgressWriter } from './progress-writer.js'
import { type CellsEnd, runCells, within } from './run-cells.js'
import type { RunEvent, RunFinished, RunReporter } from './run-event.js'
import type { Preparation, RunOptions } from './run-notebook.js'
import { requestRun, runUser } from './run-requests.js'
import { RunTally } from './run-tally.js'

interface RunWorld {
  readonly signal: AbortSignal
  readonly inspect: RunInspection['inspect'] | undefined
}

/** Opens the store, runs the cells and makes all of it durable. Rejects as `runNotebook`. */
export async function runPrepared(
  options: RunOptions,
  preparation: Preparation,
  reporter: RunReporter,
  { signal, inspect }: RunWorld,
  startedAt: number,
): Promise<RunFinished> {
  logger.configure({ level: LogLevel.ERROR, console: Boolean(process.env['DEBUG']) })
  const { notebook, cells, place: home, out, runtime, python } = preparation
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
    const running = { ...options, store, cells, runtime, python, signal, inspect, tell }
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
    await new NotebookWriter(store, runUser).idle()
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
