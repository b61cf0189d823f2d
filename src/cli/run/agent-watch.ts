import type { RegistryAgent } from '../../index.js'
import type { AgentFact, Failure } from '../../../machines/index.js'
import type { RunEvent } from './run-event.js'
import type { RunFollower } from './run-follower.js'

/** Failures that lie with the cell or with what was asked of the runtime. A forced stop follows a timeout or an interrupt. */
const cellFaults: readonly string[] = ['executionTimeout', 'forcedStop', 'notCapable', 'cellMissing']

/** Passes on what an agent goes through, and remembers whether its runtime failed. */
export class AgentWatch {
  #failure: Failure | undefined
  #state: string | undefined
  readonly #tell: (event: RunEvent) => void
  readonly #follower: RunFollower

  constructor(tell: (event: RunEvent) => void, follower: RunFollower) {
    this.#tell = tell
    this.#follower = follower
  }

  /** The last failure of the runtime, if it had one. */
  get failure(): Failure | undefined {
    return this.#failure
  }

  /** Begins to watch; the present state is told at once. */
  attach(agent: RegistryAgent): void {
    agent.actorRef.on('*', (fact) => this.#note(fact))
    const look = (): void => this.#noteState(agent)
    agent.subscribe({ next: look })
    look()
  }

  #note(fact: AgentFact): void {
    if (fact.type !== 'execution.finished') return
    this.#follower.noteEnd(fact.end)
    this.#noteFailure(fact.end.failure)
  }

  #noteFailure(failure: Failure | undefined): void {
    if (failure !== undefined && !cellFaults.includes(failure.code)) this.#failure = failure
  }

  #noteState(agent: RegistryAgent): void {
    const { value: state, context } = agent.getSnapshot()
    if (state === this.#state) return
    this.#state = state
    if (state === 'failed') this.#noteFailure(context.failure ?? undefined)
    const isDown = state === 'restarting' || state === 'failed'
    const reason = isDown ? context.failure?.message : undefined
    this.#tell({ event: 'agent.changed', state, ...(reason !== undefined && { reason }) })
  }
}
