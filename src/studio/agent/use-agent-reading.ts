import { useCallback, useSyncExternalStore } from 'react'
import type { AgentSnapshot } from '../../../machines/index.js'
import { useRuntimeAgent } from '../../react/index.js'
import { useNotebook } from '../notebook-context.js'

/** A plain value out of the snapshot of the shown notebook's agent; undefined while there is none. */
export function useAgentReading<Value extends string | number | boolean>(
  select: (snapshot: AgentSnapshot) => Value,
): Value | undefined {
  const { notebook } = useNotebook()
  const { agent } = useRuntimeAgent(notebook.id)
  const subscribe = useCallback(
    (listener: () => void) => {
      const subscription = agent?.subscribe({ next: listener, error: listener, complete: listener })
      return () => subscription?.unsubscribe()
    },
    [agent],
  )
  return useSyncExternalStore(subscribe, () => (agent ? select(agent.getSnapshot()) : undefined))
}
