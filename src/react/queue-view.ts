import type { AgentContext, ExecutionRequest } from '../../machines/index.js'

/** A request of an agent and its place. */
export interface QueuedExecution extends ExecutionRequest {
  /** 0 for the one that runs, 1 for the one that is next. */
  readonly position: number
}

type Held = Pick<AgentContext, 'current' | 'queue'>

interface QueueView {
  readonly current: ExecutionRequest | null
  readonly entries: readonly QueuedExecution[]
}

const views = new WeakMap<readonly ExecutionRequest[], QueueView>()

/** What runs and what waits, in order; the same array while both are the same. */
export function queueView({ current, queue }: Held): readonly QueuedExecution[] {
  const known = views.get(queue)
  if (known && known.current === current) return known.entries
  const running = current ? [{ ...current, position: 0 }] : []
  const waiting = queue.map((request, index) => ({ ...request, position: index + 1 }))
  const entries = [...running, ...waiting]
  views.set(queue, { current, entries })
  return entries
}
