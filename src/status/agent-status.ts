import { nextActionFor, type AgentState, type FailureCode } from '../../machines/index.js'
import { failureRows } from './failure-rows.js'
import { remembered, toStatus, type Status, type StatusRow } from './status.js'

/** What can be done with an agent: the functions of `useRuntimeAgent`, and `keep` against being stopped for idleness. */
export type AgentAction = 'start' | 'stop' | 'restart' | 'interrupt' | 'keep'

/** The states of an agent, and `none` where a notebook has no agent. */
export type AgentStatusState = AgentState | 'none'

/** What {@link agentStatus} takes besides the state. */
export interface AgentStatusOptions {
  /** Why the runtime is down; looked at in `failed` and `restarting` only. */
  readonly failure?: FailureCode | undefined
  /** True between the warning that an idle agent will be stopped and its end. Default false. */
  readonly isCullWarned?: boolean | undefined
}

const isStopping = 'It is being stopped.'
const nothingRuns = 'No cell is running.'
const staysAnyway = 'It is not about to be stopped.'
const isRunning = 'It is running already.'
const isStarting = 'It is starting already.'
const isDown = 'It is not running.'

const agentRows = {
  none: {
    text: 'Not started',
    icon: 'circle',
    tone: 'neutral',
    actions: { start: true, stop: isDown, restart: isDown, interrupt: nothingRuns, keep: staysAnyway },
  },
  idle: {
    text: 'Idle',
    icon: 'circle',
    tone: 'neutral',
    actions: { start: true, stop: true, restart: isDown, interrupt: nothingRuns, keep: staysAnyway },
  },
  starting: {
    text: 'Starting',
    icon: 'spinner',
    tone: 'progress',
    actions: {
      start: isStarting,
      stop: true,
      restart: isStarting,
      interrupt: nothingRuns,
      keep: staysAnyway,
    },
  },
  running: {
    text: 'Ready',
    icon: 'check',
    tone: 'success',
    actions: { start: isRunning, stop: true, restart: true, interrupt: nothingRuns, keep: staysAnyway },
  },
  executing: {
    text: 'Running',
    icon: 'spinner',
    tone: 'progress',
    actions: { start: isRunning, stop: true, restart: true, interrupt: true, keep: staysAnyway },
  },
  restarting: {
    text: 'Restarting',
    icon: 'restart',
    tone: 'warning',
    actions: { start: true, stop: true, restart: true, interrupt: nothingRuns, keep: staysAnyway },
  },
  failed: {
    text: 'Failed',
    icon: 'cross',
    tone: 'danger',
    actions: { start: true, stop: true, restart: true, interrupt: nothingRuns, keep: staysAnyway },
  },
  shuttingDown: {
    text: 'Shutting down',
    icon: 'power',
    tone: 'progress',
    actions: {
      start: isStopping,
      stop: isStopping,
      restart: isStopping,
      interrupt: isStopping,
      keep: isStopping,
    },
  },
  stopped: {
    text: 'Stopped',
    icon: 'stop',
    tone: 'neutral',
    actions: { start: true, stop: isDown, restart: isDown, interrupt: nothingRuns, keep: staysAnyway },
  },
} satisfies Record<AgentStatusState, StatusRow<AgentAction>> as Readonly<
  Record<AgentStatusState, StatusRow<AgentAction>>
>

/** All states that {@link agentStatus} knows. */
export const agentStatusStates = Object.keys(agentRows) as readonly AgentStatusState[]

const statuses = new Map<string, Status<AgentAction>>()

/**
 * What to show of an agent, and what can be done with it. Total: every state with every failure has a status. Actions that are
 * enabled are commands that the agent's machine takes in that state.
 */
export function agentStatus(
  state: AgentStatusState,
  { failure, isCullWarned = false }: AgentStatusOptions = {},
): Status<AgentAction> {
  const code = state === 'failed' || state === 'restarting' ? failure : undefined
  return remembered(statuses, `${state} ${code ?? ''} ${isCullWarned}`, () => {
    const row = isCullWarned ? withCullWarning(agentRows[state]) : agentRows[state]
    return code === undefined ? toStatus(row) : toStatus(withFailure(row, code), nextActionFor(code))
  })
}

function withCullWarning(row: StatusRow<AgentAction>): StatusRow<AgentAction> {
  if (row.actions.keep !== staysAnyway) return row
  return {
    ...row,
    text: `${row.text}, stops soon`,
    icon: 'clock',
    tone: 'warning',
    actions: { ...row.actions, keep: true },
  }
}

function withFailure(row: StatusRow<AgentAction>, code: FailureCode): StatusRow<AgentAction> {
  const { text, start } = failureRows[code]
  return {
    ...row,
    text: `${row.text}: ${text}`,
    icon: code === 'noRuntime' ? 'unplugged' : row.icon,
    tone: code === 'noRuntime' ? 'warning' : row.tone,
    actions: { ...row.actions, start, restart: start },
  }
}
