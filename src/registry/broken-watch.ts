import { createFailure, toFailure, type AgentActorRef } from '../../machines/index.js'
import type { Committer } from '../livestore/committer.js'

interface BrokenWatchOptions {
  readonly committer: Committer
  onProblem(message: string, error: unknown): void
}

/**
 * An agent could not read its notebook. Of a store that has ended its committer tells; otherwise the agent itself has failed: it is
 * logged, and a new life begins where one may.
 */
export async function reportBrokenWatch(
  error: unknown,
  actorRef: AgentActorRef,
  { committer, onProblem }: BrokenWatchOptions,
): Promise<void> {
  const storeWorks = await committer.submit([]).durable.then(
    () => true,
    () => false,
  )
  const { status, value, context } = actorRef.getSnapshot()
  if (!storeWorks || status !== 'active') return
  onProblem(`${context.agentId} could not read its notebook`, error)
  const { message } = toFailure(error)
  const failure = createFailure('machineCrashed', { message: `The notebook could not be read: ${message}` })
  if (value === 'idle') actorRef.send({ type: 'store.died', failure })
  else actorRef.send({ type: 'runtime.crashed', epoch: context.epoch, failure })
}
