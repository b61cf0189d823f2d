import { assertEvent } from 'xstate'
import type { AgentContext, AgentEvent } from './agent-types.js'
import { createFailure, toFailure } from './failure.js'
import { decideRestart } from './restart-policy.js'
import type { ExecutionEnd, ExecutionRequest, Failure, StopReason } from './vocabulary.js'

/** The end that an execution reports; no other event carries one. */
export function endOf(event: AgentEvent): ExecutionEnd {
  assertEvent(event, 'xstate.done.actor.execution')
  return event.output
}

/** Whether the execution runs or waits here already. */
export const isKnown = (context: AgentContext, executionId: string) =>
  context.current?.executionId === executionId ||
  context.queue.some((request) => request.executionId === executionId)

export const isFull = ({ queue, settings }: AgentContext) => queue.length >= settings.queueLimit

/** Why it takes no request: too many wait, or it is down. */
export const refusalOf = (context: AgentContext): Failure =>
  (!isFull(context) && context.failure) ||
  createFailure('queueFull', { message: `More than ${context.settings.queueLimit} requests are waiting.` })

/** What follows when the runtime ended by the event. */
export const restartDecision = (context: AgentContext, event: AgentEvent) =>
  decideRestart(context.settings, failureOf(context, event), context.restartsInWindow)

/**
 * Whether a cell that left its runtime up takes back what waits behind it. As in Jupyter: an error and an interrupt do, and a
 * cancellation takes back this one request only.
 */
export const endsQueue = (context: AgentContext, end: ExecutionEnd): boolean =>
  context.settings.errorPolicy === 'stop' &&
  !end.stateLost &&
  end.claimed &&
  !end.mayFail &&
  end.outcome !== 'succeeded' &&
  (end.outcome !== 'cancelled' || end.isInterrupted === true)

/** Whether a runtime that broke takes back what waits. */
export const breakEndsQueue = ({ settings, current, queue }: AgentContext): boolean =>
  settings.errorPolicy === 'stop' && (current !== null || queue.length > 0)

/** Requests stay in log order even when they arrive out of it. */
export function insertInOrder(
  queue: readonly ExecutionRequest[],
  request: ExecutionRequest,
): ExecutionRequest[] {
  const position = queue.findLastIndex((waiting) => waiting.requestSeq <= request.requestSeq) + 1
  return [...queue.slice(0, position), request, ...queue.slice(position)]
}

/** The failure behind the event; an event that names none is the end of the time to start. */
export function failureOf(context: AgentContext, event: AgentEvent): Failure {
  switch (event.type) {
    case 'runtime.crashed':
    case 'store.died':
      return event.failure
    case 'xstate.error.actor.runtime':
      return toFailure(event.error, 'startFailed')
    case 'xstate.done.actor.execution':
      return failureOfRuntime(event.output)
    case 'xstate.error.actor.execution':
      return toFailure(event.error, 'machineCrashed')
    default:
      return createFailure('startTimeout', {
        message: `The runtime did not become ready within ${context.settings.startTimeoutMs / 1000} s.`,
      })
  }
}

/** A runtime that was ended because its cell took too long is at no fault, and can be started again. */
const failureOfRuntime = (end: ExecutionEnd): Failure =>
  end.outcome === 'timedOut' ? createFailure('forcedStop') : (end.failure ?? createFailure('workerCrashed'))

/** Why the agent stops for good. */
export function stopReasonOf(event: AgentEvent): StopReason {
  if (event.type === 'session.displaced') return 'displaced'
  return event.type === 'agent.stop' ? (event.reason ?? 'shutdown') : 'shutdown'
}

/** Why a session ends whose agent goes on. */
export function endReasonOf(event: AgentEvent): StopReason {
  if (event.type === 'agent.restart') return 'restart'
  return event.type === 'idle.over' ? 'shutdown' : 'error'
}

/** How the current execution ended: as it reports itself, or by what its agent leaves it behind for. */
export function executionEnd(context: AgentContext, event: AgentEvent): ExecutionEnd {
  if (event.type === 'xstate.done.actor.execution') return event.output
  const base = { request: context.current as ExecutionRequest, claimed: true, stateLost: true }
  switch (event.type) {
    case 'agent.stop':
      return { ...base, outcome: 'cancelled', reason: 'The runtime was shut down.' }
    case 'agent.restart':
      return { ...base, outcome: 'cancelled', reason: 'The runtime was restarted.' }
    case 'session.displaced': {
      const failure = createFailure('displaced')
      return { ...base, outcome: 'lost', reason: failure.message, failure }
    }
    case 'store.died':
      return { ...base, outcome: 'lost', reason: event.failure.message, failure: event.failure }
    default: {
      const failure = failureOf(context, event)
      return { ...base, outcome: 'failed', reason: failure.message, failure }
    }
  }
}

/** The fact that everything that waits is taken back. */
export const abandonment = (context: AgentContext, event: AgentEvent) => ({
  type: 'queue.abandoned' as const,
  reason: abandonReason(context, event),
  failure: context.failure,
})

function abandonReason(context: AgentContext, event: AgentEvent): string {
  if (event.type === 'agent.restart') return 'The runtime was restarted.'
  if (event.type === 'xstate.done.actor.execution') {
    const { isInterrupted, stateLost, reason } = event.output
    if (isInterrupted) return 'An earlier cell was interrupted.'
    if (!stateLost) return `An earlier cell failed: ${reason ?? 'no reason given'}`
  }
  return context.failure?.message ?? 'The runtime failed.'
}
