import { RegistryError } from '../errors.js'
import type { BoundFactory } from './bound-factory.js'
import { Holders } from './holders.js'
import { Listeners } from './listeners.js'

/** Holds back the calls that need a provider's factory until there is one, or the provider is gone. */
export class FactoryGate {
  readonly #listeners = new Listeners()
  readonly #holders = new Holders(() => this.#close())
  #factory: BoundFactory | null = null
  #open = true

  /** The provider is mounted, with this factory or none yet; returns the function to call when that is over. */
  hold(factory: BoundFactory | null): () => void {
    this.#open = true
    this.#factory = factory
    this.#listeners.notify()
    return this.#holders.hold()
  }

  /**
   * Resolves with the factory as soon as there is one. Rejects with `PROVIDER_UNMOUNTED`, or with `AGENT_STOPPED` when the
   * signal fires first.
   */
  wait(notebookId: string, signal: AbortSignal): Promise<BoundFactory> {
    return new Promise((resolve, reject) => {
      const decide = () => {
        if (signal.aborted) reject(agentStopped(notebookId))
        else if (!this.#open) reject(providerUnmounted(notebookId))
        else if (this.#factory) resolve(this.#factory)
        else return
        forget()
        signal.removeEventListener('abort', decide)
      }
      const forget = this.#listeners.add(decide)
      signal.addEventListener('abort', decide)
      decide()
    })
  }

  #close(): void {
    this.#open = false
    this.#factory = null
    this.#listeners.notify()
  }
}

/** The start of an agent was taken back before the agent was up. */
export const agentStopped = (notebookId: string) =>
  new RegistryError(
    'AGENT_STOPPED',
    `The agent of notebook "${notebookId}" was stopped before it was up. Start it again when it is needed.`,
  )

const providerUnmounted = (notebookId: string) =>
  new RegistryError(
    'PROVIDER_UNMOUNTED',
    `No agent was started for notebook "${notebookId}": its RuntimeAgentProvider is not mounted any more. Mount it first.`,
  )
