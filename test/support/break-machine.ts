import { Actor, type EventObject } from 'xstate'
import type { AgentActorRef } from '../../machines/index.js'

/** Past the check of a registry's actors, as their own children do. */
export const sendUnchecked = (actorRef: AgentActorRef, event: EventObject): void =>
  Actor.prototype.send.call(actorRef, event)

/** Makes the agent's machine throw, as a bug in it would: the report lacks what its guards read. */
export function breakMachine(actorRef: AgentActorRef): void {
  const { epoch } = actorRef.getSnapshot().context
  sendUnchecked(actorRef, { type: 'runtime.crashed', epoch } as EventObject)
}
