import { logger } from '@runtimed/agent-core'
import type { AnyActorRef } from 'xstate'
import type { AgentContext, AgentState, RegistryActorRef } from '../../machines/index.js'
import { transitionsOfStep } from '../../machines/transitions-of-step.js'
import type { NotedTransition } from '../livestore/history-buffer.js'

interface AgentSnapshot {
  readonly value: AgentState
  readonly context: AgentContext
}

/**
 * Tells every transition of every agent below the registry that enters a state, also the same one again. It only looks: what it
 * tells is for the record, and no decision hangs on it.
 */
export function watchTransitions(
  registry: RegistryActorRef,
  now: () => number,
  tell: (agentId: string, transition: NotedTransition) => void,
): void {
  const states = new WeakMap<object, AgentState>()
  registry.system.inspect((event) => {
    if (event.type !== '@xstate.microstep' || !isAgent(event.actorRef as AnyActorRef)) return
    try {
      const snapshot = event.snapshot as unknown as AgentSnapshot
      const from = states.get(event.actorRef) ?? 'idle'
      states.set(event.actorRef, snapshot.value)
      const [transition] = transitionsOfStep(event)
      if (transition?.target === undefined) return
      tell(snapshot.context.agentId, {
        from,
        to: snapshot.value,
        event: event.event.type,
        cause: causeOf(snapshot, transition.guard),
        epoch: snapshot.context.epoch,
        at: now(),
      })
    } catch (error) {
      logger.error('A transition was not recorded', error)
    }
  })
}

/** The registry spawns agents under this name, whichever machine was provided for it. */
const isAgent = ({ src }: AnyActorRef) => src === 'agent'

function causeOf({ value, context }: AgentSnapshot, guard: unknown): string | null {
  if (value === 'failed' || value === 'restarting') return context.failure?.code ?? null
  if (value === 'shuttingDown' || value === 'stopped') return context.stopReason
  return typeof guard === 'string' ? guard : null
}
