import { Events, Schema } from '@livestore/livestore'
import { ExecutionOutcomeSchema } from '../execution-types.js'

/** Events about execution requests and the approval of tools. */
export const executionEvents = {
  /** A request. One with a queue id that is known already changes nothing but presence. */
  executionRequested: Events.synced({
    name: 'v1.ExecutionRequested',
    schema: Schema.Struct({
      queueId: Schema.String,
      cellId: Schema.String,
      executionCount: Schema.Number,
      requestedBy: Schema.String,
      actorId: Schema.optional(Schema.String),
    }),
  }),

  /** A session takes a request. Ignored unless the request is pending. */
  executionAssigned: Events.synced({
    name: 'v1.ExecutionAssigned',
    schema: Schema.Struct({ queueId: Schema.String, runtimeSessionId: Schema.String }),
  }),

  /** The handler starts. Ignored unless the request is assigned to this session. */
  executionStarted: Events.synced({
    name: 'v1.ExecutionStarted',
    schema: Schema.Struct({
      queueId: Schema.String,
      cellId: Schema.String,
      runtimeSessionId: Schema.String,
      startedAt: Schema.Date,
    }),
  }),

  /**
   * The end of an execution. Ignored when the request has ended already. `success` is ignored for a request
   * that nobody took; `error` and `cancelled` are accepted for it (a refused request).
   */
  executionCompleted: Events.synced({
    name: 'v1.ExecutionCompleted',
    schema: Schema.Struct({
      queueId: Schema.String,
      cellId: Schema.String,
      status: ExecutionOutcomeSchema,
      error: Schema.optional(Schema.String),
      completedAt: Schema.Date,
      executionDurationMs: Schema.Number,
    }),
  }),

  /** The request is cancelled. Ignored when it has ended already. */
  executionCancelled: Events.synced({
    name: 'v1.ExecutionCancelled',
    schema: Schema.Struct({
      queueId: Schema.String,
      cellId: Schema.String,
      cancelledBy: Schema.String,
      actorId: Schema.optional(Schema.String),
      reason: Schema.String,
    }),
  }),

  /** Every request that has not ended is cancelled. Takes no arguments. */
  allExecutionsCancelled: Events.synced({ name: 'v1.AllExecutionsCancelled', schema: Schema.Void }),

  /** Several requests at once, in this order. */
  multipleExecutionRequested: Events.synced({
    name: 'v1.MultipleExecutionRequested',
    schema: Schema.Struct({
      requestedBy: Schema.String,
      cellsInfo: Schema.Array(
        Schema.Struct({ id: Schema.String, executionCount: Schema.Number, queueId: Schema.String }),
      ),
    }),
  }),

  /** A tool call waits for approval. Asking again resets an answer. */
  toolApprovalRequested: Events.synced({
    name: 'v1.ToolApprovalRequested',
    schema: Schema.Struct({
      toolCallId: Schema.String,
      cellId: Schema.String,
      toolName: Schema.String,
      arguments: Schema.Record({ key: Schema.String, value: Schema.Any }),
      requestedAt: Schema.Date,
    }),
  }),

  toolApprovalResponded: Events.synced({
    name: 'v1.ToolApprovalResponded',
    schema: Schema.Struct({
      toolCallId: Schema.String,
      status: Schema.Literal('approved_once', 'approved_always', 'denied'),
      approvedBy: Schema.String,
      respondedAt: Schema.Date,
    }),
  }),
}
