import type { Store } from '@runtimed/schema'
import { RegistryError } from '../errors.js'
import { RuntimeAgentRegistry } from '../registry/runtime-agent-registry.js'
import type {
  AgentOptions,
  RuntimeAgentRegistryConfig,
  RuntimeTypeConfig,
} from '../registry/runtime-types.js'
import { agentAsLegacyRuntime } from './agent-as-legacy-runtime.js'
import { legacyRuntimeType } from './legacy-runtime-type.js'
import type { LegacyRegistry, LegacyRuntime } from './legacy-runtime.js'

/** Which registry runs the cells: this one, or the hand-written one. */
export type RuntimeImplementation = 'machine' | 'legacy'

/** Options of {@link createRuntimeRegistry}. */
export interface RuntimeRegistryOptions {
  /** The app's feature flag. */
  readonly implementation: RuntimeImplementation
  /** The types that the app offers; with `legacy` their handlers are not used. */
  readonly runtimeTypes: readonly RuntimeTypeConfig[]
  /** The hand-written registry; required with `legacy`. */
  readonly legacy?: LegacyRegistry
  /** The open store of a notebook. */
  storeOf(notebookId: string): Store
  readonly registry?: RuntimeAgentRegistryConfig
  /** Passed on to every agent that a component which has not moved starts. */
  readonly agents?: Omit<AgentOptions, 'store'>
}

/** Both interfaces to the runtimes of an app; behind them is one implementation. */
export interface RuntimeRegistry extends LegacyRegistry {
  readonly implementation: RuntimeImplementation
  /** For components that have moved, and for `<RuntimeAgentProvider registry={…}>`. */
  readonly agents: RuntimeAgentRegistry
  /** For components that have not. */
  getRuntime(notebookId: string, runtimeType: string): LegacyRuntime
  /** Stops all agents and their registry, for good; with `legacy` also the runtimes that agents have started. */
  close(): Promise<void>
}

/**
 * The registry of an app that moves from a hand-written one, component by component: both interfaces at once, and a flag that
 * says which implementation is behind them. Throws `INVALID_OPTION` for an unknown flag, and for `legacy` without a registry.
 */
export function createRuntimeRegistry(options: RuntimeRegistryOptions): RuntimeRegistry {
  const { implementation, runtimeTypes } = options
  const legacy = legacyOf(options)
  const agents = new RuntimeAgentRegistry(options.registry)
  for (const type of runtimeTypes) {
    agents.registerRuntimeType(legacy ? legacyRuntimeType(legacy, type) : type)
  }
  const getRuntime = (notebookId: string, runtimeType: string): LegacyRuntime =>
    legacy?.getRuntime(notebookId, runtimeType) ??
    agentAsLegacyRuntime({
      registry: agents,
      notebookId,
      runtimeType,
      agent: { ...options.agents, store: options.storeOf(notebookId) },
    })
  return { implementation, agents, getRuntime, close: () => agents.close() }
}

/** Undefined with `machine`. */
function legacyOf({ implementation, legacy }: RuntimeRegistryOptions): LegacyRegistry | undefined {
  if (implementation === 'machine') return undefined
  if (implementation !== 'legacy') {
    throw new RegistryError(
      'INVALID_OPTION',
      `implementation is ${JSON.stringify(implementation)}; "machine" or "legacy" was expected.`,
    )
  }
  if (legacy) return legacy
  throw new RegistryError(
    'INVALID_OPTION',
    'implementation is "legacy", and there is no registry to run it: pass the hand-written one as `legacy`.',
  )
}
