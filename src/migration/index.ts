/** Moving from a hand-written registry, component by component. */
export { agentAsLegacyRuntime, type AgentAsLegacyRuntimeOptions } from './agent-as-legacy-runtime.js'
export {
  createRuntimeRegistry,
  type RuntimeImplementation,
  type RuntimeRegistry,
  type RuntimeRegistryOptions,
} from './create-runtime-registry.js'
export type { LegacyOutput, LegacyRegistry, LegacyRuntime } from './legacy-runtime.js'
export { legacyRuntimeType } from './legacy-runtime-type.js'
