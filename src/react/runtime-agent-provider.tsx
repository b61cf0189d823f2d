import type { Store } from '@runtimed/schema'
import { useLayoutEffect, useMemo, useReducer, useState, type ReactNode } from 'react'
import type { AgentSettings } from '../../machines/index.js'
import type { RuntimeAgentRegistry } from '../registry/runtime-agent-registry.js'
import type { RuntimeAgentRegistryConfig, RuntimeTypeConfig } from '../registry/runtime-types.js'
import { BoundFactory } from './bound-factory.js'
import { ProviderSession } from './provider-session.js'
import { registryHostFor } from './registry-host.js'
import { RuntimeAgentContext } from './runtime-agent-context.js'
import { StoreProvider, useOptionalStore } from './store-provider.js'
import { registerTypes, updateTypes } from './type-registration.js'

/** Props of {@link RuntimeAgentProvider}. */
export interface RuntimeAgentProviderProps {
  /** Another user gets a registry of his own; the former one's agents are stopped. */
  readonly userId: string
  /** A new token serves agents that are created from then on; those that run stay. */
  readonly authToken: string
  /**
   * The store of the notebook; null while it is being opened. Default: that of the nearest `StoreProvider`. Calls of `startAgent`
   * wait for it.
   */
  readonly store?: Store | null | undefined
  /** A registry that exists already. It stays its owner's: this provider stops none of its agents. Default: one of its own. */
  readonly registry?: RuntimeAgentRegistry | undefined
  /**
   * Runtime types to register besides html and external. A new array with each render is fine: a type keeps its name, and what
   * else has changed serves agents created from then on. Types left out later stay registered.
   */
  readonly runtimeTypes?: readonly RuntimeTypeConfig[] | undefined
  /** Sync backend of the agents. Default: that of `RuntimeAgentFactory`. */
  readonly syncUrl?: string | undefined
  /** Limits and policies of agents created from then on; they go before those of the runtime type. */
  readonly settings?: Partial<AgentSettings> | undefined
  /** As `soleRunner` of `getOrCreateAgent`. */
  readonly soleRunner?: boolean | undefined
  /** As `inspect` of `RuntimeAgentRegistry`; that of the first provider counts, and none where a `registry` is given. */
  readonly inspect?: RuntimeAgentRegistryConfig['inspect'] | undefined
  readonly children?: ReactNode
}

/**
 * Gives the components below it the runtime agents of a notebook.
 *
 * The factory is there in the first render in which the store is. Providers with the same store, user and backend share one
 * registry; when the last of them unmounts, or is hidden by an `Activity`, its agents are stopped, and a provider mounted after
 * that has a new registry whose agents wait until the former ones have stopped. StrictMode and hot reloads change nothing.
 *
 * Throws `RUNTIME_TYPE_TAKEN` when a type of `runtimeTypes` has a name that is registered already.
 */
export function RuntimeAgentProvider({ runtimeTypes, children, ...props }: RuntimeAgentProviderProps) {
  const contextStore = useOptionalStore()
  const store = props.store === undefined ? contextStore : props.store
  const [session] = useState(() => new ProviderSession())
  const { registry, factory } = useFactory(session, { ...props, store })
  if (registry && runtimeTypes) registerTypes(registry, runtimeTypes)
  useLayoutEffect(() => {
    if (registry && runtimeTypes) updateTypes(registry, runtimeTypes)
  }, [registry, runtimeTypes])
  const { userId } = props
  const value = useMemo(
    () => ({ session, registry, factory, store, userId }),
    [session, registry, factory, store, userId],
  )
  return (
    <StoreProvider store={store}>
      <RuntimeAgentContext.Provider value={value}>{children}</RuntimeAgentContext.Provider>
    </StoreProvider>
  )
}

interface FactoryProps extends Omit<RuntimeAgentProviderProps, 'runtimeTypes' | 'children'> {
  readonly store: Store | null
}

function useFactory(session: ProviderSession, props: FactoryProps) {
  const { store, userId, authToken, syncUrl, settings, soleRunner, inspect } = props
  const [, renderAgain] = useReducer((count: number) => count + 1, 0)
  const host =
    store && !props.registry ? registryHostFor({ store, userId, authToken, syncUrl }, inspect) : null
  const registry = props.registry ?? host?.registry ?? null
  const ready = host?.ready
  const settingsKey = settings && JSON.stringify(settings)
  const factory = useMemo(() => {
    if (!store || !registry) return null
    const given = settingsKey === undefined ? undefined : (JSON.parse(settingsKey) as Partial<AgentSettings>)
    const identity = { store, userId, authToken, syncUrl, settings: given, soleRunner }
    return new BoundFactory(registry, identity, ready)
  }, [store, registry, ready, userId, authToken, syncUrl, settingsKey, soleRunner])
  useLayoutEffect(() => {
    const release = host?.hold()
    if (release === null) return renderAgain()
    const leave = session.gate.hold(factory)
    return () => {
      leave()
      release?.()
    }
  }, [host, session, factory])
  return { registry, factory }
}
