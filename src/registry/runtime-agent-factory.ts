import type { Store } from '@runtimed/schema'
import { createHtmlExecutionHandler } from '../handlers/html/handler.js'
import { createExternalExecutionHandler } from './external-handler.js'
import type { RegistryAgent } from './registry-agent.js'
import { RuntimeAgentRegistry } from './runtime-agent-registry.js'
import type {
  AgentOptions,
  RuntimeAgentRegistryConfig,
  RuntimeType,
  RuntimeTypeConfig,
} from './runtime-types.js'

/** Renders HTML cells; needs nothing to start. */
const htmlRuntimeType = (): RuntimeTypeConfig => ({
  type: 'html',
  displayName: 'HTML Renderer',
  description: 'Render HTML content directly',
  icon: '🌐',
  capabilities: { canExecuteCode: true, canExecuteSql: false, canExecuteAi: false },
  priority: 100,
  isAvailable: true,
  executionHandler: createHtmlExecutionHandler(),
})

/** Follows a runtime that another process runs for this notebook. */
const externalRuntimeType = (): RuntimeTypeConfig => ({
  type: 'external',
  displayName: 'Python Agent',
  description: 'A runtime in another process, followed by what it writes into the notebook',
  icon: '🐍',
  capabilities: { canExecuteCode: true, canExecuteSql: true, canExecuteAi: true },
  priority: 90,
  isAvailable: true,
  executionHandler: createExternalExecutionHandler(),
})

/** What a factory takes beyond the seed's arguments. */
export interface RuntimeAgentFactoryOptions {
  /** How the factory's registry is made; or a registry that exists, in which the factory then registers nothing. */
  registry?: RuntimeAgentRegistryConfig | RuntimeAgentRegistry
  /** Passed on to every agent, for example `settings` or `artifactClient`. */
  agents?: Omit<AgentOptions, 'store'>
}

/**
 * Makes agents for the notebook of one store, with the html and external types registered. Large outputs go to the host of
 * `syncUrl`; without it they stay in the notebook.
 */
export class RuntimeAgentFactory {
  readonly #registry: RuntimeAgentRegistry
  readonly #options: AgentOptions

  constructor(
    store: Store,
    userId: string,
    authToken: string,
    syncUrl?: string,
    options: RuntimeAgentFactoryOptions = {},
  ) {
    const backend = syncUrl === undefined ? {} : { syncUrl }
    this.#options = { ...options.agents, store, userId, authToken, ...backend }
    if (options.registry instanceof RuntimeAgentRegistry) {
      this.#registry = options.registry
      return
    }
    this.#registry = new RuntimeAgentRegistry({ ...backend, ...options.registry })
    this.#registry.registerRuntimeType(htmlRuntimeType())
    this.#registry.registerRuntimeType(externalRuntimeType())
  }

  /** As `getOrCreateAgent` of the registry, with the factory's store, user and token. */
  createRuntimeAgent(notebookId: string, runtimeType: RuntimeType): Promise<RegistryAgent> {
    return this.#registry.getOrCreateAgent(notebookId, runtimeType, this.#options)
  }

  getRegistry(): RuntimeAgentRegistry {
    return this.#registry
  }
}
