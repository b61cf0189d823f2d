import { shallowEqual, useSelector } from '@xstate/react'
import { useMemo } from 'react'
import type { RuntimeType, RuntimeTypeConfig } from '../registry/runtime-types.js'
import { selectAgentView, type AgentView } from './agent-view.js'
import { useRuntimeAgentContext } from './runtime-agent-context.js'
import { availableTypesOf } from './type-registration.js'

/** What {@link useRuntimeAgent} returns. The functions stay the same while the notebook and the registry do. */
export interface RuntimeAgentHandle extends AgentView {
  /** The types that can be started, highest priority first; empty while there is no store. */
  readonly availableTypes: readonly RuntimeTypeConfig[]
  /**
   * Starts an agent of this type and resolves when it is up; an agent of it that is there is used, and one that failed is
   * started again; with `OTHER_RUNTIME_TYPE` it rejects while there is one of another type. Called before the store is there, it waits. Rejects with the registry's coded error and sets
   * `failure`; with `AGENT_STOPPED`, `PROVIDER_UNMOUNTED` or `REGISTRY_CLOSED` when it was taken back. A caller that does not
   * look at the promise causes no unhandled rejection.
   */
  readonly startAgent: (runtimeType: RuntimeType) => Promise<void>
  /** Stops the agent, whoever created it, and takes back starts that are pending. Without an agent: clears `failure`. */
  readonly stopAgent: () => Promise<void>
  /**
   * Gives the runtime a new life: variables are lost, queued cells are cancelled. Without an agent, or after a crash: starts one
   * of the same type as the last. Resolves and rejects as `startAgent`.
   */
  readonly restartAgent: () => Promise<void>
  /** Stops the running cell; without one: no effect. */
  readonly interrupt: () => void
  /** Ends an interrupted cell at once, by force; its variables are lost. Without one: no effect. */
  readonly force: () => void
  /** Somebody still wants the runtime: its idle time counts from now. */
  readonly keep: () => void
  /** Never culls the runtime, or culls it again when idle. */
  readonly pin: (isPinned: boolean) => void
  /**
   * Cancels everything that waits or runs in the notebook. Resolves when that is recorded; rejects with `STORE_DIED`. Without an
   * agent: no effect.
   */
  readonly cancelAll: (reason?: string) => Promise<void>
}

/**
 * The runtime agent of a notebook: what it is doing, and what can be done to it.
 *
 * Renders again when one of the returned values changes, and for no other agent. Before there is an agent `agent` and `state`
 * are null. An agent that crashes is shown as `failed` with the failure `machineCrashed`; nothing is thrown while rendering.
 * Throws `NO_PROVIDER` outside a `RuntimeAgentProvider`.
 */
export function useRuntimeAgent(notebookId: string): RuntimeAgentHandle {
  const { registry, session } = useRuntimeAgentContext('useRuntimeAgent')
  const control = session.control(registry, notebookId)
  const view = useSelector(control.source, selectAgentView, shallowEqual)
  const availableTypes = availableTypesOf(registry)
  return useMemo(() => {
    const { startAgent, stopAgent, restartAgent, interrupt, force, keep, pin, cancelAll } = control
    const commands = { startAgent, stopAgent, restartAgent, interrupt, force, keep, pin, cancelAll }
    return { ...view, availableTypes, ...commands }
  }, [view, availableTypes, control])
}
