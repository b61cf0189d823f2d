import type { Store } from '@runtimed/schema'
import { createContext, useContext, useMemo, type ReactNode } from 'react'
import { RegistryError } from '../errors.js'

interface StoreContextValue {
  readonly store: Store | null
}

const StoreContext = createContext<StoreContextValue | null>(null)

/** Props of {@link StoreProvider}. */
export interface StoreProviderProps {
  /** The notebook's LiveStore store; null or undefined while it is being opened. It stays its owner's: nothing here closes it. */
  readonly store: Store | null | undefined
  readonly children?: ReactNode
}

/** Hands the store of a notebook to the components below it. */
export function StoreProvider({ store, children }: StoreProviderProps) {
  const value = useMemo(() => ({ store: store ?? null }), [store])
  return <StoreContext.Provider value={value}>{children}</StoreContext.Provider>
}

/**
 * The store of the nearest `StoreProvider`; null while it is being opened. Re-renders only when the store is another one.
 * Throws `NO_PROVIDER` outside a `StoreProvider`.
 */
export function useStore(): { store: Store | null } {
  const value = useContext(StoreContext)
  if (value) return value
  throw new RegistryError(
    'NO_PROVIDER',
    'useStore was called outside a StoreProvider. Wrap the app in <StoreProvider store={store}>.',
  )
}

/** As {@link useStore}, but null also outside a `StoreProvider`. @internal */
export const useOptionalStore = (): Store | null => useContext(StoreContext)?.store ?? null
