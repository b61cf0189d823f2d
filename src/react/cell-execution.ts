import type { ExecutionEnd, ExecutionOutcome, Failure } from '../../machines/index.js'
import {
  executionStatus,
  type ExecutionAction,
  type ExecutionStatusState,
  type Status,
} from '../status/index.js'
import type { ExecutionRow } from './execution-rows.js'
import type { LiveState } from './live-execution.js'

/** What a component sees of the latest execution of a cell. */
export interface CellExecution {
  /** Null when the cell was never run. */
  readonly executionId: string | null
  /** The state of the execution's machine while it runs here; else what the notebook's rows say. */
  readonly state: ExecutionStatusState
  /** The state in words, with an icon's name, a tone, and what can be done now. */
  readonly status: Status<ExecutionAction>
  /** Place among the requests of the notebook that wait, from 1; null when it does not wait. */
  readonly queuePosition: number | null
  readonly executionCount: number | null
  readonly requestedBy: string | null
  /** True while it runs here and has been silent for two minutes (`stalledAfterMs`); nothing is ended. */
  readonly isStalled: boolean
  /** True while it does not react to its interrupt and can be ended by force, with its runtime. */
  readonly isForceOffered: boolean
  /** When it began to run; the time it has taken so far is the present time minus this. */
  readonly startedAt: Date | null
  readonly completedAt: Date | null
  /** Milliseconds; null until it has ended. */
  readonly durationMs: number | null
  /** How it ended; null until then. */
  readonly outcome: ExecutionOutcome | null
  /** One sentence; null unless it failed, timed out or was lost. */
  readonly error: string | null
  /** What was wrong with the runtime; null when nothing was, and for what another client ended. */
  readonly failure: Failure | null
  /** Why it was cancelled; null when it was not. */
  readonly cancelReason: string | null
}

const states = {
  pending: 'queued',
  assigned: 'preparing',
  executing: 'handling',
  completed: 'succeeded',
  failed: 'failed',
  cancelled: 'cancelled',
} satisfies Record<ExecutionRow['status'], ExecutionStatusState>

const nothing: CellExecution = {
  executionId: null,
  state: 'none',
  status: executionStatus('none'),
  queuePosition: null,
  executionCount: null,
  requestedBy: null,
  isStalled: false,
  isForceOffered: false,
  startedAt: null,
  completedAt: null,
  durationMs: null,
  outcome: null,
  error: null,
  failure: null,
  cancelReason: null,
}

/** What is known of an execution besides its row. */
export interface ExecutionKnowledge {
  readonly running: LiveState | undefined
  readonly end: ExecutionEnd | undefined
  readonly place: number | undefined
}

/**
 * Joins a row with the machine: the machine is ahead while it runs, and of an end that is not written yet; else the row counts. A
 * row that is cancelled has not ended while its machine still stops it.
 */
export function toCellExecution(
  row: ExecutionRow | null,
  { running, end, place }: ExecutionKnowledge,
): CellExecution {
  if (!row) return nothing
  const own = running?.executionId === row.id ? running : undefined
  const told = row.end ?? end
  const outcome = own && row.status === 'cancelled' ? null : (told?.outcome ?? null)
  const live = outcome === null ? own : undefined
  const state = outcome ?? live?.state ?? states[row.status]
  const failure = told?.failure ?? end?.failure ?? null
  const isCancelled = outcome === 'cancelled'
  const reason = outcome ? (told?.reason ?? null) : null
  return {
    executionId: row.id,
    state,
    status: executionStatus(state, { failure: failure?.code }),
    queuePosition: state === 'queued' ? (place ?? null) : null,
    executionCount: row.executionCount,
    requestedBy: row.requestedBy,
    isStalled: live?.isStalled ?? false,
    isForceOffered: live?.isForceOffered ?? false,
    startedAt: row.startedAt,
    completedAt: row.completedAt,
    durationMs: row.durationMs,
    outcome,
    error: isCancelled ? null : reason,
    failure,
    cancelReason: isCancelled ? reason : null,
  }
}
