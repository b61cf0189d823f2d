import { Actor } from 'xstate'
import type { AgentActorRef } from '../../machines/index.js'

/** Makes the agent's machine throw, as a bug in it would: the report lacks what its guards read, and passes every check. */
export function breakMachine(actorRef: AgentActorRef): void {
  const { epoch } = actorRef.getSnapshot().context
  Actor.prototype.send.call(actorRef, { type: 'runtime.crashed', epoch })
}
