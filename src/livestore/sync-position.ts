import type { SyncStatus } from '@livestore/livestore'
import type { BackendView } from './backend-view.js'
import { type AnyStore, storeLog } from './store-info.js'

/** Number of the last event with a place in the global order; `12` for the heads `e12`, `e12.1` and `e12r3`. */
export function globalNumber(head: string): number {
  return Number(/^e(\d+)/.exec(head)?.[1] ?? 0)
}

/** True when everything the store was given is in its event log. */
export function isWritten(store: AnyStore, status: SyncStatus): boolean {
  return writtenHead(store, status) >= globalNumber(status.localHead)
}

/**
 * Number up to which events are known to be in the event log. LiveStore stops calling an event pending before it has
 * tried to write it; the log of an embedded store accepts only what was written.
 */
export function writtenHead(store: AnyStore, status: SyncStatus): number {
  if (status.pendingCount > 0) return -1
  return storeLog(store)?.head ?? Infinity
}

/** True when the backend has everything up to the store's own head, and nothing of others is on its way to the store. */
export function isConfirmed(status: SyncStatus, view: BackendView | undefined): boolean {
  if (view === undefined) return false
  return view.backendHead >= view.leaderHead && view.leaderHead === globalNumber(status.localHead)
}
