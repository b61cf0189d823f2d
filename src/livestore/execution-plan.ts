import { events, queryDb, tables, type Store } from '@runtimed/schema'
import { RegistryError } from '../errors.js'
import type { CommitEvents } from './check-events.js'
import { queue$, type QueuedExecution } from './queue-queries.js'

/** A code cell, as it is chosen to run. */
export interface CodeCell {
  readonly id: string
  readonly executionCount: number | null
  readonly source: string
}

/** All code cells, in the order of the notebook. */
export const codeCells$ = queryDb(
  tables.cells
    .select('id', 'executionCount', 'source')
    .where({ cellType: 'code' })
    .orderBy([
      { col: 'fractionalIndex', direction: 'asc' },
      { col: 'id', direction: 'asc' },
    ]),
  { label: 'plan.codeCells' },
)

/**
 * Events that ask for one run of each of these code cells, in this order, numbered on from the highest count of the notebook, as
 * Jupyter does. A cell that waits or runs already is left out. Throws `UNKNOWN_CELL` when the notebook has no such code cell.
 */
export function planRequests(store: Store, cellIds: readonly string[], requestedBy: string): CommitEvents {
  const counts = new Map(store.query(codeCells$).map(({ id, executionCount }) => [id, executionCount ?? 0]))
  const unknown = cellIds.find((cellId) => !counts.has(cellId))
  if (unknown !== undefined) throw unknownCell(store.storeId, unknown, 'code cell')
  const last = Math.max(0, ...counts.values())
  const open = new Set(store.query(queue$).map(({ cellId }) => cellId))
  return [...new Set(cellIds)]
    .filter((cellId) => !open.has(cellId))
    .map((cellId, index) => {
      const queueId = crypto.randomUUID()
      return events.executionRequested({ queueId, cellId, executionCount: last + index + 1, requestedBy })
    })
}

/** Events that cancel those of the executions that wait or run which are chosen. */
export function planCancellations(
  store: Store,
  isChosen: (queued: QueuedExecution) => boolean,
  { cancelledBy, reason }: { readonly cancelledBy: string; readonly reason: string },
): CommitEvents {
  const chosen = store.query(queue$).filter(isChosen)
  return chosen.map(({ executionId: queueId, cellId }) =>
    events.executionCancelled({ queueId, cellId, cancelledBy, reason }),
  )
}

export const unknownCell = (notebookId: string, cellId: string, kind = 'cell'): RegistryError =>
  new RegistryError(
    'UNKNOWN_CELL',
    `Notebook "${notebookId}" has no ${kind} "${cellId}". Create it with events.cellCreated2 first, or name another.`,
  )
