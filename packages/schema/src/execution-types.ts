import { Schema } from '@livestore/livestore'

export const QueueStatusSchema = Schema.Literal(
  'pending',
  'assigned',
  'executing',
  'completed',
  'failed',
  'cancelled',
)

/** State of one execution request. `completed`, `failed` and `cancelled` are final. */
export type QueueStatus = typeof QueueStatusSchema.Type

export const ExecutionOutcomeSchema = Schema.Literal('success', 'error', 'cancelled')

export const ToolApprovalStatusSchema = Schema.Literal(
  'pending',
  'approved_once',
  'approved_always',
  'denied',
)
