/**
 * The words that all machines share, as JSON-only types: whatever stands in a context, an event or a fact can be stored,
 * sent to an inspector and compared as text.
 */

/** One request to run one cell once. `executionId` is the `queueId` of the stored events. */
export interface ExecutionRequest {
  readonly executionId: string
  readonly cellId: string
  /** Chosen by whoever asked: the cell's previous count plus one. */
  readonly executionCount: number
  readonly requestedBy: string
  /** Place in the notebook's log of requests; requests run in this order. */
  readonly requestSeq: number
}

/** How an execution ended; the names are those of the execution machine's final states. */
export type ExecutionOutcome = 'succeeded' | 'failed' | 'cancelled' | 'timedOut' | 'lost'

/** The end of an execution, as the execution machine hands it to its agent. */
export interface ExecutionEnd {
  readonly request: ExecutionRequest
  readonly outcome: ExecutionOutcome
  /** False when no handler ever ran for it: somebody else took or cancelled the request first, or nobody could run it. */
  readonly claimed: boolean
  /** One sentence for a person; absent when the outcome is `succeeded`. */
  readonly reason?: string
  /** Present when the runtime, not the cell, was at fault. */
  readonly failure?: Failure
  /** True when the runtime had to be ended by force, or died: its variables are gone and the agent restarts it. */
  readonly stateLost: boolean
  /** True when somebody interrupted it, whatever it ended as; a request that was cancelled is none. */
  readonly isInterrupted?: boolean
  /** True when the cell says of itself that it may fail (the tag `raises-exception`): what waits behind it goes on. */
  readonly mayFail?: boolean
}

/** Why a session ends; the closed list of `v1.RuntimeSessionTerminated`. */
export type StopReason = 'shutdown' | 'restart' | 'error' | 'timeout' | 'displaced'

/** When a runtime that ended by itself is started again: always, after a crash only, or never. */
export type RestartKind = 'permanent' | 'transient' | 'temporary'

/**
 * What an agent does with the requests that wait behind a cell that failed, took too long or was interrupted: `stop` cancels them
 * with the reason, as Jupyter does; `continue` runs them. Behind a request that was cancelled the next one runs in any case, and
 * so it does behind a cell that may fail (the tag `raises-exception`).
 */
export type ErrorPolicy = 'stop' | 'continue'

/**
 * What a registry at its limit does with one more agent: refuse it, let it wait until another one has gone, or stop the idle
 * agent that was used least recently and refuse it only when none is idle.
 */
export type LimitPolicy = 'reject' | 'queue' | 'evictIdle'

/**
 * What becomes of an execution whose session died: it ends as lost, and `never` leaves it at that; `safe` asks for it once more
 * when the handler says of itself that it is repeatable.
 */
export type RetryPolicy = 'never' | 'safe'

/** Every time limit and policy of one agent. Times are milliseconds; 0 switches a limit off where it says so. */
export interface AgentSettings {
  /** From `starting` to a returned probe. Default 60 000 (nbclient and VS Code use the same). */
  readonly startTimeoutMs: number
  /** From `agent.stop` to the hard end, whatever the runtime does. Default 30 000 (Kubernetes' grace period). */
  readonly stopTimeoutMs: number
  /** How long one execution may take; 0 means no limit. Default 0. */
  readonly executionTimeoutMs: number
  /** How long an interrupted handler has to end by itself before it is ended by force. Default 10 000. */
  readonly interruptGraceMs: number
  /** How many requests wait in the agent; those beyond stay in the notebook until there is room. Default 1 000. */
  readonly queueLimit: number
  /** Default `stop`. */
  readonly errorPolicy: ErrorPolicy
  readonly restart: RestartKind
  /** Restarts allowed inside `restartWindowMs` before the agent gives up with `crashLoop`. Default 5. */
  readonly restartBudget: number
  /** Default 60 000. */
  readonly restartWindowMs: number
  /** After this long without a crash the backoff starts from its shortest delay again. Default 600 000. */
  readonly stableAfterMs: number
  /** How long an interrupted handler has before a person is offered to end it by force. Default 5 000. */
  readonly forceOfferMs: number
  /** After this long without output an execution is marked as stalled; nothing is ended. 0: never. Default 120 000. */
  readonly stalledAfterMs: number
  /** From the end of the last execution until the runtime is taken down to save memory; 0: never. Default 1 800 000. */
  readonly idleCullMs: number
  /** How long before that a warning comes. Default 120 000. */
  readonly cullWarningMs: number
  /** What becomes of executions that a dead session left behind. Default `never`. */
  readonly retry: RetryPolicy
}

export const defaultAgentSettings: AgentSettings = {
  startTimeoutMs: 60_000,
  stopTimeoutMs: 30_000,
  executionTimeoutMs: 0,
  interruptGraceMs: 10_000,
  queueLimit: 1_000,
  errorPolicy: 'stop',
  restart: 'transient',
  restartBudget: 5,
  restartWindowMs: 60_000,
  stableAfterMs: 600_000,
  forceOfferMs: 5_000,
  stalledAfterMs: 120_000,
  idleCullMs: 1_800_000,
  cullWarningMs: 120_000,
  retry: 'never',
}

/** The closed list of what can go wrong with a runtime; a user interface can switch over it exhaustively. */
export type FailureCode =
  | 'startTimeout'
  | 'startFailed'
  | 'probeFailed'
  | 'assetLoadFailed'
  | 'workerCrashed'
  | 'outOfMemory'
  | 'crashLoop'
  | 'executionTimeout'
  | 'handlerError'
  | 'forcedStop'
  | 'displaced'
  | 'sessionLost'
  | 'noRuntime'
  | 'notCapable'
  | 'cellMissing'
  | 'queueFull'
  | 'limitReached'
  | 'storeDied'
  | 'storeStalled'
  | 'storeOffline'
  | 'machineCrashed'
  | 'unknown'

/** What went wrong with a runtime, as data: stored, shown, never swallowed. */
export interface Failure {
  readonly code: FailureCode
  /** One sentence that a person can read: what happened, and to which thing. */
  readonly message: string
  /** True when trying again, with nothing changed, may succeed. */
  readonly retryable: boolean
  readonly details?: Readonly<Record<string, unknown>>
}
