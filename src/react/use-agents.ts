import { useMemo, useSyncExternalStore } from 'react'
import type { RegistryAgent } from '../registry/registry-agent.js'
import type { RuntimeAgentRegistry } from '../registry/runtime-agent-registry.js'
import { Listeners } from './listeners.js'
import { useRuntimeAgentContext } from './runtime-agent-context.js'

/**
 * The agents of the provider's registry, in the order in which they came; an agent that shuts down stays until it has ended.
 * Renders again when an agent comes or goes, not when one changes its state: for that, give each a component of its own with
 * `useRuntimeAgent(agent.config.notebookId)`.
 */
export function useAgents(): readonly RegistryAgent[] {
  const { registry } = useRuntimeAgentContext('useAgents')
  const { subscribe, getSnapshot } = useMemo(() => agentList(registry), [registry])
  return useSyncExternalStore(subscribe, getSnapshot, noAgents)
}

const none: readonly RegistryAgent[] = []
const noAgents = () => none

function agentList(registry: RuntimeAgentRegistry | null) {
  let agents = registry?.getAgents() ?? none
  const listeners = new Listeners(() => {
    const spawned = registry?.actorRef.on('agent.spawned', () => queueMicrotask(refresh))
    const gone = registry?.actorRef.on('agent.gone', refresh)
    refresh()
    return () => {
      spawned?.unsubscribe()
      gone?.unsubscribe()
    }
  })
  function refresh(): void {
    const present = registry?.getAgents() ?? none
    const listed = agents.filter((agent) => present.includes(agent) || isLeaving(agent))
    const next = [...new Set([...listed, ...present])]
    if (next.length === agents.length && next.every((agent, index) => agent === agents[index])) return
    agents = next
    listeners.notify()
  }
  return { subscribe: listeners.add, getSnapshot: () => agents }
}

const isLeaving = (agent: RegistryAgent) => agent.isShuttingDown && agent.getSnapshot().status === 'active'
