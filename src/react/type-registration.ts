import type { RuntimeAgentRegistry } from '../registry/runtime-agent-registry.js'
import type { RuntimeTypeConfig } from '../registry/runtime-types.js'

const registered = new WeakMap<RuntimeAgentRegistry, Map<string, RuntimeTypeConfig>>()
const lastAvailable = new WeakMap<RuntimeAgentRegistry, readonly RuntimeTypeConfig[]>()

/**
 * Registers the types that this function has not registered in the registry before. Idempotent, so that it may be called while
 * rendering. Throws `RUNTIME_TYPE_TAKEN` when somebody else has registered another type of the same name.
 */
export function registerTypes(registry: RuntimeAgentRegistry, types: readonly RuntimeTypeConfig[]): void {
  const own = registered.get(registry) ?? new Map<string, RuntimeTypeConfig>()
  registered.set(registry, own)
  for (const type of types) {
    if (own.has(type.type) || registry.getAvailableTypes().includes(type)) continue
    const config = { ...type }
    registry.registerRuntimeType(config)
    own.set(type.type, config)
  }
}

/** Gives the types that `registerTypes` registered their present configuration; agents created from now on have it. */
export function updateTypes(registry: RuntimeAgentRegistry, types: readonly RuntimeTypeConfig[]): void {
  const own = registered.get(registry)
  for (const type of types) {
    const config = own?.get(type.type)
    if (config) Object.assign(config, type)
  }
}

/** As `getAvailableTypes`, but the same array while the types in it are the same. */
export function availableTypesOf(registry: RuntimeAgentRegistry | null): readonly RuntimeTypeConfig[] {
  if (!registry) return none
  const types = registry.getAvailableTypes()
  const last = lastAvailable.get(registry)
  if (last?.length === types.length && types.every((type, index) => type === last[index])) return last
  lastAvailable.set(registry, types)
  return types
}

const none: readonly RuntimeTypeConfig[] = []
