import type { AnyActorRef, EventObject } from 'xstate'
import {
  failureCodes,
  type AgentCommand,
  type AgentInput,
  type AgentReport,
  type ExecutionRequest,
  type Failure,
  type RegistryCommand,
  type StopReason,
} from '../../machines/index.js'
import { RegistryError } from '../errors.js'
import {
  aName,
  anObject,
  aNumber,
  aText,
  mistakesIn,
  nameOf,
  objectOf,
  oneOf,
  optional,
  trueOrFalse,
  type Rules,
} from '../livestore/rules.js'

type EventRules<Event extends EventObject> = {
  readonly [Type in Event['type']]: Rules<Omit<Extract<Event, { type: Type }>, 'type'>>
}

const stopReasons: readonly StopReason[] = ['shutdown', 'restart', 'error', 'timeout', 'displaced']

const aRequest = objectOf<ExecutionRequest>({
  executionId: aName,
  cellId: aName,
  executionCount: aNumber,
  requestedBy: aText,
  requestSeq: aNumber,
})

const aFailure = objectOf<Omit<Failure, 'details'>>({
  code: oneOf(failureCodes),
  message: aText,
  retryable: trueOrFalse,
})

/** What an agent's actor can be sent, with what each event must carry. */
export const agentEventRules: EventRules<AgentCommand | AgentReport> = {
  'agent.start': {},
  'agent.stop': { reason: optional(oneOf(stopReasons)) },
  'agent.restart': {},
  'agent.keep': {},
  'agent.pin': {},
  'agent.unpin': {},
  'execution.request': { request: aRequest },
  'execution.cancel': { executionId: aName, reason: aText },
  'execution.interrupt': { reason: optional(aText) },
  'execution.force': {},
  'runtime.crashed': { epoch: aNumber, failure: aFailure },
  'session.displaced': { epoch: aNumber },
  'store.died': { failure: aFailure },
}

/** What a registry's actor can be sent. */
export const registryEventRules: EventRules<RegistryCommand> = {
  'agent.spawn': {
    input: objectOf<AgentInput>({
      agentId: aName,
      notebookId: aName,
      runtimeType: aName,
      sessionId: aName,
      settings: anObject,
      follows: optional(trueOrFalse),
    }),
    evict: optional(aText),
  },
  'registry.drain': {},
}

/**
 * Makes an actor refuse what its machine cannot read, and would end with: from now on its `send` throws `INVALID_COMMAND` for an event
 * that is unknown or malformed, and the actor goes on.
 */
export function checkSend(actorRef: AnyActorRef, rules: Readonly<Record<string, Rules<object>>>): void {
  const { send } = actorRef
  actorRef.send = (event: EventObject) => {
    requireEvent(actorRef.id, event, rules)
    send(event)
  }
}

function requireEvent(actorId: string, event: unknown, rules: Readonly<Record<string, Rules<object>>>): void {
  const { type }: { type?: unknown } = Object(event)
  const known = typeof type === 'string' && Object.hasOwn(rules, type) ? rules[type] : undefined
  const mistakes = known
    ? mistakesIn(event, known)
    : [`its type is ${nameOf(type)} and must be one of ${Object.keys(rules).join(', ')}`]
  if (mistakes.length === 0) return
  const what = known ? `The event "${String(type)}"` : 'An event'
  throw new RegistryError(
    'INVALID_COMMAND',
    `${what} was not sent to ${actorId}: ${mistakes.join('; ')}. Correct it and send it again.`,
  )
}
