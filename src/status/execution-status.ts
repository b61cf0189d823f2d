import { nextActionFor, type ExecutionSnapshot, type FailureCode } from '../../machines/index.js'
import { failureRows } from './failure-rows.js'
import { remembered, toStatus, type Status, type StatusRow } from './status.js'

/** What can be done with the execution of a cell: ask for a new one, take it back, stop it, not wait for it any longer. */
export type ExecutionAction = 'run' | 'cancel' | 'interrupt' | 'force'

/** The names of the execution machine's states. */
export type ExecutionState = ExecutionSnapshot['value']

/** The states of an execution, `none` for a cell that was never run, and `queued` for a request that waits. */
export type ExecutionStatusState = ExecutionState | 'none' | 'queued'

/** What {@link executionStatus} takes besides the state. */
export interface ExecutionStatusOptions {
  /** Why it ended so, when the runtime and not the cell was at fault; looked at in final states only. */
  readonly failure?: FailureCode | undefined
}

const notQueued = 'It is neither queued nor running.'
const notRunning = 'It is not running.'
const notRunningYet = 'It is not running yet. Cancel it instead.'
const isQueued = 'It is queued already.'
const isRunning = 'It is running.'
const interruptFirst = 'Interrupt it first.'
const isStopping = 'It is being stopped already.'

const atRest = { run: true, cancel: notQueued, interrupt: notRunning, force: notRunning } as const
const atWork = { run: isRunning, cancel: true, interrupt: true, force: interruptFirst } as const

const executionRows = {
  none: { text: 'Not run', icon: 'circle', tone: 'neutral', actions: atRest },
  queued: {
    text: 'Queued',
    icon: 'clock',
    tone: 'neutral',
    actions: { run: isQueued, cancel: true, interrupt: notRunningYet, force: notRunningYet },
  },
  preparing: { text: 'Preparing', icon: 'spinner', tone: 'progress', actions: atWork },
  handling: { text: 'Running', icon: 'spinner', tone: 'progress', actions: atWork },
  awaitingApproval: { text: 'Waiting for approval', icon: 'pause', tone: 'warning', actions: atWork },
  interrupting: {
    text: 'Stopping',
    icon: 'stop',
    tone: 'warning',
    actions: { run: isRunning, cancel: isStopping, interrupt: isStopping, force: true },
  },
  succeeded: { text: 'Done', icon: 'check', tone: 'success', actions: atRest },
  failed: { text: 'Failed', icon: 'cross', tone: 'danger', actions: atRest },
  cancelled: { text: 'Cancelled', icon: 'stop', tone: 'neutral', actions: atRest },
  timedOut: { text: 'Timed out', icon: 'clock', tone: 'danger', actions: atRest },
  lost: { text: 'Lost', icon: 'ghost', tone: 'warning', actions: atRest },
} satisfies Record<ExecutionStatusState, StatusRow<ExecutionAction>> as Readonly<
  Record<ExecutionStatusState, StatusRow<ExecutionAction>>
>

/** All states that {@link executionStatus} knows. */
export const executionStatusStates = Object.keys(executionRows) as readonly ExecutionStatusState[]

/** States in which a failure says more than the state: `cancelled` and `timedOut` explain themselves. */
const explainable: readonly ExecutionStatusState[] = ['failed', 'lost']

const statuses = new Map<string, Status<ExecutionAction>>()

/**
 * What to show of the execution of a cell, and what can be done with it. Total: every state with every failure has a status.
 * Actions that are enabled are commands that the execution's machine takes in that state; `run` asks for a new execution.
 */
export function executionStatus(
  state: ExecutionStatusState,
  { failure }: ExecutionStatusOptions = {},
): Status<ExecutionAction> {
  const code = executionRows[state].actions === atRest ? failure : undefined
  return remembered(statuses, `${state} ${code ?? ''}`, () => {
    if (code === undefined) return toStatus(executionRows[state])
    return toStatus(withFailure(state, code), nextActionFor(code))
  })
}

function withFailure(state: ExecutionStatusState, code: FailureCode): StatusRow<ExecutionAction> {
  const row = executionRows[state]
  const { text, run } = failureRows[code]
  return {
    ...row,
    text: explainable.includes(state) ? `${row.text}: ${text}` : row.text,
    actions: { ...row.actions, run },
  }
}
