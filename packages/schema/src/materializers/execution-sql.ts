import { operation, type Operation } from '../sql-operation.js'

/** The states of a request that has not ended, as an SQL list. */
const LIVE = `('pending', 'assigned', 'executing')`

const newestOther = (status: string, cellState: string): string => `
  select '${cellState}' as state, max(requestSeq) as place from executionQueue
  where cellId = cells.id and status = '${status}' and id <> ?1`

/**
 * The state of the cell's newest live request other than `?1`, in the words of a cell. Null when there is none.
 * One index lookup for each state: a cell may have thousands of requests that wait, or that have ended.
 */
const newestOtherLiveState = `
  (select state from (
     ${newestOther('pending', 'queued')} union all
     ${newestOther('assigned', 'queued')} union all
     ${newestOther('executing', 'running')})
   where place is not null order by place desc limit 1)`

/** How the cell's newest request after `?1` that ran to its end came out. Null when there is none. */
const newerFinishedState = `
  (select case other.status when 'completed' then 'completed' else 'error' end
   from executionQueue as other
   where other.cellId = cells.id and other.status in ('completed', 'failed')
     and other.requestSeq > (select requestSeq from executionQueue where id = ?1)
   order by other.requestSeq desc limit 1)`

/** The cell of request `?1`, as long as the request meets a condition. */
const cellOfRequest = (condition: string): string =>
  `(select cellId from executionQueue where id = ?1 and ${condition})`

/** Adds a request to the end of the queue and marks its cell as queued. Nothing for a known queue id. */
export const enqueue = (
  queueId: string,
  cellId: string,
  executionCount: number,
  requestedBy: string,
): Array<Operation> => [
  operation(
    `update cells set executionState = 'queued', executionCount = ?3
     where id = ?2 and not exists (select 1 from executionQueue where id = ?1)`,
    [queueId, cellId, executionCount],
    'cells',
  ),
  operation(
    `insert into executionQueue (id, cellId, executionCount, requestedBy, status, requestSeq)
     values (?1, ?2, ?3, ?4, 'pending', (select coalesce(max(requestSeq), 0) + 1 from executionQueue))
     on conflict (id) do nothing`,
    [queueId, cellId, executionCount, requestedBy],
    'executionQueue',
  ),
]

/** A session takes a pending request. */
export const assign = (queueId: string, sessionId: string): Operation =>
  operation(
    `update executionQueue set status = 'assigned', assignedRuntimeSession = ?2
     where id = ?1 and status = 'pending'`,
    [queueId, sessionId],
    'executionQueue',
  )

/** The session that took a request starts it. The cell follows unless it has a newer live request. */
export const start = (queueId: string, sessionId: string, startedAt: string | null): Array<Operation> => {
  const startable = `status = 'assigned' and assignedRuntimeSession = ?2`
  return [
    operation(
      `update cells set executionState = 'running', assignedRuntimeSession = ?2
       where id = ${cellOfRequest(startable)}
         and not exists (
           select 1 from executionQueue as newer
           where newer.cellId = cells.id and newer.status in ${LIVE}
             and newer.requestSeq > (select requestSeq from executionQueue where id = ?1))`,
      [queueId, sessionId],
      'cells',
    ),
    operation(
      `update executionQueue set status = 'executing', startedAt = ?3 where id = ?1 and ${startable}`,
      [queueId, sessionId, startedAt],
      'executionQueue',
    ),
  ]
}

/** How a request ended, as the completion event tells it. */
export type Completion = {
  queueId: string
  status: 'success' | 'error' | 'cancelled'
  error: string | null
  completedAt: string | null
  durationMs: number
}

const AFTER_COMPLETION = {
  success: { request: 'completed', cell: 'completed' },
  error: { request: 'failed', cell: 'error' },
  cancelled: { request: 'cancelled', cell: 'idle' },
} as const

/** Ends a request that ran, or that was refused. */
export const complete = ({
  queueId,
  status,
  error,
  completedAt,
  durationMs,
}: Completion): Array<Operation> => {
  const completable = status === 'success' ? `status in ('assigned', 'executing')` : `status in ${LIVE}`
  const after = AFTER_COMPLETION[status]
  return [
    operation(
      `update cells set lastExecutionDurationMs = ?3,
         executionState = coalesce(${newestOtherLiveState}, ${newerFinishedState}, ?2)
       where id = ${cellOfRequest(completable)}`,
      [queueId, after.cell, durationMs],
      'cells',
    ),
    operation(
      `update executionQueue
       set status = ?2, outcome = ?3, error = ?4, completedAt = ?5, executionDurationMs = ?6
       where id = ?1 and ${completable}`,
      [queueId, after.request, status, error, completedAt, durationMs],
      'executionQueue',
    ),
  ]
}

/** Cancels a request that has not ended. */
export const cancel = (queueId: string, cancelledBy: string, reason: string): Array<Operation> => [
  operation(
    `update cells set executionState = coalesce(${newestOtherLiveState}, ${newerFinishedState}, 'idle')
     where id = ${cellOfRequest(`status in ${LIVE}`)}`,
    [queueId],
    'cells',
  ),
  operation(
    `update executionQueue
     set status = 'cancelled', outcome = 'cancelled', cancelledBy = ?2, cancelReason = ?3
     where id = ?1 and status in ${LIVE}`,
    [queueId, cancelledBy, reason],
    'executionQueue',
  ),
]

/** Cancels every request that has not ended. */
export const cancelAll = (): Array<Operation> => [
  operation(
    `update executionQueue
     set status = 'cancelled', outcome = 'cancelled', cancelReason = 'all executions cancelled'
     where status in ${LIVE}`,
    [],
    'executionQueue',
  ),
  operation(
    `update cells set executionState = 'idle' where executionState in ('queued', 'running')`,
    [],
    'cells',
  ),
]
