import { messageOf } from '../../machines/failure.js'
import { shallowEqual } from '@xstate/react'
import type { Observer, Subscription } from 'xstate'
import { createFailure, type AgentSnapshot, type Failure } from '../../machines/index.js'
import type { RegistryAgent } from '../registry/registry-agent.js'
import type { RuntimeAgentRegistry } from '../registry/runtime-agent-registry.js'
import type { RuntimeType } from '../registry/runtime-types.js'
import { Listeners } from './listeners.js'
import type { StartAttempts, StartState } from './start-attempts.js'

/** What is known at one moment about the agent of one notebook. */
export interface AgentReading {
  /** The agent, also while it shuts down and after a crash; undefined when there is none. */
  readonly agent: RegistryAgent | undefined
  readonly machine: AgentSnapshot | undefined
  /** Set when the agent's actor has crashed and no other agent has taken its place. */
  readonly crash: Failure | undefined
  readonly starts: StartState
}

/**
 * The agent of one notebook as something to subscribe to: follows whichever agent the registry has for it, whoever created it.
 *
 * An actor that crashes is read as data and never thrown, which is why hooks select from this and not from the actor. It
 * follows only while someone subscribes, and keeps nothing alive otherwise.
 */
export class AgentSource {
  readonly #registry: RuntimeAgentRegistry | null
  readonly #notebookId: string
  readonly #starts: StartAttempts
  readonly #listeners = new Listeners(() => this.#open())
  #actor: Subscription | undefined
  #followed: RegistryAgent | undefined
  #agent: RegistryAgent | undefined
  #runtimeType: RuntimeType | undefined
  #crash: { readonly agent: RegistryAgent; readonly failure: Failure } | undefined
  #reading: AgentReading | undefined

  constructor(registry: RuntimeAgentRegistry | null, notebookId: string, starts: StartAttempts) {
    this.#registry = registry
    this.#notebookId = notebookId
    this.#starts = starts
  }

  /** The type of the agent that was seen last. */
  get runtimeType(): RuntimeType | undefined {
    return this.#runtimeType
  }

  /** The present reading; the same object until something changes. */
  getSnapshot(): AgentReading {
    const agent = this.#see()
    const machine = agent?.getSnapshot()
    const crash = agent && machine?.status === 'error' ? this.#crashOf(agent, machine.error) : undefined
    const reading = { agent, machine, crash, starts: this.#starts.state }
    if (!this.#reading || !shallowEqual(reading, this.#reading)) this.#reading = reading
    return this.#reading
  }

  /** Calls back after each change, and not with the present reading. */
  subscribe(observer: Observer<AgentReading> | ((reading: AgentReading) => void)): Subscription {
    const next = typeof observer === 'function' ? observer : observer.next
    return { unsubscribe: this.#listeners.add(() => next?.(this.getSnapshot())) }
  }

  /** Forgets the agent that has crashed, if the last one has. */
  dismissCrash(): void {
    if (!this.getSnapshot().crash) return
    this.#agent = undefined
    this.#listeners.notify()
  }

  /** The registry's agent; when it has none any more, the one that was seen last, to tell how it ended. */
  #see(): RegistryAgent | undefined {
    this.#agent = this.#registry?.getAgent(this.#notebookId) ?? this.#agent
    if (this.#agent) this.#runtimeType = this.#agent.config.runtimeType
    return this.#agent
  }

  #open(): () => void {
    const stopStarts = this.#starts.subscribe(() => this.#listeners.notify())
    const spawned = this.#registry?.actorRef.on('agent.spawned', () => queueMicrotask(() => this.#follow()))
    this.#follow()
    return () => {
      stopStarts()
      spawned?.unsubscribe()
      this.#letGo()
    }
  }

  #follow(): void {
    const agent = this.#see()
    if (this.#listeners.size === 0 || !agent || agent === this.#followed) return
    this.#letGo()
    this.#followed = agent
    const notify = () => this.#listeners.notify()
    this.#actor = agent.subscribe({ next: notify, error: notify, complete: () => this.#ended(agent) })
    notify()
  }

  #ended(agent: RegistryAgent): void {
    if (this.#agent === agent) this.#agent = undefined
    this.#listeners.notify()
  }

  #letGo(): void {
    this.#actor?.unsubscribe()
    this.#actor = undefined
    this.#followed = undefined
  }

  #crashOf(agent: RegistryAgent, error: unknown): Failure {
    if (this.#crash?.agent !== agent) {
      const reason = messageOf(error)
      const message = `The agent of notebook "${this.#notebookId}" crashed: ${reason}`
      this.#crash = { agent, failure: createFailure('machineCrashed', { message }) }
    }
    return this.#crash.failure
  }
}
