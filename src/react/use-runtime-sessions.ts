import type { RuntimeSessionData } from '@runtimed/schema'
import { useMemo, useSyncExternalStore } from 'react'
import { useRuntimeAgentContext } from './runtime-agent-context.js'
import { SessionList } from './session-list.js'

/**
 * The active runtime sessions that are recorded in the provider's notebook, also those of other processes; empty while there is
 * no store. Renders again when one of the rows has changed.
 */
export function useRuntimeSessions(): readonly RuntimeSessionData[] {
  const { store } = useRuntimeAgentContext('useRuntimeSessions')
  const list = useMemo(() => new SessionList(store), [store])
  return useSyncExternalStore(list.subscribe, list.getSnapshot, list.getSnapshot)
}
