import type { AgentContext, ExecutionContext, RegistryContext } from '../../machines/index.js'

/** Field names that may leave, by the id of a machine. */
export type ContextFields = Readonly<Record<string, readonly string[]>>

type Picked = Readonly<Record<string, unknown>>

/**
 * What of a context may be shown. This project's machines show ids, counts and codes; a machine of somebody else shows the
 * fields that were named for it, and nothing by default. A token, a cell's source, a store, and any text that code of a cell
 * may have written (the message of an error, the reason of an end) are never among them.
 */
export function pickContext(
  machine: string | null,
  context: unknown,
  fields: ContextFields,
): Picked | undefined {
  if (machine === null || typeof context !== 'object' || context === null) return undefined
  const own = ownFields[machine]?.(context)
  const named = (fields[machine] ?? []).map((field) => [field, (context as Picked)[field]] as const)
  if (own === undefined && named.length === 0) return undefined
  return { ...own, ...Object.fromEntries(named) }
}

const scalars = ['executionId', 'cellId', 'epoch', 'agentId', 'position', 'delayMs', 'group'] as const

/** What of an event may be shown: its type, and ids and numbers of this project's events. */
export function pickEvent(event: { readonly type: string }): { readonly type: string } & Picked {
  const kept = scalars.filter((name) => isScalar((event as Picked)[name]))
  return {
    type: event.type,
    ...Object.fromEntries(kept.map((name) => [name, (event as Picked)[name]])),
  }
}

const isScalar = (value: unknown) => typeof value === 'string' || typeof value === 'number'

const ownFields: Readonly<Record<string, (context: object) => Picked>> = {
  registry: (context) => registryFields(context as RegistryContext),
  agent: (context) => agentFields(context as AgentContext),
  execution: (context) => executionFields(context as ExecutionContext),
}

const registryFields = ({
  agentCount,
  maxConcurrentAgents,
  limitPolicy,
  crashes,
  waiting,
}: RegistryContext) => ({
  agentCount,
  maxConcurrentAgents,
  limitPolicy,
  crashes,
  waiting: waiting?.length,
})

const agentFields = (context: AgentContext) => ({
  agentId: context.agentId,
  runtimeType: context.runtimeType,
  epoch: context.epoch,
  queue: context.queue?.length,
  current: context.current?.executionId ?? null,
  failure: context.failure?.code ?? null,
  attempt: context.attempt,
  restartInMs: context.restartInMs,
  isPinned: context.isPinned,
  isCullNear: context.isCullNear,
  isCulled: context.isCulled,
  staleEvents: context.staleEvents,
})

const executionFields = (context: ExecutionContext) => ({
  agentId: context.agentId,
  epoch: context.epoch,
  executionId: context.request?.executionId,
  cellId: context.request?.cellId,
  claimed: context.claimed,
  interruptCause: context.interruptCause,
  isInterrupted: context.isInterrupted,
  failure: context.failure?.code ?? null,
  isStalled: context.isStalled,
  isForceOffered: context.isForceOffered,
})
