import { events } from '../events.js'
import { defineMaterializer, whole, isoDate } from '../sql-operation.js'
import { tables } from '../tables.js'
import { assign, cancel, cancelAll, complete, enqueue, start } from './execution-sql.js'
import { presenceAt } from './presence.js'

export const executionMaterializers = {
  'v1.ExecutionRequested': defineMaterializer(
    events.executionRequested,
    ({ queueId, cellId, executionCount, requestedBy, actorId }) => [
      ...enqueue(queueId, cellId, whole(executionCount), requestedBy),
      ...presenceAt(actorId || requestedBy, cellId),
    ],
  ),

  'v1.MultipleExecutionRequested': defineMaterializer(
    events.multipleExecutionRequested,
    ({ requestedBy, cellsInfo }) =>
      cellsInfo.flatMap(({ id, executionCount, queueId }) =>
        enqueue(queueId, id, whole(executionCount), requestedBy),
      ),
  ),

  'v1.ExecutionAssigned': defineMaterializer(events.executionAssigned, ({ queueId, runtimeSessionId }) =>
    assign(queueId, runtimeSessionId),
  ),

  'v1.ExecutionStarted': defineMaterializer(
    events.executionStarted,
    ({ queueId, runtimeSessionId, startedAt }) => start(queueId, runtimeSessionId, isoDate(startedAt)),
  ),

  'v1.ExecutionCompleted': defineMaterializer(
    events.executionCompleted,
    ({ queueId, status, error, completedAt, executionDurationMs }) =>
      complete({
        queueId,
        status,
        error: error ?? null,
        completedAt: isoDate(completedAt),
        durationMs: whole(executionDurationMs),
      }),
  ),

  'v1.ExecutionCancelled': defineMaterializer(
    events.executionCancelled,
    ({ queueId, cellId, cancelledBy, actorId, reason }) => [
      ...cancel(queueId, cancelledBy, reason),
      ...presenceAt(actorId || cancelledBy, cellId),
    ],
  ),

  'v1.AllExecutionsCancelled': defineMaterializer(events.allExecutionsCancelled, cancelAll),

  'v1.ToolApprovalRequested': defineMaterializer(
    events.toolApprovalRequested,
    ({ toolCallId, cellId, toolName, arguments: toolArguments, requestedAt }) =>
      tables.toolApprovals
        .insert({
          toolCallId,
          cellId,
          toolName,
          status: 'pending',
          approvedBy: null,
          requestedAt,
          respondedAt: null,
          arguments: toolArguments,
        })
        .onConflict('toolCallId', 'replace'),
  ),

  'v1.ToolApprovalResponded': defineMaterializer(
    events.toolApprovalResponded,
    ({ toolCallId, status, approvedBy, respondedAt }) =>
      tables.toolApprovals.update({ status, approvedBy, respondedAt }).where({ toolCallId }),
  ),
}
