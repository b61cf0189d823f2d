import { StoreInternalsSymbol } from '@livestore/livestore'
import { Effect } from 'effect'
import type { AnyStore } from './store-info.js'

/** How far the leader and the sync backend of a store were when last asked; numbers in the global order. */
export interface BackendView {
  /** Last event the leader has written to its log. */
  readonly leaderHead: number
  /** Last event the backend has confirmed. */
  readonly backendHead: number
  readonly isConnected: boolean
}

/** Asks the leader of a store, which may live in another thread. */
export async function viewBackend(store: AnyStore): Promise<BackendView> {
  const [states, network] = await Promise.all([
    store._dev.syncStates(),
    Effect.runPromise(store.networkStatus),
  ])
  return {
    leaderHead: states.leader.localHead.global,
    backendHead: states.leader.upstreamHead.global,
    isConnected: network.isConnected,
  }
}

/**
 * True when the store is known to have no sync backend. LiveStore does not tell; its newest leader in this thread can
 * be looked at, so an older store without a backend passes for one that is offline.
 */
export function lacksBackend(store: AnyStore): boolean {
  const { __leaderThreadCtx: leader } = globalThis as { __leaderThreadCtx?: LeaderContext }
  const { leaderThread } = store[StoreInternalsSymbol].clientSession
  return leader?.syncProcessor.syncState === leaderThread.syncState && leader.syncBackend === undefined
}

interface LeaderContext {
  readonly syncProcessor: { readonly syncState: unknown }
  readonly syncBackend: unknown
}
