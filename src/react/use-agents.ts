import { useMemo, useSyncExternalStore } from 'react'
import type { RegistryAgent } from '../registry/registry-agent.js'
import { AgentList } from './agent-list.js'
import { useRuntimeAgentContext } from './runtime-agent-context.js'

/**
 * The agents of the provider's registry, in the order in which they came; an agent that shuts down stays until it has ended.
 * Renders again when an agent comes or goes, not when one changes its state: for that, give each a component of its own with
 * `useRuntimeAgent(agent.config.notebookId)`.
 */
export function useAgents(): readonly RegistryAgent[] {
  const { registry } = useRuntimeAgentContext('useAgents')
  const list = useMemo(() => new AgentList(registry), [registry])
  return useSyncExternalStore(list.subscribe, list.getSnapshot, list.getSnapshot)
}
