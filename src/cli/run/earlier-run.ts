import { events, queryDb, tables, type Store } from '@runtimed/schema'
import type { StoreEvent } from '../../notebook/index.js'

/** What a run that did not end properly left behind. */
export interface EarlierRun {
  /** Executions that were running; the agent ends them as lost when it starts. */
  readonly lost: number
  /** Executions that were waiting; `cancellations` ends them. */
  readonly cancelled: number
  readonly cancellations: readonly StoreEvent[]
}

/** Reads what an earlier run left open. To be called before the agent exists, or the waiting executions would run. */
export function readEarlierRun(store: Store, userId: string): EarlierRun {
  const rows = store.query(queryDb(tables.executionQueue.select().orderBy('requestSeq', 'asc')))
  const waiting = rows.filter((row) => row.status === 'pending')
  const running = rows.filter((row) => row.status === 'assigned' || row.status === 'executing')
  return {
    lost: running.length,
    cancelled: waiting.length,
    cancellations: waiting.map((row) =>
      events.executionCancelled({
        queueId: row.id,
        cellId: row.cellId,
        cancelledBy: userId,
        reason: 'The run that asked for it was cut off; the variables of its interpreter are gone.',
      }),
    ),
  }
}
