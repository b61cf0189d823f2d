import { events, queryDb, tables, type Store } from '@runtimed/schema'
import { committerFor, type Submission } from '../../livestore/committer.js'
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
  const submission = committerFor(store).submit(() => {
    earlier = readEarlierRun(store, runUser)
    const imported = importNotebook(store, notebook, { createdBy: runUser })
    return [...earlier.cancellations, ...imported, ...requestsOf(cells)]
  })
  await durable(submission)
  return earlier
}

/** Cancels what of these cells has not ended: all of it, or only what waits. Resolves when that is durable. */
export function cancelCells(
  store: Store,
  cells: readonly PlannedCell[],
  which: 'waiting' | 'open',
): Promise<void> {
  const statuses = which === 'waiting' ? ['pending'] : ['pending', 'assigned', 'executing']
  const own = new Set(cells.map(({ executionId }) => executionId))
  const submission = committerFor(store).submit(() =>
    store
      .query(queryDb(tables.executionQueue.select()))
      .filter((row) => own.has(row.id) && statuses.includes(row.status))
      .map((row) =>
        events.executionCancelled({
          queueId: row.id,
          cellId: row.cellId,
          cancelledBy: runUser,
          reason: reasonOfInterrupt,
        }),
      ),
  )
  return durable(submission)
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

/** Nobody waits for the other promise of a submission, and its rejection says nothing new. */
function durable(submission: Submission): Promise<void> {
  submission.confirmed.catch(() => undefined)
  return submission.durable.then(() => undefined)
}
