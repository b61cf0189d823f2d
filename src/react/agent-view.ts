import type { AgentContext, AgentState, ExecutionRequest, Failure } from '../../machines/index.js'
import type { RegistryAgent } from '../registry/registry-agent.js'
import { agentStatus, type AgentAction, type Status } from '../status/index.js'
import type { AgentReading } from './agent-source.js'

/** A request of an agent and its place. */
export interface QueuedExecution extends ExecutionRequest {
  /** 0 for the one that runs, 1 for the one that is next. */
  readonly position: number
}

/** What a component sees of the agent of a notebook. */
export interface AgentView {
  /** The notebook's agent, also when somebody else created it; null when there is none or it has crashed. */
  readonly agent: RegistryAgent | null
  /** The state of the agent's machine; `failed` also after a crash of the agent itself; null when there is no agent. */
  readonly state: AgentState | null
  /** True while the runtime comes up: from the call of `startAgent` on, the wait for the store included. */
  readonly isStarting: boolean
  /** What runs (position 0) and what waits in the agent (from 1), in order. */
  readonly queue: readonly QueuedExecution[]
  /** Why there is no runtime or why it was restarted last; `machineCrashed` after a crash of the agent itself. */
  readonly failure: Failure | null
  /** Milliseconds until the next life of the runtime begins, counted down twice a second; 0 unless `restarting`. */
  readonly restartInMs: number
  /** The state in words, with an icon's name, a tone, and what can be done now. */
  readonly status: Status<AgentAction>
}

const nothingQueued: readonly QueuedExecution[] = []

/** The view of a reading; its parts are the same objects while nothing visible has changed. */
export function selectAgentView(reading: AgentReading): AgentView {
  const { agent, machine, starts } = reading
  const isPending = starts.pending > 0
  if (!agent || machine?.status !== 'active') return withoutAgent(reading)
  const { context, value: state } = machine
  const isSettled = machine.hasTag('up') || machine.matches('failed') || machine.matches('shuttingDown')
  const isStarting = machine.matches('starting') || (isPending && !isSettled)
  const { failure, restartInMs } = context
  const status = agentStatus(state, { failure: failure?.code, isCullWarned: context.isCullNear })
  return { agent, state, isStarting, queue: queueView(context), failure, restartInMs, status }
}

function withoutAgent({ crash, starts }: AgentReading): AgentView {
  const isStarting = starts.pending > 0
  const state = crash ? 'failed' : null
  const failure = crash ?? starts.failure
  const shown = isStarting ? 'starting' : failure ? 'failed' : 'none'
  const status = agentStatus(shown, { failure: failure?.code })
  return { agent: null, state, isStarting, queue: nothingQueued, failure, restartInMs: 0, status }
}

type Held = Pick<AgentContext, 'current' | 'queue'>

interface QueueView {
  readonly current: ExecutionRequest | null
  readonly entries: readonly QueuedExecution[]
}

const views = new WeakMap<readonly ExecutionRequest[], QueueView>()

/** What runs and what waits, in order; the same array while both are the same. */
function queueView({ current, queue }: Held): readonly QueuedExecution[] {
  const known = views.get(queue)
  if (known && known.current === current) return known.entries
  const running = current ? [{ ...current, position: 0 }] : []
  const waiting = queue.map((request, index) => ({ ...request, position: index + 1 }))
  const entries = [...running, ...waiting]
  views.set(queue, { current, entries })
  return entries
}
