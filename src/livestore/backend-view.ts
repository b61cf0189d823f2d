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

interface LeaderContext {
  readonly syncProcessor: { readonly syncState: object }
  readonly syncBackend: unknown
}

const leaderKey = '__leaderThreadCtx'

/** Whether the leaders of this thread have a backend, by the object that their stores know them by. */
const leaders = new WeakMap<object, boolean>()

/** What apps have said of their stores, and what was seen of a store whose leader is in another thread. */
const declared = new WeakMap<object, boolean>()

/** LiveStore does not tell whether a store has a backend, but it leaves each new leader of this thread at one global place. */
function watchLeaders(): void {
  const before = Object.getOwnPropertyDescriptor(globalThis, leaderKey)
  let newest = (globalThis as { [leaderKey]?: LeaderContext })[leaderKey]
  const note = (leader: LeaderContext | undefined) => {
    newest = leader
    before?.set?.(leader)
    if (leader) leaders.set(leader.syncProcessor.syncState, leader.syncBackend !== undefined)
  }
  note(newest)
  Object.defineProperty(globalThis, leaderKey, { configurable: true, get: () => newest, set: note })
}

watchLeaders()

/** Notes whether a store has a sync backend; goes before what can be found out. */
export function declareBackend(store: object, hasBackend: boolean): void {
  declared.set(store, hasBackend)
}

/** Whether the store has a sync backend; undefined when its leader is in another thread and nobody has said. */
export function hasBackend(store: AnyStore): boolean | undefined {
  const { leaderThread } = store[StoreInternalsSymbol].clientSession
  return declared.get(store) ?? leaders.get(leaderThread.syncState)
}
