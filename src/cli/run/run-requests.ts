import { events, type Store } from '@runtimed/schema'
import { NotebookWriter, type QueuedExecution } from '../../index.js'
import { importNotebook, type ParsedNotebook } from '../../notebook/index.js'
import { type EarlierRun, readEarlierRun } from './earlier-run.js'
import type { PlannedCell } from './run-plan.js'

/** Who asks for the executions of a run. */
export const runUser = 'local'

const reasonOfInterrupt = 'Interrupted by the user.'

/**
 * Brings the store up to date with the notebook, ends what an earlier run left waiting, and asks for all cells, in one commit.
 * Resolves when it is durable. Must be called before the agent exists.
 */
export async function requestRun(
  store: Store,
  notebook: ParsedNotebook,
  cells: readonly PlannedCell[],
): Promise<EarlierRun> {
  let earlier: EarlierRun = { lost: 0, cancelled: 0, cancellations: [] }
  await new NotebookWriter(store, runUser).commit(() => {
    earlier = readEarlierRun(store, runUser)
    const imported = importNotebook(store, notebook, { createdBy: runUser })
    return [...earlier.cancellations, ...imported, ...requestsOf(cells)]
  }).durable
  return earlier
}

/** Cancels what of these cells has not ended: all of it, or only what waits. Resolves when that is durable. */
export async function cancelCells(
  store: Store,
  cells: readonly PlannedCell[],
  which: 'waiting' | 'open',
): Promise<void> {
  const own = new Set(cells.map(({ executionId }) => executionId))
  const isChosen = ({ executionId, state }: QueuedExecution) =>
    own.has(executionId) && (which === 'open' || state === 'waiting')
  await new NotebookWriter(store, runUser).cancelAllExecutions(reasonOfInterrupt, isChosen).durable
}

function requestsOf(cells: readonly PlannedCell[]) {
  if (cells.length === 0) return []
  const cellsInfo = cells.map(({ cellId, executionCount, executionId }) => ({
    id: cellId,
    executionCount,
    queueId: executionId,
  }))
  return [events.multipleExecutionRequested({ requestedBy: runUser, cellsInfo })]
}
