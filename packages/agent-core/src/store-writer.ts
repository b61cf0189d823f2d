import type { Store } from '@runtimed/schema'
import { toError } from './errors.js'
import type { StoreEvent } from './output-event.js'

/** Commits to a store that may close at any time. */
export interface StoreWriter {
  /** Whether no operation has failed so far. */
  readonly isOpen: boolean
  /** Commits all events together; false when the store is closed. Never throws. */
  commit(events: readonly StoreEvent[]): boolean
  /** Reads from the store; `fallback` when it is closed. Never throws. */
  read<Result>(query: () => Result, fallback: Result): Result
}

/**
 * A failing commit closes a store without telling the caller, so every commit is followed by a look at
 * the store. `onClosed` is called once, in a later microtask.
 */
export function createStoreWriter(store: Store, onClosed: (error: Error) => void): StoreWriter {
  let isOpen = true

  function attempt<Result>(operation: () => Result, fallback: Result): Result {
    if (!isOpen) return fallback
    try {
      return operation()
    } catch (error) {
      isOpen = false
      queueMicrotask(() => onClosed(toError(error)))
      return fallback
    }
  }

  function commit(events: readonly StoreEvent[]): boolean {
    return attempt(() => {
      if (events.length > 0) store.commit(...events)
      store.syncStatus()
      return true
    }, false)
  }

  return {
    get isOpen() {
      return isOpen
    },
    commit,
    read: attempt,
  }
}
