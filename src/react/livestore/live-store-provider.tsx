import type { RegistryStoreOptions } from '@livestore/livestore'
import { useStore } from '@livestore/react'
import type { schema } from '@runtimed/schema'
import type { ReactNode } from 'react'
import { StoreProvider } from '../store-provider.js'

/** Props of {@link LiveStoreProvider}. */
export interface LiveStoreProviderProps {
  /**
   * As for LiveStore's `useStore`: the notebook's id as `storeId`, its schema, an adapter. Keep the object: a new one in each render
   * makes LiveStore retain the store anew.
   */
  readonly options: RegistryStoreOptions<typeof schema>
  readonly children?: ReactNode
}

/**
 * Hands the store that LiveStore's `StoreRegistry` keeps for a notebook to the components below it, as `StoreProvider` does with
 * a store that is there already. Suspends until the store is loaded, and throws while rendering when it cannot be: put it below
 * a `StoreRegistryProvider`, a `Suspense` and an error boundary. LiveStore 0.4 may render with an error that React recovers from
 * when a store loads very fast; `await storeRegistry.preload(options)` before the first render avoids that.
 */
export function LiveStoreProvider({ options, children }: LiveStoreProviderProps) {
  const store = useStore(options)
  return <StoreProvider store={store}>{children}</StoreProvider>
}
