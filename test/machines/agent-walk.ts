import {
  agentMachine,
  createFailure,
  defaultAgentSettings,
  type AgentCommand,
  type AgentFact,
  type AgentInput,
  type AgentReport,
  type AgentSettings,
  type ExecutionEnd,
  type ExecutionRequest,
  type Failure,
  type FailureCode,
} from '../../machines/index.js'
import { Walk } from './walk.js'

/** Idle time has tests of its own; elsewhere its timer would stand in every list. */
export const agentInput = (settings: Partial<AgentSettings> = {}): AgentInput => ({
  agentId: 'agent:notebook',
  notebookId: 'notebook',
  runtimeType: 'test',
  sessionId: 'session',
  settings: { ...defaultAgentSettings, idleCullMs: 0, stalledAfterMs: 0, ...settings },
})

export const agentWalk = (settings: Partial<AgentSettings> = {}) =>
  new Walk<typeof agentMachine, AgentFact>(agentMachine, agentInput(settings))

/** An agent that is up and has nothing to do. */
export const runningAgent = (settings: Partial<AgentSettings> = {}) =>
  agentWalk(settings).send(start, runtimeUp)

/** An agent that runs `q1`; what else is named waits behind it. */
export const executingAgent = (settings: Partial<AgentSettings> = {}, waiting: readonly string[] = []) =>
  runningAgent(settings).send(request('q1', 1), ...waiting.map((id, index) => request(id, index + 2)))

export const start: AgentCommand = { type: 'agent.start' }
export const stop: AgentCommand = { type: 'agent.stop' }
export const restart: AgentCommand = { type: 'agent.restart' }
export const keep: AgentCommand = { type: 'agent.keep' }
export const pin: AgentCommand = { type: 'agent.pin' }
export const unpin: AgentCommand = { type: 'agent.unpin' }
export const idleNoticed = { type: 'idle.noticed' }
export const idleOver = { type: 'idle.over' }

export const requestOf = (
  executionId: string,
  requestSeq = Number(executionId.slice(1)),
): ExecutionRequest => ({
  executionId,
  cellId: `cell-${executionId}`,
  executionCount: 1,
  requestedBy: 'ada',
  requestSeq,
})

export const request = (executionId: string, requestSeq?: number): AgentCommand => ({
  type: 'execution.request',
  request: requestOf(executionId, requestSeq),
})

export const cancel = (executionId: string): AgentCommand => ({
  type: 'execution.cancel',
  executionId,
  reason: 'not needed any more',
})

export const runtimeUp = { type: 'xstate.done.actor.runtime', actorId: 'runtime', output: undefined }

export const startFailed = (failure: Failure) => ({
  type: 'xstate.error.actor.runtime',
  actorId: 'runtime',
  error: failure,
})

export const startTimedOut = { type: 'xstate.after.start timeout.agent.starting' }
export const backoffOver = { type: 'xstate.after.restart delay.agent.restarting' }
export const stopTimedOut = { type: 'xstate.after.stop timeout.agent.shuttingDown' }

export const crash = (epoch: number, code: FailureCode = 'workerCrashed'): AgentReport => ({
  type: 'runtime.crashed',
  epoch,
  failure: createFailure(code),
})

/** The window of the restart after this life is over. */
export const forgotten = (epoch: number) => ({ type: 'restart.forgotten', epoch })

export const displaced = (epoch: number): AgentReport => ({ type: 'session.displaced', epoch })

export const storeDied: AgentReport = { type: 'store.died', failure: createFailure('storeDied') }

/** The end of the execution that runs; a success unless said otherwise. */
export const executionDone = (end: Partial<ExecutionEnd> = {}) => ({
  type: 'xstate.done.actor.execution',
  actorId: 'execution',
  output: { request: requestOf('q1'), outcome: 'succeeded', claimed: true, stateLost: false, ...end },
})

export const cellError = executionDone({ outcome: 'failed', reason: 'ValueError: no' })

/** Somebody interrupted the cell. */
export const cellInterrupted = (end: Partial<ExecutionEnd> = {}) =>
  executionDone({ outcome: 'cancelled', reason: 'interrupted', isInterrupted: true, ...end })

/** The runtime died under the execution. */
export const stateLost = (code: FailureCode = 'workerCrashed') =>
  executionDone({ outcome: 'failed', reason: 'it died', failure: createFailure(code), stateLost: true })

/** The execution machine itself broke. */
export const executionBroke = (error: Error) => ({
  type: 'xstate.error.actor.execution',
  actorId: 'execution',
  error,
})
