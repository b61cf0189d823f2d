import { events } from '@runtimed/schema'
import type { LogEvent, QueueEntry, SessionEntry } from './rows.js'
import { isTerminal } from './rows.js'

/**
 * The rules of `packages/schema/src/materializers/{executions,execution-sql,sessions,cells}.ts` once more, as pure functions
 * of a row: what an event makes of it. `chaos.walk.test.ts` holds both against each other on a real store.
 */

/** The arguments of an event, by the key of its constructor. */
type ArgsOf<Key extends keyof typeof events> = Parameters<(typeof events)[Key]>[0]

export const requestedRow = (
  id: string,
  cellId: string,
  executionCount: number,
  requestedBy: string,
  requestSeq: number,
): QueueEntry => ({
  id,
  cellId,
  executionCount: whole(executionCount),
  requestedBy,
  status: 'pending',
  assignedRuntimeSession: null,
  startedAt: null,
  completedAt: null,
  executionDurationMs: null,
  requestSeq,
  error: null,
  outcome: null,
  cancelledBy: null,
  cancelReason: null,
})

type RowRule = (row: QueueEntry, args: never) => QueueEntry

const assigned = (row: QueueEntry, args: ArgsOf<'executionAssigned'>): QueueEntry =>
  row.status === 'pending'
    ? { ...row, status: 'assigned', assignedRuntimeSession: args.runtimeSessionId }
    : row

const started = (row: QueueEntry, args: ArgsOf<'executionStarted'>): QueueEntry =>
  row.status === 'assigned' && row.assignedRuntimeSession === args.runtimeSessionId
    ? { ...row, status: 'executing', startedAt: isoDate(args.startedAt) }
    : row

const statusAfter = { success: 'completed', error: 'failed', cancelled: 'cancelled' } as const

function completed(row: QueueEntry, args: ArgsOf<'executionCompleted'>): QueueEntry {
  if (isTerminal(row.status) || (args.status === 'success' && row.status === 'pending')) return row
  return {
    ...row,
    status: statusAfter[args.status],
    outcome: args.status,
    error: args.error ?? null,
    completedAt: isoDate(args.completedAt),
    executionDurationMs: whole(args.executionDurationMs),
  }
}

const cancelled = (row: QueueEntry, args: ArgsOf<'executionCancelled'>): QueueEntry =>
  isTerminal(row.status) ? row : cancelledWith(row, args.cancelledBy, args.reason)

/** What ends a row by an event about this row. */
export const rowRules: Readonly<Record<string, RowRule>> = {
  'v1.ExecutionAssigned': assigned,
  'v1.ExecutionStarted': started,
  'v1.ExecutionCompleted': completed,
  'v1.ExecutionCancelled': cancelled,
}

export const cancelledWithAll = (row: QueueEntry): QueueEntry =>
  isTerminal(row.status) ? row : cancelledWith(row, row.cancelledBy, 'all executions cancelled')

export const cancelledWithCell = (row: QueueEntry, actorId: string | undefined): QueueEntry =>
  row.status === 'pending' || row.status === 'assigned'
    ? cancelledWith(row, actorId ?? null, 'cell deleted')
    : row

const cancelledWith = (row: QueueEntry, cancelledBy: string | null, cancelReason: string): QueueEntry => ({
  ...row,
  status: 'cancelled',
  outcome: 'cancelled',
  cancelledBy,
  cancelReason,
})

export const startedSession = (args: ArgsOf<'runtimeSessionStarted'>, startedSeq: number): SessionEntry => ({
  sessionId: args.sessionId,
  runtimeId: args.runtimeId,
  runtimeType: args.runtimeType,
  status: 'starting',
  isActive: 1,
  canExecuteCode: Number(args.capabilities.canExecuteCode),
  canExecuteSql: Number(args.capabilities.canExecuteSql),
  canExecuteAi: Number(args.capabilities.canExecuteAi),
  availableAiModels: args.capabilities.availableAiModels
    ? JSON.stringify(args.capabilities.availableAiModels)
    : null,
  lastRenewedAt: null,
  expiresAt: null,
  terminationReason: null,
  startedSeq,
})

type SessionRule = (row: SessionEntry, args: never) => SessionEntry

const renewed = (row: SessionEntry, args: ArgsOf<'runtimeSessionRenewal'>): SessionEntry => ({
  ...row,
  lastRenewedAt: isoDate(args.renewedAt),
  expiresAt: isoDate(new Date(args.renewedAt.getTime() + finite(args.validForMs))),
})

const statusChanged = (row: SessionEntry, args: ArgsOf<'runtimeSessionStatusChanged'>): SessionEntry => ({
  ...row,
  status: args.status,
})

const terminated = (row: SessionEntry, args: ArgsOf<'runtimeSessionTerminated'>): SessionEntry => ({
  ...row,
  status: 'terminated',
  isActive: 0,
  terminationReason: args.reason,
})

/** What changes an active session by an event about it; one that has ended stays as it is. */
export const sessionRules: Readonly<Record<string, SessionRule>> = {
  'v1.RuntimeSessionRenewal': renewed,
  'v1.RuntimeSessionStatusChanged': statusChanged,
  'v1.RuntimeSessionTerminated': terminated,
}

export const isEvent = <Key extends keyof typeof events>(
  event: LogEvent,
  key: Key,
): event is { name: string; args: ArgsOf<Key> } => event.name === events[key].name

const finite = (value: number): number => (Number.isFinite(value) ? value : 0)

const whole = (value: number): number =>
  Math.min(Math.max(Math.floor(finite(value)), Number.MIN_SAFE_INTEGER), Number.MAX_SAFE_INTEGER)

const isoDate = (date: Date): string | null => (Number.isNaN(date.getTime()) ? null : date.toISOString())
