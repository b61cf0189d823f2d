import { logger } from '@runtimed/agent-core'
import { requireComparable } from './check-events.js'
import type { AnyStore } from './store-info.js'

type Callback = (...values: readonly unknown[]) => unknown

/**
 * Keeps an app's mistake from ending its store, as LiveStore ends one for whatever is thrown inside of a commit: a callback of
 * `subscribe` that throws is logged, and `commit` throws `INVALID_EVENT` for an event that LiveStore cannot compare with others.
 */
export function guardStore(store: AnyStore): void {
  const { commit, subscribe } = store as unknown as Record<'commit' | 'subscribe', Callback>
  const guarded: Record<'commit' | 'subscribe', Callback> = {
    commit: (first, ...rest) => {
      if (typeof first !== 'function') {
        requireComparable([first, ...rest])
        return commit(first, ...rest)
      }
      return commit((add: Callback) =>
        (first as Callback)((...events: readonly unknown[]) => {
          requireComparable(events)
          add(...events)
        }),
      )
    },
    subscribe: (query, callback, ...options) =>
      typeof callback === 'function'
        ? subscribe(query, contained(callback as Callback), ...options)
        : subscribe(query, callback, ...options),
  }
  Object.assign(store, guarded)
}

const contained =
  (callback: Callback): Callback =>
  (...values) => {
    try {
      callback(...values)
    } catch (error) {
      logger.error('A callback of store.subscribe() failed; the store goes on', error)
    }
  }
