import type { AgentSnapshot } from './agent.machine.js'
import type { ExecutionActorRef, ExecutionSnapshot } from './execution.machine.js'

/** The actor of the execution that runs; undefined when none does. */
export const executionRefOf = (snapshot: AgentSnapshot): ExecutionActorRef | undefined =>
  snapshot.matches('executing')
    ? (snapshot.children['execution'] as ExecutionActorRef | undefined)
    : undefined

/** The snapshot of the execution that runs: its state, `isStalled`, `isForceOffered`; undefined when none does. */
export const executionOf = (snapshot: AgentSnapshot): ExecutionSnapshot | undefined =>
  executionRefOf(snapshot)?.getSnapshot()

/** Place of an execution in its agent: 0 runs, 1 is next; undefined when the agent does not hold it. */
export function queuePositionOf({ context }: AgentSnapshot, executionId: string): number | undefined {
  if (context.current?.executionId === executionId) return 0
  const index = context.queue.findIndex((request) => request.executionId === executionId)
  return index === -1 ? undefined : index + 1
}
