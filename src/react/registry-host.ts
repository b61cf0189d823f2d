import type { Store } from '@runtimed/schema'
import type { RuntimeAgentRegistryConfig } from '../registry/runtime-types.js'
import { RuntimeAgentFactory } from '../registry/runtime-agent-factory.js'
import type { RuntimeAgentRegistry } from '../registry/runtime-agent-registry.js'
import type { FactoryIdentity } from './bound-factory.js'
import { Holders } from './holders.js'

/** A registry that providers share and that ends with the last of them. */
export interface RegistryHost {
  readonly registry: RuntimeAgentRegistry
  /** Resolves when the agents of the registry that stood here before are stopped; until then none may be created. */
  readonly ready: Promise<unknown>
  /**
   * A provider is mounted; returns the function to call when it is not any more. When none is left, the registry and its agents
   * are stopped. Returns null when that has happened already: ask for the host again.
   */
  hold(): (() => void) | null
}

type Inspect = NonNullable<RuntimeAgentRegistryConfig['inspect']>

const hostsByStore = new WeakMap<Store, Map<string, RegistryHost>>()
const closingByStore = new WeakMap<Store, Promise<unknown>>()

/**
 * The host of a store, a user and a backend: the same one until it has ended, however often and by however many it is asked
 * for. That makes it safe to call while rendering: a render that React repeats or throws away creates nothing twice, and a
 * host that nobody ever held is a registry without agents, collected with its store. A new token is not a new host.
 */
export function registryHostFor(identity: FactoryIdentity, inspect?: Inspect): RegistryHost {
  const hosts = hostsByStore.get(identity.store) ?? new Map<string, RegistryHost>()
  hostsByStore.set(identity.store, hosts)
  const key = JSON.stringify([identity.userId, identity.syncUrl])
  const host = hosts.get(key) ?? createHost(identity, inspect, () => hosts.delete(key))
  hosts.set(key, host)
  return host
}

function createHost(
  identity: FactoryIdentity,
  inspect: Inspect | undefined,
  onEnd: () => void,
): RegistryHost {
  const { store, userId, authToken, syncUrl } = identity
  const registry = new RuntimeAgentFactory(store, userId, authToken, syncUrl, {
    registry: inspect ? { inspect } : {},
  }).getRegistry()
  let hasEnded = false
  const holders = new Holders(() => {
    if (hasEnded) return
    hasEnded = true
    onEnd()
    closingByStore.set(store, Promise.all([closingByStore.get(store), registry.close()]))
  })
  return {
    registry,
    ready: closingByStore.get(store) ?? Promise.resolve(),
    hold: () => (hasEnded ? null : holders.hold()),
  }
}
