import { queryDb, tables, type RuntimeSessionData, type Store } from '@runtimed/schema'
import { useMemo, useSyncExternalStore } from 'react'
import { hasStoreEnded } from '../livestore/store-info.js'
import { Listeners } from './listeners.js'
import { useRuntimeAgentContext } from './runtime-agent-context.js'

const activeSessions = queryDb(tables.runtimeSessions.select().where({ isActive: true }), {
  label: 'react.activeSessions',
})

/**
 * The active runtime sessions that are recorded in the provider's notebook, also those of other processes; empty while there is
 * no store, and when it had ended before. Renders again when one of the rows has changed.
 */
export function useRuntimeSessions(): readonly RuntimeSessionData[] {
  const { store } = useRuntimeAgentContext('useRuntimeSessions')
  const { subscribe, getSnapshot } = useMemo(() => sessionList(store), [store])
  return useSyncExternalStore(subscribe, getSnapshot, noSessions)
}

const none: readonly RuntimeSessionData[] = []
const noSessions = () => none

function sessionList(given: Store | null) {
  const store = given && !hasStoreEnded(given) ? given : null
  let sessions = store?.query(activeSessions) ?? none
  // Listeners run after the commit that caused it, so that none can harm the store.
  const update = (next: readonly RuntimeSessionData[]): void => {
    if (JSON.stringify(next) === JSON.stringify(sessions)) return
    sessions = next
    queueMicrotask(() => listeners.notify())
  }
  const listeners: Listeners = new Listeners(
    () => store?.subscribe(activeSessions, update) ?? (() => undefined),
  )
  return { subscribe: listeners.add, getSnapshot: () => sessions }
}
