import type { RegistryAgent } from '../registry/registry-agent.js'
import type { RuntimeAgentRegistry } from '../registry/runtime-agent-registry.js'
import { Listeners } from './listeners.js'

/** The agents of a registry as something to subscribe to: changes when an agent comes or goes, not with their states. */
export class AgentList {
  readonly #registry: RuntimeAgentRegistry | null
  readonly #listeners = new Listeners()
  #agents: readonly RegistryAgent[] = []
  #stop: () => void = () => undefined

  constructor(registry: RuntimeAgentRegistry | null) {
    this.#registry = registry
    this.#agents = registry?.getAgents() ?? []
  }

  readonly getSnapshot = (): readonly RegistryAgent[] => this.#agents

  readonly subscribe = (listener: () => void): (() => void) => {
    const remove = this.#listeners.add(listener)
    if (this.#listeners.size === 1) this.#open()
    return () => {
      remove()
      if (this.#listeners.size === 0) this.#stop()
    }
  }

  #open(): void {
    if (!this.#registry) return
    const { actorRef } = this.#registry
    const spawned = actorRef.on('agent.spawned', () => queueMicrotask(() => this.#refresh()))
    const gone = actorRef.on('agent.gone', () => this.#refresh())
    this.#stop = () => {
      spawned.unsubscribe()
      gone.unsubscribe()
    }
    this.#refresh()
  }

  #refresh(): void {
    const present = this.#registry?.getAgents() ?? []
    const leaving = this.#agents.filter((agent) => agent.isShuttingDown && isActive(agent))
    const agents = this.#inOrder([...new Set([...leaving, ...present])])
    if (
      agents.length === this.#agents.length &&
      agents.every((agent, index) => agent === this.#agents[index])
    )
      return
    this.#agents = agents
    this.#listeners.notify()
  }

  /** Agents that were listed keep their place. */
  #inOrder(agents: RegistryAgent[]): readonly RegistryAgent[] {
    const known = this.#agents.filter((agent) => agents.includes(agent))
    return [...known, ...agents.filter((agent) => !known.includes(agent))]
  }
}

const isActive = (agent: RegistryAgent) => agent.getSnapshot().status === 'active'
