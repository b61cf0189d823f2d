import type { CellData } from '@runtimed/schema'
import { assign, enqueueActions } from 'xstate'
import {
  agentMachine,
  sessionIdOf,
  type AgentActorRef,
  type AgentContext,
  type AgentEvent,
  type AgentFact,
  type FailureCode,
} from '../../machines/index.js'
import type { AgentServices } from '../../src/registry/agent-services.js'
import type { ChaosClock } from './chaos-clock.js'
import type { RowRuleOverride } from './model-tables.js'
import { isTerminal } from './rows.js'

/** A deliberate bug, put where a real one could be. */
export interface Injection {
  readonly description: string
  readonly agentMachine?: typeof agentMachine
  readonly services?: (services: AgentServices, clock: ChaosClock) => AgentServices
  readonly rowRule?: RowRuleOverride
}

/** Services with some methods replaced; the others are called on the original. */
function replacing(services: AgentServices, replaced: Partial<AgentServices>): AgentServices {
  return {
    attach: (actorRef) => services.attach(actorRef),
    startRuntime: (input, signal) => services.startRuntime(input, signal),
    stopRuntime: (input) => services.stopRuntime(input),
    claimExecution: (input) => services.claimExecution(input),
    runHandler: (input, report) => services.runHandler(input, report),
    announce: () => services.announce(),
    observe: (fact) => services.observe(fact),
    note: (transition) => services.note(transition),
    recordCrash: (failure) => services.recordCrash(failure),
    detach: () => services.detach(),
    ...replaced,
  }
}

/** Services that never hear of some facts. */
const deafTo = (isUnheard: (fact: AgentFact) => boolean) => (services: AgentServices) =>
  replacing(services, { observe: (fact) => void (isUnheard(fact) || services.observe(fact)) })

/** An actor that never hears of failures with this code. */
const withoutCode = (actorRef: AgentActorRef, code: FailureCode): AgentActorRef => {
  const hears = (event: AgentEvent) => !('failure' in event) || event.failure.code !== code
  return Object.assign(Object.create(actorRef) as AgentActorRef, {
    send: (event: AgentEvent) => void (hears(event) && actorRef.send(event)),
  })
}

type AnyImplementations = Parameters<typeof agentMachine.provide>[0]

const withActions = (actions: Record<string, unknown>) =>
  agentMachine.provide({ actions } as AnyImplementations)

const withGuards = (guards: Record<string, unknown>) => agentMachine.provide({ guards } as AnyImplementations)

let replayNoise = 0

export const injections = {
  'terminal-overwritten': {
    description: 'A late cancellation overwrites a row that was completed.',
    rowRule: (before, after, event) =>
      event.name === 'v1.ExecutionCancelled' && before.status === 'completed'
        ? { ...before, status: 'cancelled' }
        : after,
  },
  'claim-without-check': {
    description: 'An assignment takes a request that another session has.',
    rowRule: (before, after, event) =>
      event.name === 'v1.ExecutionAssigned' && before.status === 'executing'
        ? { ...before, status: 'assigned' }
        : after,
  },
  'claim-not-awaited': {
    description: 'The handler starts before its claim is in the log.',
    services: (services) =>
      replacing(services, {
        claimExecution: async (input) => {
          const claim = services.claimExecution(input)
          const cell = { id: input.request.cellId } as CellData
          const refused = await Promise.race([claim, Promise.resolve({ status: 'claimed', cell } as const)])
          void claim.catch(() => undefined)
          return refused
        },
      }),
  },
  'epoch-ignored': {
    description: 'Reports of an older life of the runtime count for the present one.',
    agentMachine: withGuards({ 'report is from another life': () => false }),
  },
  'cancel-forgotten': {
    description: 'The cancellation of a running request does not reach its handler.',
    agentMachine: withActions({ 'pass on to the execution': () => undefined }),
  },
  'crash-keeps-execution': {
    description: 'A runtime that crashes leaves its execution without an end.',
    agentMachine: agentMachine.provide({
      actions: {
        'announce the end of the execution': enqueueActions(({ context, event, enqueue }) => {
          if (event.type !== 'xstate.done.actor.execution') return
          enqueue.emit({ type: 'execution.finished', sessionId: sessionIdOf(context), end: event.output })
        }),
      },
    }),
  },
  'redelivery-runs-again': {
    description: 'A request that is delivered twice is queued twice.',
    agentMachine: withGuards({ 'request is known': () => false }),
  },
  'queue-order-reversed': {
    description: 'The newest request goes first.',
    agentMachine: withActions({
      'add the request': assign(({ context, event }) => ({ queue: [event.request, ...context.queue] })),
    }),
  },
  'lost-end': {
    description: 'The end of an execution is not recorded.',
    services: deafTo((fact) => fact.type === 'execution.finished'),
  },
  'abandoned-row-kept': {
    description: 'Requests that the agent gives up stay pending in the notebook.',
    services: deafTo((fact) => fact.type === 'queue.abandoned'),
  },
  'timer-left': {
    description: 'An agent that is gone leaves the timer of its session.',
    services: (services, clock) =>
      replacing(services, {
        detach: async () => {
          await services.detach()
          const again = () => void clock.setTimeout(again, 15_000)
          again()
        },
      }),
  },
  'listener-left': {
    description: 'An agent that is gone still watches its notebook.',
    services: (services) => replacing(services, { detach: () => Promise.resolve() }),
  },
  'intake-fails-silently': {
    description: 'An agent that cannot read its notebook is not told, and goes on as if nothing waited.',
    services: (services) =>
      replacing(services, { attach: (actorRef) => services.attach(withoutCode(actorRef, 'machineCrashed')) }),
  },
  'two-runtimes': {
    description: 'A new life of the runtime begins while the old one still runs.',
    services: (services) => replacing(services, { stopRuntime: () => Promise.resolve() }),
  },
  'lost-work-runs-again': {
    description: 'Work of a dead session is queued again.',
    rowRule: (before, after) =>
      !isTerminal(before.status) && after.error?.startsWith('lost: The session')
        ? { ...before, status: 'pending', assignedRuntimeSession: null }
        : after,
  },
  'replay-differs': {
    description: 'A materializer puts something into a row that is not in its event.',
    rowRule: (before, after) => (after === before ? before : { ...after, executionCount: ++replayNoise }),
  },
  'context-not-json': {
    description: 'A date gets into the context of an agent.',
    agentMachine: withActions({
      'begin a new life': assign(({ context }) => ({
        epoch: (context as AgentContext).epoch + 1,
        sessionIsOpen: true,
        restartDelayMs: new Date(0),
      })),
    }),
  },
} as const satisfies Record<string, Injection>

export type InjectionName = keyof typeof injections

export const injectionNames = Object.keys(injections) as InjectionName[]
