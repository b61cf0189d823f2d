import type { Subscription } from 'xstate'
import { executionRefOf, type ExecutionActorRef, type ExecutionEnd } from '../../machines/index.js'
import type { RegistryAgent } from '../registry/registry-agent.js'
import type { ExecutionState } from '../status/index.js'
import type { AgentSource } from './agent-source.js'
import { Listeners } from './listeners.js'

/** What the execution's own machine says, ahead of the rows. */
export interface LiveState {
  readonly executionId: string
  readonly state: ExecutionState
  /** It has been silent for longer than its settings find usual. */
  readonly isStalled: boolean
  /** It has not reacted to its interrupt; `force` would end it with its runtime. */
  readonly isForceOffered: boolean
}

/** Ends that are remembered until their rows tell the same; older ones are recorded by then. */
const rememberedEnds = 64

/**
 * The execution that an agent runs, and how its last ones ended, as something to subscribe to: ahead of the rows. Follows only
 * while someone subscribes.
 */
export class LiveExecution {
  readonly #source: AgentSource
  readonly #listeners = new Listeners(() => this.#open())
  readonly subscribe = this.#listeners.add
  readonly #ends = new Map<string, ExecutionEnd>()
  #agent: RegistryAgent | undefined
  #facts: Subscription | undefined
  #actor: ExecutionActorRef | undefined
  #transitions: Subscription | undefined

  constructor(source: AgentSource) {
    this.#source = source
  }

  /** The execution that runs in this agent now. */
  running(): LiveState | undefined {
    const { machine } = this.#source.getSnapshot()
    const actor = machine?.status === 'active' ? executionRefOf(machine) : undefined
    const snapshot = actor?.getSnapshot()
    if (!snapshot || snapshot.status !== 'active') return undefined
    const { request, isStalled, isForceOffered } = snapshot.context
    return { executionId: request.executionId, state: snapshot.value, isStalled, isForceOffered }
  }

  /** How an execution ended, if it did so while somebody looked. */
  endOf(executionId: string): ExecutionEnd | undefined {
    return this.#ends.get(executionId)
  }

  #open(): () => void {
    const subscription = this.#source.subscribe(() => this.#follow())
    this.#follow()
    return () => {
      subscription.unsubscribe()
      this.#facts?.unsubscribe()
      this.#transitions?.unsubscribe()
      this.#agent = undefined
      this.#actor = undefined
    }
  }

  #follow(): void {
    const { agent, machine } = this.#source.getSnapshot()
    if (agent !== this.#agent) this.#followFacts(agent)
    const actor = machine?.status === 'active' ? executionRefOf(machine) : undefined
    if (actor === this.#actor) return
    this.#transitions?.unsubscribe()
    this.#actor = actor
    this.#transitions = actor?.subscribe({
      next: () => this.#listeners.notify(),
      error: () => this.#listeners.notify(),
    })
    this.#listeners.notify()
  }

  #followFacts(agent: RegistryAgent | undefined): void {
    this.#facts?.unsubscribe()
    this.#agent = agent
    this.#facts = agent?.actorRef.on('execution.finished', ({ end }) => this.#remember(end))
  }

  #remember(end: ExecutionEnd): void {
    if (!end.claimed && end.outcome === 'cancelled') return
    this.#ends.set(end.request.executionId, end)
    const [oldest] = this.#ends.keys()
    if (this.#ends.size > rememberedEnds && oldest !== undefined) this.#ends.delete(oldest)
    this.#listeners.notify()
  }
}
