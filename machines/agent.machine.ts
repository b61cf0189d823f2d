import { assertEvent, setup, type ActorRefFrom, type SnapshotFrom } from 'xstate'
import {
  abandonment,
  breakEndsQueue,
  endOf,
  endReasonOf,
  endsQueue,
  executionEnd,
  failureOf,
  insertInOrder,
  isFull,
  isKnown,
  refusalOf,
  restartDecision,
  stopReasonOf,
} from './agent-rules.js'
import {
  sessionIdOf,
  toRuntimeInput,
  type AgentContext,
  type AgentEvent,
  type AgentFact,
  type AgentInput,
  type RuntimeInput,
} from './agent-types.js'
import { executionMachine } from './execution.machine.js'
import { createFailure } from './failure.js'
import { promiseNotProvided } from './not-provided.js'
import { backoffDelay } from './restart-policy.js'
import type { ExecutionRequest } from './vocabulary.js'

/**
 * The agent of one notebook: starts a runtime, runs one execution at a time in request order, and brings the runtime back
 * when it breaks.
 *
 * The registry spawns it and removes it when it is `stopped`. Each life of its runtime has an epoch and a session of its own;
 * what arrives from an older epoch is counted and ignored. It decides; the runtime, the store and the clock are provided.
 */

/** The countdown to a restart is told twice a second. */
const tickMs = 500

const agentSetup = setup({
  types: {
    input: {} as AgentInput,
    context: {} as AgentContext,
    events: {} as AgentEvent,
    emitted: {} as AgentFact,
    tags: {} as 'accepting' | 'up' | 'down',
  },
  actors: {
    startRuntime: promiseNotProvided<void, RuntimeInput>('startRuntime'),
    stopRuntime: promiseNotProvided<void, RuntimeInput>('stopRuntime'),
    execution: executionMachine,
  },
  delays: {
    'start timeout': ({ context }) => context.settings.startTimeoutMs,
    'stop timeout': ({ context }) => context.settings.stopTimeoutMs,
    'restart delay': ({ context }) => context.restartDelayMs,
    'restart window': ({ context }) => context.settings.restartWindowMs,
    'stable after': ({ context }) => context.settings.stableAfterMs,
    'idle until the warning': ({ context: { settings } }) =>
      Math.max(0, settings.idleCullMs - settings.cullWarningMs),
    'warning until the cull': ({ context: { settings } }) =>
      Math.min(settings.idleCullMs, settings.cullWarningMs),
  },
  guards: {
    'queue is not empty': ({ context }) => context.queue.length > 0,
    'queue is full': ({ context }) => isFull(context),
    'request is known': ({ context, event }) => {
      assertEvent(event, 'execution.request')
      return isKnown(context, event.request.executionId)
    },
    'report is from another life': ({ context, event }) => {
      assertEvent(event, ['runtime.crashed', 'session.displaced'])
      return event.epoch !== context.epoch
    },
    'restart still counts': ({ context, event }) => {
      assertEvent(event, 'restart.forgotten')
      return event.epoch >= context.countedFromEpoch
    },
    'restart is allowed': ({ context, event }) => restartDecision(context, event) === 'restart',
    'restart budget is spent': ({ context, event }) => restartDecision(context, event) === 'budgetSpent',
    'runtime is kept': ({ event }) => !endOf(event).stateLost,
    'runtime is kept, and a request waits': ({ context, event }) =>
      !endOf(event).stateLost && context.queue.length > 0,
    'cancelled request is running': ({ context, event }) => {
      assertEvent(event, 'execution.cancel')
      return context.current?.executionId === event.executionId
    },
    'end of this cell ends the queue': ({ context, event }) => endsQueue(context, endOf(event)),
  },
})

const announceLife = (type: 'agent.starting' | 'agent.started') =>
  agentSetup.emit(({ context }) => ({ type, epoch: context.epoch, sessionId: sessionIdOf(context) }))

const announceStatus = (type: 'agent.busy' | 'agent.ready') =>
  agentSetup.emit(({ context }) => ({ type, sessionId: sessionIdOf(context) }))

const agentChart = agentSetup.extend({
  actions: {
    'begin a new life': agentSetup.assign(({ context }) => ({
      epoch: context.epoch + 1,
      sessionIsOpen: true,
      isCulled: false,
    })),
    'add the request': agentSetup.assign(({ context, event }) => {
      assertEvent(event, 'execution.request')
      return { queue: insertInOrder(context.queue, event.request) }
    }),
    'drop the cancelled request': agentSetup.assign(({ context, event }) => {
      assertEvent(event, 'execution.cancel')
      return { queue: context.queue.filter((request) => request.executionId !== event.executionId) }
    }),
    'take the next request': agentSetup.assign(({ context }) => ({
      current: context.queue[0] ?? null,
      queue: context.queue.slice(1),
    })),
    'clear the current request': agentSetup.assign({ current: null }),
    'pass on to the execution': agentSetup.sendTo('execution', ({ event }) => {
      assertEvent(event, ['execution.cancel', 'execution.interrupt', 'execution.force'])
      return event
    }),
    'remember the failure': agentSetup.assign(({ context, event }) => ({
      failure: failureOf(context, event),
    })),
    'remember the crash loop': agentSetup.assign(({ context, event }) => {
      const last = failureOf(context, event)
      const message = `The runtime failed ${context.settings.restartBudget + 1} times within ${context.settings.restartWindowMs / 1000} s; the last time: ${last.message}`
      return { failure: createFailure('crashLoop', { message, details: { last } }) }
    }),
    'plan the restart': agentSetup.enqueueActions(({ context, enqueue }) => {
      const attempt = context.attempt + 1
      enqueue.assign({
        attempt,
        restartsInWindow: context.restartsInWindow + 1,
        restartDelayMs: backoffDelay(attempt, context.agentId),
      })
      enqueue.raise({ type: 'restart.forgotten', epoch: context.epoch }, { delay: 'restart window' })
      enqueue.cancel('stable')
    }),
    'plan an immediate restart': agentSetup.assign({ restartDelayMs: 0, failure: null }),
    'count down': agentSetup.enqueueActions(({ context, event, enqueue }) => {
      const { restartDelayMs, restartInMs } = context
      const remaining = event.type === 'restart.tick' ? Math.max(0, restartInMs - tickMs) : restartDelayMs
      enqueue.assign({ restartInMs: remaining })
      if (remaining > tickMs) enqueue.raise({ type: 'restart.tick' }, { delay: tickMs, id: 'tick' })
    }),
    'end the countdown': agentSetup.enqueueActions(({ enqueue }) => {
      enqueue.cancel('tick')
      enqueue.assign({ restartInMs: 0 })
    }),
    'pin the agent': agentSetup.assign({ isPinned: true }),
    'unpin the agent': agentSetup.assign({ isPinned: false }),
    'watch the idle time': agentSetup.enqueueActions(({ context, enqueue }) => {
      enqueue.cancel('idle')
      if (context.isCullNear) enqueue.assign({ isCullNear: false })
      if (context.settings.idleCullMs === 0 || context.isPinned) return
      enqueue.raise({ type: 'idle.noticed' }, { delay: 'idle until the warning', id: 'idle' })
    }),
    'stop watching the idle time': agentSetup.enqueueActions(({ context, enqueue }) => {
      enqueue.cancel('idle')
      if (context.isCullNear) enqueue.assign({ isCullNear: false })
    }),
    'warn of the cull': agentSetup.enqueueActions(({ context: { settings }, enqueue }) => {
      enqueue.assign({ isCullNear: true })
      enqueue.raise({ type: 'idle.over' }, { delay: 'warning until the cull', id: 'idle' })
      const remainingMs = Math.min(settings.idleCullMs, settings.cullWarningMs)
      enqueue.emit({ type: 'agent.cullWarning', remainingMs })
    }),
    'cull the runtime': agentSetup.enqueueActions(({ context, enqueue }) => {
      enqueue.assign({ isCulled: true })
      enqueue.emit({ type: 'agent.culled', idleMs: context.settings.idleCullMs })
      enqueue.spawnChild('stopRuntime', { id: 'disposal', input: toRuntimeInput(context) })
    }),
    'release the disposal': agentSetup.stopChild('disposal'),
    'forget one restart': agentSetup.assign(({ context }) => ({
      restartsInWindow: context.restartsInWindow - 1,
    })),
    'forget all restarts': agentSetup.assign(({ context }) => ({
      attempt: 0,
      restartsInWindow: 0,
      countedFromEpoch: context.epoch,
      failure: null,
    })),
    'wait until stable': agentSetup.enqueueActions(({ context, enqueue }) => {
      enqueue.cancel('stable')
      if (context.attempt > 0)
        enqueue.raise({ type: 'agent.stable' }, { delay: 'stable after', id: 'stable' })
    }),
    'remember the stop reason': agentSetup.assign(({ event }) => ({ stopReason: stopReasonOf(event) })),
    'count the stale report': agentSetup.assign(({ context }) => ({ staleEvents: context.staleEvents + 1 })),

    'announce starting': announceLife('agent.starting'),
    'announce started': announceLife('agent.started'),
    'announce busy': announceStatus('agent.busy'),
    'announce ready': announceStatus('agent.ready'),
    'announce the restart': agentSetup.emit(({ context }) => ({
      type: 'agent.restarting' as const,
      attempt: context.attempt,
      delayMs: context.restartDelayMs,
      failure: context.failure,
    })),
    'announce the failure': agentSetup.emit(({ context }) => ({
      type: 'agent.failed' as const,
      failure: context.failure ?? createFailure('unknown'),
    })),
    'announce the end of the session': agentSetup.enqueueActions(({ context, event, enqueue }) => {
      if (!context.sessionIsOpen) return
      enqueue.assign({ sessionIsOpen: false })
      enqueue.emit({
        type: 'agent.ended',
        epoch: context.epoch,
        sessionId: sessionIdOf(context),
        reason: endReasonOf(event),
        failure: context.failure,
      })
    }),
    'announce the stop': agentSetup.enqueueActions(({ context, enqueue }) => {
      const { stopReason: reason, failure } = context
      if (context.sessionIsOpen) {
        const sessionId = sessionIdOf(context)
        enqueue.assign({ sessionIsOpen: false })
        enqueue.emit({ type: 'agent.ended', epoch: context.epoch, sessionId, reason, failure })
      }
      enqueue.emit({ type: 'agent.stopped', reason })
    }),
    'announce the end of the execution': agentSetup.emit(({ context, event }) => ({
      type: 'execution.finished' as const,
      sessionId: sessionIdOf(context),
      end: executionEnd(context, event),
    })),
    'refuse the request': agentSetup.emit(({ context, event }) => {
      assertEvent(event, 'execution.request')
      return { type: 'execution.refused' as const, request: event.request, failure: refusalOf(context) }
    }),
    'abandon the queue': agentSetup.enqueueActions(({ context, event, enqueue }) => {
      enqueue.assign({ queue: [] })
      enqueue.emit(abandonment(context, event))
    }),
    'abandon the queue if the broken runtime ends it': agentSetup.enqueueActions(
      ({ context, event, enqueue }) => {
        if (!breakEndsQueue(context)) return
        enqueue.assign({ queue: [] })
        enqueue.emit(abandonment(context, event))
      },
    ),
  },
})

const acceptRequests = [
  { guard: 'request is known' },
  { guard: 'queue is full', actions: 'refuse the request' },
  { actions: 'add the request' },
] as const

const giveUp = [
  { guard: 'restart budget is spent', target: 'failed', actions: 'remember the crash loop' },
  { target: 'failed', actions: 'remember the failure' },
] as const

/** The ways out when a runtime does not start, or breaks while nothing waits: back through `restarting`, or down. */
const afterFailure = [
  {
    guard: 'restart is allowed',
    target: 'restarting',
    actions: ['remember the failure', 'plan the restart'],
  },
  ...giveUp,
] as const

/** The same for a runtime that breaks while something waits, which `failed` abandons by itself. */
const afterBreak = [
  {
    guard: 'restart is allowed',
    target: 'restarting',
    actions: ['remember the failure', 'abandon the queue if the broken runtime ends it', 'plan the restart'],
  },
  ...giveUp,
] as const

const countStaleReport = { guard: 'report is from another life', actions: 'count the stale report' } as const

const shutDown = { target: 'shuttingDown', actions: 'remember the stop reason' } as const

/** How a runtime that is up, or comes up, can end while nobody expects it. */
const onRuntimeLost = {
  'agent.stop': shutDown,
  'runtime.crashed': [countStaleReport, ...afterBreak],
  'session.displaced': [countStaleReport, shutDown],
  'store.died': { target: 'failed', actions: 'remember the failure' },
} as const

const stopRuntime = {
  id: 'runtime',
  src: 'stopRuntime',
  input: ({ context }: { context: AgentContext }) => toRuntimeInput(context),
} as const

export const agentMachine = agentChart.createMachine({
  id: 'agent',
  context: ({ input }) => ({
    ...input,
    epoch: 0,
    queue: [],
    current: null,
    failure: null,
    attempt: 0,
    restartsInWindow: 0,
    countedFromEpoch: 0,
    restartDelayMs: 0,
    restartInMs: 0,
    isPinned: false,
    isCullNear: false,
    isCulled: false,
    stopReason: 'shutdown',
    staleEvents: 0,
    sessionIsOpen: false,
  }),
  initial: 'idle',
  on: {
    'restart.forgotten': { guard: 'restart still counts', actions: 'forget one restart' },
    'runtime.crashed': { actions: 'count the stale report' },
    'session.displaced': { actions: 'count the stale report' },
    'agent.pin': { actions: 'pin the agent' },
    'agent.unpin': { actions: 'unpin the agent' },
    'xstate.done.actor.disposal': { actions: 'release the disposal' },
    'xstate.error.actor.disposal': { actions: 'release the disposal' },
  },
  states: {
    idle: {
      description: 'Known but not started, or culled; the next request starts it.',
      tags: 'accepting',
      on: {
        'agent.start': 'starting',
        'agent.restart': 'starting',
        'execution.request': { target: 'starting', actions: 'add the request' },
        'agent.stop': { target: 'stopped', actions: 'remember the stop reason' },
        'store.died': onRuntimeLost['store.died'],
      },
    },
    starting: {
      description: 'A new life of the runtime; up only after its probe returned.',
      tags: 'accepting',
      entry: ['begin a new life', 'announce starting'],
      invoke: {
        id: 'runtime',
        src: 'startRuntime',
        input: ({ context }) => toRuntimeInput(context),
        onDone: [
          {
            guard: 'queue is not empty',
            target: 'executing',
            actions: ['announce started', 'wait until stable', 'announce busy'],
          },
          { target: 'running', actions: ['announce started', 'wait until stable'] },
        ],
        onError: afterFailure,
      },
      after: { 'start timeout': afterFailure },
      on: {
        ...onRuntimeLost,
        'execution.request': acceptRequests,
        'execution.cancel': { actions: 'drop the cancelled request' },
      },
    },
    running: {
      description: 'The runtime is up and has nothing to do; it is culled when that lasts.',
      tags: ['accepting', 'up'],
      entry: ['clear the current request', 'watch the idle time'],
      exit: 'stop watching the idle time',
      on: {
        ...onRuntimeLost,
        'runtime.crashed': [countStaleReport, ...afterFailure],
        'agent.keep': { actions: 'watch the idle time' },
        'agent.pin': { actions: ['pin the agent', 'watch the idle time'] },
        'agent.unpin': { actions: ['unpin the agent', 'watch the idle time'] },
        'idle.noticed': { actions: 'warn of the cull' },
        'idle.over': { target: 'idle', actions: ['announce the end of the session', 'cull the runtime'] },
        'agent.stable': { actions: 'forget all restarts' },
        'agent.restart': { target: 'restarting', actions: 'plan an immediate restart' },
        'execution.request': { target: 'executing', actions: ['add the request', 'announce busy'] },
      },
    },
    executing: {
      description: 'Exactly one execution at a time, in request order.',
      tags: ['accepting', 'up'],
      entry: 'take the next request',
      exit: 'announce the end of the execution',
      invoke: {
        id: 'execution',
        src: 'execution',
        input: ({ context }) => ({
          agentId: context.agentId,
          epoch: context.epoch,
          sessionId: sessionIdOf(context),
          request: context.current as ExecutionRequest,
          timeoutMs: context.settings.executionTimeoutMs,
          interruptGraceMs: context.settings.interruptGraceMs,
          forceOfferMs: context.settings.forceOfferMs,
          stalledAfterMs: context.settings.stalledAfterMs,
        }),
        onDone: [
          {
            guard: 'end of this cell ends the queue',
            target: 'running',
            actions: ['abandon the queue', 'announce ready'],
          },
          { guard: 'runtime is kept, and a request waits', target: 'executing', reenter: true },
          { guard: 'runtime is kept', target: 'running', actions: 'announce ready' },
          ...afterBreak,
        ],
        onError: { target: 'failed', actions: 'remember the failure' },
      },
      on: {
        ...onRuntimeLost,
        'agent.stable': { actions: 'forget all restarts' },
        'agent.restart': {
          target: 'restarting',
          actions: ['plan an immediate restart', 'abandon the queue'],
        },
        'execution.request': acceptRequests,
        'execution.cancel': [
          { guard: 'cancelled request is running', actions: 'pass on to the execution' },
          { actions: 'drop the cancelled request' },
        ],
        'execution.interrupt': { actions: 'pass on to the execution' },
        'execution.force': { actions: 'pass on to the execution' },
      },
    },
    restarting: {
      description: 'The runtime is down; a new life begins after the backoff, or at once when asked.',
      tags: ['accepting', 'down'],
      entry: [
        'announce the end of the session',
        'clear the current request',
        'announce the restart',
        'count down',
      ],
      exit: 'end the countdown',
      invoke: { ...stopRuntime, onError: {} },
      after: { 'restart delay': 'starting' },
      on: {
        'restart.tick': { actions: 'count down' },
        'agent.start': 'starting',
        'agent.restart': 'starting',
        'agent.stop': shutDown,
        'execution.request': acceptRequests,
        'execution.cancel': { actions: 'drop the cancelled request' },
        'store.died': onRuntimeLost['store.died'],
      },
    },
    failed: {
      description: 'The runtime is down and stays so until a person starts it again.',
      tags: 'down',
      entry: [
        'announce the end of the session',
        'clear the current request',
        'abandon the queue',
        'announce the failure',
      ],
      invoke: { ...stopRuntime, onError: {} },
      on: {
        'agent.start': { target: 'starting', actions: 'forget all restarts' },
        'agent.restart': { target: 'starting', actions: 'forget all restarts' },
        'agent.stop': shutDown,
        'execution.request': { actions: 'refuse the request' },
      },
    },
    shuttingDown: {
      description: 'The runtime is being disposed; nothing revives it, and the hard end comes in any case.',
      tags: 'down',
      entry: 'clear the current request',
      invoke: { ...stopRuntime, onDone: 'stopped', onError: 'stopped' },
      after: { 'stop timeout': 'stopped' },
    },
    stopped: {
      description: 'Gone; the registry removes it.',
      type: 'final',
      entry: 'announce the stop',
    },
  },
})

export type AgentActorRef = ActorRefFrom<typeof agentMachine>
export type AgentSnapshot = SnapshotFrom<typeof agentMachine>
/** The names of the agent's states. */
export type AgentState = AgentSnapshot['value']
