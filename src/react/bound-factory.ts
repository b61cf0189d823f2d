import type { Store } from '@runtimed/schema'
import type { AgentSettings } from '../../machines/index.js'
import type { RegistryAgent } from '../registry/registry-agent.js'
import { RuntimeAgentFactory } from '../registry/runtime-agent-factory.js'
import type { RuntimeAgentRegistry } from '../registry/runtime-agent-registry.js'
import type { AgentOptions, RuntimeType } from '../registry/runtime-types.js'

/** Who starts agents, and with what. */
export interface FactoryIdentity {
  readonly store: Store
  readonly userId: string
  readonly authToken: string
  /** Default: that of `RuntimeAgentFactory`. */
  readonly syncUrl?: string | undefined
  readonly settings?: Partial<AgentSettings> | undefined
  readonly soleRunner?: boolean | undefined
}

/** A factory whose agents live in a registry that exists already. */
export class BoundFactory extends RuntimeAgentFactory {
  readonly #registry: RuntimeAgentRegistry
  readonly #options: AgentOptions
  readonly #ready: Promise<unknown>

  /** No agent is created before `ready` has resolved. Default: at once. */
  constructor(
    registry: RuntimeAgentRegistry,
    identity: FactoryIdentity,
    ready: Promise<unknown> = Promise.resolve(),
  ) {
    const { store, userId, authToken, syncUrl, settings, soleRunner } = identity
    super(store, userId, authToken, syncUrl, { registry })
    this.#registry = registry
    this.#options = {
      store,
      userId,
      authToken,
      ...(syncUrl !== undefined && { syncUrl }),
      ...(settings !== undefined && { settings }),
      ...(soleRunner !== undefined && { soleRunner }),
    }
    this.#ready = ready
  }

  /** Without a type: the registry's default type. */
  override async createRuntimeAgent(notebookId: string, runtimeType?: RuntimeType): Promise<RegistryAgent> {
    await this.#ready
    return this.#registry.getOrCreateAgent(notebookId, runtimeType, this.#options)
  }

  override getRegistry(): RuntimeAgentRegistry {
    return this.#registry
  }
}
