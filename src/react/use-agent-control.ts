import type { AgentControl } from './agent-control.js'
import { useRuntimeAgentContext } from './runtime-agent-context.js'

/** The control of a notebook's agent in the nearest provider. Throws `NO_PROVIDER`, naming `hook`, when there is none. */
export function useAgentControl(hook: string, notebookId: string): AgentControl {
  const { registry, session } = useRuntimeAgentContext(hook)
  return session.control(registry, notebookId)
}
