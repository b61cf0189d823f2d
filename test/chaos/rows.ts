/** The rows of the two tables that decide who runs what, with the values that SQLite holds. */

export interface QueueEntry {
  readonly id: string
  readonly cellId: string
  readonly executionCount: number
  readonly requestedBy: string
  readonly status: string
  readonly assignedRuntimeSession: string | null
  readonly startedAt: string | null
  readonly completedAt: string | null
  readonly executionDurationMs: number | null
  readonly requestSeq: number
  readonly error: string | null
  readonly outcome: string | null
  readonly cancelledBy: string | null
  readonly cancelReason: string | null
}

export interface SessionEntry {
  readonly sessionId: string
  readonly runtimeId: string
  readonly runtimeType: string
  readonly status: string
  readonly isActive: number
  readonly canExecuteCode: number
  readonly canExecuteSql: number
  readonly canExecuteAi: number
  readonly availableAiModels: string | null
  readonly lastRenewedAt: string | null
  readonly expiresAt: string | null
  readonly terminationReason: string | null
  readonly startedSeq: number
}

/** An event as a log holds it. */
export interface LogEvent {
  readonly name: string
  readonly args: unknown
}

const terminal: readonly string[] = ['completed', 'failed', 'cancelled']

export const isTerminal = (status: string): boolean => terminal.includes(status)
