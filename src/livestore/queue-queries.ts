import { queryDb, Schema, type Store } from '@runtimed/schema'

/** An execution that has not ended, as every client of the notebook can see it. */
export interface QueuedExecution {
  readonly executionId: string
  readonly cellId: string
  /** `executing` also stands for a request that a session has made its own. */
  readonly state: 'executing' | 'waiting'
  /** 0 for what is executing, 1 for the next one, and so on. */
  readonly position: number
  readonly requestedBy: string
}

const OpenRow = Schema.Struct({
  id: Schema.String,
  cellId: Schema.String,
  status: Schema.String,
  requestedBy: Schema.String,
})

/** All executions that have not ended, in the order in which they run. */
export const queue$ = queryDb(
  {
    query: `SELECT id, cellId, status, requestedBy FROM executionQueue
            WHERE status IN ('pending', 'assigned', 'executing') ORDER BY status = 'pending', requestSeq`,
    schema: Schema.Array(OpenRow),
  },
  { label: 'queue', map: toQueue },
)

function toQueue(rows: readonly (typeof OpenRow.Type)[]): readonly QueuedExecution[] {
  const executing = rows.filter(({ status }) => status !== 'pending').length
  return rows.map(({ id, cellId, status, requestedBy }, index) => ({
    executionId: id,
    cellId,
    requestedBy,
    state: status === 'pending' ? 'waiting' : 'executing',
    position: status === 'pending' ? index - executing + 1 : 0,
  }))
}

const Duration = Schema.Struct({ cellId: Schema.String, ms: Schema.Number })

/** How many of a cell's last runs its expected duration is made of. */
const runsPerCell = 5
const runsOfNotebook = 500

const durations$ = queryDb(
  {
    query: `SELECT cellId, executionDurationMs AS ms FROM executionQueue
            WHERE status = 'completed' AND executionDurationMs IS NOT NULL
            ORDER BY requestSeq DESC LIMIT ${runsOfNotebook}`,
    schema: Schema.Array(Duration),
  },
  { label: 'queue.durations' },
)

/**
 * Milliseconds until an execution probably starts: for each one before it the median of its cell's last five runs, or of all runs
 * of the notebook when that cell has not run yet. 0 for one that executes; undefined when it is not in the queue, or nothing has
 * run yet.
 */
export function estimateWaitMs(store: Pick<Store, 'query'>, executionId: string): number | undefined {
  return estimateWaits(store).get(executionId)
}

/** {@link estimateWaitMs} of all executions that have not ended, by their ids. */
export function estimateWaits(store: Pick<Store, 'query'>): ReadonlyMap<string, number | undefined> {
  const durations = store.query(durations$)
  const usual = median(durations.map(({ ms }) => ms))
  const byCell = new Map<string, number[]>()
  for (const { cellId, ms } of durations) byCell.set(cellId, [...(byCell.get(cellId) ?? []), ms])
  let sum = 0
  return new Map(
    store.query(queue$).map(({ executionId, cellId, state }) => {
      const waitMs = state === 'executing' ? 0 : usual === undefined ? undefined : sum
      const own = byCell.get(cellId)?.slice(0, runsPerCell) ?? []
      sum += median(own) ?? usual ?? 0
      return [executionId, waitMs]
    }),
  )
}

function median(values: readonly number[]): number | undefined {
  const sorted = values.toSorted((left, right) => left - right)
  const middle = Math.floor(sorted.length / 2)
  return sorted.length % 2 === 1 ? sorted[middle] : mean(sorted[middle - 1], sorted[middle])
}

const mean = (left: number | undefined, right: number | undefined) =>
  left === undefined || right === undefined ? undefined : (left + right) / 2
