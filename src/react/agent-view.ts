import type { AgentState, ExecutionRequest, Failure } from '../../machines/index.js'
import type { RegistryAgent } from '../registry/registry-agent.js'
import type { AgentReading } from './agent-source.js'

/** What a component sees of the agent of a notebook. */
export interface AgentView {
  /** The notebook's agent, also when somebody else created it; null when there is none or it has crashed. */
  readonly agent: RegistryAgent | null
  /** The state of the agent's machine; `failed` also after a crash of the agent itself; null when there is no agent. */
  readonly state: AgentState | null
  /** True while the runtime comes up: from the call of `startAgent` on, the wait for the store included. */
  readonly isStarting: boolean
  /** Requests that wait, first one next; without the one that runs. */
  readonly queue: readonly ExecutionRequest[]
  /** Why there is no runtime or why it was restarted last; `machineCrashed` after a crash of the agent itself. */
  readonly failure: Failure | null
}

const nothingQueued: readonly ExecutionRequest[] = []

/** The view of a reading; its parts are the same objects while nothing visible has changed. */
export function selectAgentView({ agent, machine, crash, starts }: AgentReading): AgentView {
  const isPending = starts.pending > 0
  if (!agent || machine?.status !== 'active') {
    return {
      agent: null,
      state: crash ? 'failed' : null,
      isStarting: isPending,
      queue: nothingQueued,
      failure: crash ?? starts.failure,
    }
  }
  const { queue, failure } = machine.context
  const isSettled = machine.hasTag('up') || machine.matches('failed') || machine.matches('shuttingDown')
  const isStarting = machine.matches('starting') || (isPending && !isSettled)
  return { agent, state: machine.value, isStarting, queue, failure }
}
