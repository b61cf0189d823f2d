import type { Store } from '@runtimed/schema'
import { createContext, useContext } from 'react'
import { RegistryError } from '../errors.js'
import type { RuntimeAgentFactory } from '../registry/runtime-agent-factory.js'
import type { RuntimeAgentRegistry } from '../registry/runtime-agent-registry.js'
import type { ProviderSession } from './provider-session.js'

/** What a `RuntimeAgentProvider` hands to the hooks below it. Changes with the store, the user and the token only. */
export interface RuntimeAgentContextValue {
  readonly session: ProviderSession
  /** Null while there is neither a store nor a ready registry. */
  readonly registry: RuntimeAgentRegistry | null
  /** Null while there is no store. */
  readonly factory: RuntimeAgentFactory | null
  readonly store: Store | null
  readonly userId: string
}

export const RuntimeAgentContext = createContext<RuntimeAgentContextValue | null>(null)

/** The context of the nearest provider. Throws `NO_PROVIDER`, naming `hook`, when there is none. */
export function useRuntimeAgentContext(hook: string): RuntimeAgentContextValue {
  const value = useContext(RuntimeAgentContext)
  if (value) return value
  throw new RegistryError(
    'NO_PROVIDER',
    `${hook} must be used within RuntimeAgentProvider. Wrap the app in <RuntimeAgentProvider userId authToken>.`,
  )
}
