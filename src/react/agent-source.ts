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
  /** The agent, also while it shuts down; undefined when there is none. */
  readonly agent: RegistryAgent | undefined
  readonly machine: AgentSnapshot | undefined
  /** Set when the last agent's actor has crashed and no other has taken its place. */
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
  readonly #listeners = new Listeners()
  #stops: (() => void)[] = []
  #agent: RegistryAgent | undefined
  #actor: Subscription | undefined
  #crash: Failure | undefined
  #runtimeType: RuntimeType | undefined
  #reading: AgentReading | undefined

  constructor(registry: RuntimeAgentRegistry | null, notebookId: string, starts: StartAttempts) {
    this.#registry = registry
    this.#notebookId = notebookId
    this.#starts = starts
  }

  /** The type of the agent that was followed last, or still is. */
  get runtimeType(): RuntimeType | undefined {
    return this.#runtimeType
  }

  /** The present reading; the same object until something changes. */
  getSnapshot(): AgentReading {
    const agent = this.#registry?.getAgent(this.#notebookId) ?? this.#agent
    const machine = agent?.getSnapshot()
    const reading = { agent, machine, crash: this.#crash, starts: this.#starts.state }
    if (!this.#reading || !shallowEqual(reading, this.#reading)) this.#reading = reading
    return this.#reading
  }

  /** Calls back after each change, and not with the present reading. */
  subscribe(observer: Observer<AgentReading> | ((reading: AgentReading) => void)): Subscription {
    const next = typeof observer === 'function' ? observer : observer.next
    const remove = this.#listeners.add(() => next?.(this.getSnapshot()))
    if (this.#listeners.size === 1) this.#open()
    const unsubscribe = () => {
      remove()
      if (this.#listeners.size === 0) this.#close()
    }
    return { unsubscribe }
  }

  /** Forgets the crash that is shown. */
  dismissCrash(): void {
    if (!this.#crash) return
    this.#crash = undefined
    this.#listeners.notify()
  }

  #open(): void {
    this.#stops.push(this.#starts.subscribe(() => this.#listeners.notify()))
    if (!this.#registry) return
    const spawned = this.#registry.actorRef.on('agent.spawned', () => queueMicrotask(() => this.#look()))
    this.#stops.push(() => spawned.unsubscribe())
    this.#look()
  }

  #close(): void {
    for (const stop of this.#stops.splice(0)) stop()
    this.#letGo()
  }

  #look(): void {
    const agent = this.#registry?.getAgent(this.#notebookId)
    if (this.#stops.length === 0 || !agent || agent === this.#agent) return
    this.#letGo()
    this.#agent = agent
    this.#crash = undefined
    this.#runtimeType = agent.config.runtimeType
    this.#actor = agent.subscribe({
      next: () => this.#listeners.notify(),
      error: (error) => this.#ended(agent, this.#crashOf(error)),
      complete: () => this.#ended(agent),
    })
    this.#listeners.notify()
  }

  #ended(agent: RegistryAgent, crash?: Failure): void {
    if (this.#agent !== agent) return
    this.#letGo()
    this.#crash = crash
    this.#listeners.notify()
  }

  #letGo(): void {
    this.#actor?.unsubscribe()
    this.#actor = undefined
    this.#agent = undefined
  }

  #crashOf(error: unknown): Failure {
    const reason = error instanceof Error ? error.message : String(error)
    const message = `The agent of notebook "${this.#notebookId}" crashed: ${reason}`
    return createFailure('machineCrashed', { message })
  }
}
