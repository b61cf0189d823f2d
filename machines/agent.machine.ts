import {
  assertEvent,
  setup,
  type ActorRefFrom,
  type DoneActorEvent,
  type ErrorActorEvent,
  type SnapshotFrom,
} from 'xstate'
import { executionMachine } from './execution.machine.js'
import { createFailure, toFailure } from './failure.js'
import { promiseNotProvided } from './not-provided.js'
import { backoffDelay, decideRestart } from './restart-policy.js'
import type { AgentSettings, ExecutionEnd, ExecutionRequest, Failure, StopReason } from './vocabulary.js'

/**
 * The agent of one notebook: starts a runtime, runs one execution at a time in request order, and brings the runtime back
 * when it breaks.
 *
 * The registry spawns it and removes it when it is `stopped`. Each life of its runtime has an epoch and a session of its own;
 * what arrives from an older epoch is counted and ignored. It decides; the runtime, the store and the clock are provided.
 */

export interface AgentInput {
  readonly agentId: string
  readonly notebookId: string
  readonly runtimeType: string
  /** The session of the first life; later lives add their epoch. */
  readonly sessionId: string
  readonly settings: AgentSettings
}

export interface AgentContext extends AgentInput {
  /** Number of the current life of the runtime; 0 before the first start. */
  readonly epoch: number
  /** Requests that wait, first one next. */
  readonly queue: readonly ExecutionRequest[]
  /** The request that is being run; only in `executing`. */
  readonly current: ExecutionRequest | null
  /** Why the runtime is down or was restarted last; null once it has been stable. */
  readonly failure: Failure | null
  /** Restarts since the runtime was last stable; decides the backoff. */
  readonly attempt: number
  readonly restartsInWindow: number
  /** Restarts that earlier lives needed are forgotten, although their window may not be over. */
  readonly countedFromEpoch: number
  readonly restartDelayMs: number
  /** Milliseconds until the next life begins, counted down twice a second; 0 unless `restarting`. */
  readonly restartInMs: number
  /** A pinned agent is never culled. */
  readonly isPinned: boolean
  /** The runtime will be culled soon unless work or `agent.keep` comes. */
  readonly isCullNear: boolean
  /** The runtime was taken down because nothing asked for it; the next request starts it again. */
  readonly isCulled: boolean
  readonly stopReason: StopReason
  readonly staleEvents: number
  /** A session was announced as starting, and its end was not announced yet. */
  readonly sessionIsOpen: boolean
}

export type AgentCommand =
  | { readonly type: 'agent.start' }
  | { readonly type: 'agent.stop'; readonly reason?: StopReason }
  /** A person asks for a new life, now: also from `failed`, and instead of waiting in `restarting`. */
  | { readonly type: 'agent.restart' }
  /** Somebody still wants the runtime: its idle time counts from now. */
  | { readonly type: 'agent.keep' }
  /** Never cull it, until `agent.unpin`. */
  | { readonly type: 'agent.pin' }
  | { readonly type: 'agent.unpin' }
  | { readonly type: 'execution.request'; readonly request: ExecutionRequest }
  | { readonly type: 'execution.cancel'; readonly executionId: string; readonly reason: string }
  | { readonly type: 'execution.interrupt'; readonly reason?: string }
  /** Do not wait for an interrupted handler any longer. */
  | { readonly type: 'execution.force' }

/** What the world reports about the runtime; `epoch` says of which life. */
export type AgentReport =
  | { readonly type: 'runtime.crashed'; readonly epoch: number; readonly failure: Failure }
  | { readonly type: 'session.displaced'; readonly epoch: number }
  | { readonly type: 'store.died'; readonly failure: Failure }

type AgentTimer =
  /** The window is over of the restart that the life of this epoch needed. */
  | { readonly type: 'restart.forgotten'; readonly epoch: number }
  | { readonly type: 'restart.tick' }
  | { readonly type: 'agent.stable' }
  | { readonly type: 'idle.noticed' }
  | { readonly type: 'idle.over' }

export type AgentEvent =
  | AgentCommand
  | AgentReport
  | AgentTimer
  | DoneActorEvent<void, 'runtime'>
  | ErrorActorEvent<unknown, 'runtime'>
  | DoneActorEvent<void, 'disposal'>
  | ErrorActorEvent<unknown, 'disposal'>
  | DoneActorEvent<ExecutionEnd, 'execution'>
  | ErrorActorEvent<unknown, 'execution'>

/** Facts, for the mirror and for anyone who listens with `actorRef.on`. */
export type AgentFact =
  | { readonly type: 'agent.starting'; readonly epoch: number; readonly sessionId: string }
  | { readonly type: 'agent.started'; readonly epoch: number; readonly sessionId: string }
  | { readonly type: 'agent.busy'; readonly sessionId: string }
  | { readonly type: 'agent.ready'; readonly sessionId: string }
  | {
      readonly type: 'agent.ended'
      readonly epoch: number
      readonly sessionId: string
      readonly reason: StopReason
      readonly failure: Failure | null
    }
  | {
      readonly type: 'agent.restarting'
      readonly attempt: number
      readonly delayMs: number
      readonly failure: Failure | null
    }
  | { readonly type: 'agent.failed'; readonly failure: Failure }
  | { readonly type: 'agent.stopped'; readonly reason: StopReason }
  /** The runtime is culled after this time unless somebody asks for it. */
  | { readonly type: 'agent.cullWarning'; readonly remainingMs: number }
  | { readonly type: 'agent.culled'; readonly idleMs: number }
  | { readonly type: 'execution.finished'; readonly sessionId: string; readonly end: ExecutionEnd }
  | { readonly type: 'execution.refused'; readonly request: ExecutionRequest; readonly failure: Failure }
  /** Everything that waits is given up; the mirror cancels the rows with this reason. */
  | { readonly type: 'queue.abandoned'; readonly reason: string; readonly failure: Failure | null }

/** What `startRuntime` and `stopRuntime` are told. */
export interface RuntimeInput {
  readonly agentId: string
  readonly epoch: number
  readonly sessionId: string
}

/** The session of the current life, derived from the first session and the epoch. */
export const sessionIdOf = (context: Pick<AgentContext, 'sessionId' | 'epoch'>): string =>
  context.epoch <= 1 ? context.sessionId : `${context.sessionId}-${context.epoch}`

const toRuntimeInput = (context: AgentContext): RuntimeInput => ({
  agentId: context.agentId,
  epoch: context.epoch,
  sessionId: sessionIdOf(context),
})

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
    'queue is full': ({ context }) => context.queue.length >= context.settings.queueLimit,
    'request is known': ({ context, event }) => {
      assertEvent(event, 'execution.request')
      return isKnown(context, event.request.executionId)
    },
    'report is from this life': ({ context, event }) => {
      assertEvent(event, ['runtime.crashed', 'session.displaced'])
      return event.epoch === context.epoch
    },
    'restart still counts': ({ context, event }) => {
      assertEvent(event, 'restart.forgotten')
      return event.epoch >= context.countedFromEpoch
    },
    'restart is allowed': ({ context, event }) => restartDecision(context, event) === 'restart',
    'restart budget is spent': ({ context, event }) => restartDecision(context, event) === 'budgetSpent',
    'crash of this life allows a restart': ({ context, event }) =>
      isFromThisLife(context, event) && restartDecision(context, event) === 'restart',
    'crash of this life spends the budget': ({ context, event }) =>
      isFromThisLife(context, event) && restartDecision(context, event) === 'budgetSpent',
    'state was lost and a restart is allowed': ({ context, event }) =>
      endOf(event).stateLost && restartDecision(context, event) === 'restart',
    'state was lost and the budget is spent': ({ context, event }) =>
      endOf(event).stateLost && restartDecision(context, event) === 'budgetSpent',
    'state was lost': ({ event }) => endOf(event).stateLost,
    'only a runtime is missing': ({ context }) => context.failure?.code === 'noRuntime',
    'cancelled request is running': ({ context, event }) => {
      assertEvent(event, 'execution.cancel')
      return context.current?.executionId === event.executionId
    },
    'end of this cell ends the queue': ({ context, event }) => endsQueue(context, endOf(event)),
  },
})

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

    'announce starting': agentSetup.emit(({ context }) => ({
      type: 'agent.starting' as const,
      epoch: context.epoch,
      sessionId: sessionIdOf(context),
    })),
    'announce started': agentSetup.emit(({ context }) => ({
      type: 'agent.started' as const,
      epoch: context.epoch,
      sessionId: sessionIdOf(context),
    })),
    'announce busy': agentSetup.emit(({ context }) => ({
      type: 'agent.busy' as const,
      sessionId: sessionIdOf(context),
    })),
    'announce ready': agentSetup.emit(({ context }) => ({
      type: 'agent.ready' as const,
      sessionId: sessionIdOf(context),
    })),
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
      end: endOf(event),
    })),
    'announce the broken execution': agentSetup.enqueueActions(({ context, event, enqueue }) => {
      if (!context.current) return
      const end = brokenEnd(context, context.current, event)
      enqueue.emit({ type: 'execution.finished', sessionId: sessionIdOf(context), end })
    }),
    'refuse the request': agentSetup.emit(({ context, event }) => {
      assertEvent(event, 'execution.request')
      return {
        type: 'execution.refused' as const,
        request: event.request,
        failure: context.failure ?? createFailure('queueFull'),
      }
    }),
    'refuse the request: queue is full': agentSetup.emit(({ context, event }) => {
      assertEvent(event, 'execution.request')
      const message = `More than ${context.settings.queueLimit} requests are waiting.`
      return {
        type: 'execution.refused' as const,
        request: event.request,
        failure: createFailure('queueFull', { message }),
      }
    }),
    'abandon the queue': agentSetup.enqueueActions(({ context, event, enqueue }) => {
      enqueue.assign({ queue: [] })
      enqueue.emit(abandonment(context, event))
    }),
    'abandon the queue if errors end it': agentSetup.enqueueActions(({ context, event, enqueue }) => {
      if (context.settings.errorPolicy === 'continue') return
      enqueue.assign({ queue: [] })
      enqueue.emit(abandonment(context, event))
    }),
    'abandon the queue unless only a runtime is missing': agentSetup.enqueueActions(
      ({ context, event, enqueue }) => {
        if (context.failure?.code === 'noRuntime') return
        enqueue.assign({ queue: [] })
        enqueue.emit(abandonment(context, event))
      },
    ),
  },
})

const acceptRequests = [
  { guard: 'request is known' },
  { guard: 'queue is full', actions: 'refuse the request: queue is full' },
  { actions: 'add the request' },
] as const

/** The ways out of a broken start: back through `restarting`, or down. */
const afterFailedStart = [
  {
    guard: 'restart is allowed',
    target: 'restarting',
    actions: ['remember the failure', 'announce the end of the session', 'plan the restart'],
  },
  {
    guard: 'restart budget is spent',
    target: 'failed',
    actions: ['remember the crash loop', 'announce the end of the session'],
  },
  { target: 'failed', actions: ['remember the failure', 'announce the end of the session'] },
] as const

/** The ways out when a runtime breaks, with what then ends besides the session: an execution, and what waits for its turn. */
const afterCrash = (
  execution: readonly 'announce the broken execution'[],
  queue: readonly 'abandon the queue if errors end it'[],
) =>
  [
    {
      guard: 'crash of this life allows a restart',
      target: 'restarting',
      actions: [
        'remember the failure',
        ...execution,
        ...queue,
        'announce the end of the session',
        'plan the restart',
      ],
    },
    {
      guard: 'crash of this life spends the budget',
      target: 'failed',
      actions: ['remember the crash loop', ...execution, 'announce the end of the session'],
    },
    {
      guard: 'report is from this life',
      target: 'failed',
      actions: ['remember the failure', ...execution, 'announce the end of the session'],
    },
    { actions: 'count the stale report' },
  ] as const

const afterStoreDied = {
  target: 'failed',
  actions: ['remember the failure', 'announce the end of the session'],
} as const

const afterDisplaced = [
  { guard: 'report is from this life', target: 'shuttingDown', actions: 'remember the stop reason' },
  { actions: 'count the stale report' },
] as const

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
        'store.died': { target: 'failed', actions: 'remember the failure' },
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
        onError: afterFailedStart,
      },
      after: { 'start timeout': afterFailedStart },
      on: {
        'execution.request': acceptRequests,
        'execution.cancel': { actions: 'drop the cancelled request' },
        'agent.stop': { target: 'shuttingDown', actions: 'remember the stop reason' },
        'runtime.crashed': afterCrash([], ['abandon the queue if errors end it']),
        'session.displaced': afterDisplaced,
        'store.died': afterStoreDied,
      },
    },
    running: {
      description: 'The runtime is up and has nothing to do; it is culled when that lasts.',
      tags: ['accepting', 'up'],
      entry: ['clear the current request', 'watch the idle time'],
      exit: 'stop watching the idle time',
      on: {
        'agent.keep': { actions: 'watch the idle time' },
        'agent.pin': { actions: ['pin the agent', 'watch the idle time'] },
        'agent.unpin': { actions: ['unpin the agent', 'watch the idle time'] },
        'idle.noticed': { actions: 'warn of the cull' },
        'idle.over': { target: 'idle', actions: ['announce the end of the session', 'cull the runtime'] },
        'agent.stable': { actions: 'forget all restarts' },
        'execution.request': {
          target: 'executing',
          actions: ['add the request', 'announce busy'],
        },
        'agent.stop': { target: 'shuttingDown', actions: 'remember the stop reason' },
        'agent.restart': {
          target: 'restarting',
          actions: ['plan an immediate restart', 'announce the end of the session'],
        },
        'runtime.crashed': afterCrash([], []),
        'session.displaced': afterDisplaced,
        'store.died': afterStoreDied,
      },
    },
    executing: {
      description: 'Exactly one execution at a time, in request order.',
      tags: ['accepting', 'up'],
      entry: 'take the next request',
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
            guard: 'state was lost and a restart is allowed',
            target: 'restarting',
            actions: [
              'announce the end of the execution',
              'remember the failure',
              'abandon the queue if errors end it',
              'announce the end of the session',
              'plan the restart',
            ],
          },
          {
            guard: 'state was lost and the budget is spent',
            target: 'failed',
            actions: [
              'announce the end of the execution',
              'remember the crash loop',
              'announce the end of the session',
            ],
          },
          {
            guard: 'state was lost',
            target: 'failed',
            actions: [
              'announce the end of the execution',
              'remember the failure',
              'announce the end of the session',
            ],
          },
          {
            guard: 'end of this cell ends the queue',
            target: 'running',
            actions: ['announce the end of the execution', 'abandon the queue', 'announce ready'],
          },
          {
            guard: 'queue is not empty',
            target: 'executing',
            reenter: true,
            actions: 'announce the end of the execution',
          },
          { target: 'running', actions: ['announce the end of the execution', 'announce ready'] },
        ],
        onError: {
          target: 'failed',
          actions: [
            'remember the failure',
            'announce the broken execution',
            'announce the end of the session',
          ],
        },
      },
      on: {
        'agent.stable': { actions: 'forget all restarts' },
        'execution.request': acceptRequests,
        'execution.cancel': [
          { guard: 'cancelled request is running', actions: 'pass on to the execution' },
          { actions: 'drop the cancelled request' },
        ],
        'execution.interrupt': { actions: 'pass on to the execution' },
        'execution.force': { actions: 'pass on to the execution' },
        'agent.stop': {
          target: 'shuttingDown',
          actions: ['remember the stop reason', 'announce the broken execution'],
        },
        'agent.restart': {
          target: 'restarting',
          actions: [
            'announce the broken execution',
            'plan an immediate restart',
            'abandon the queue',
            'announce the end of the session',
          ],
        },
        'runtime.crashed': afterCrash(
          ['announce the broken execution'],
          ['abandon the queue if errors end it'],
        ),
        'session.displaced': [
          {
            guard: 'report is from this life',
            target: 'shuttingDown',
            actions: ['remember the stop reason', 'announce the broken execution'],
          },
          { actions: 'count the stale report' },
        ],
        'store.died': {
          target: 'failed',
          actions: [
            'remember the failure',
            'announce the broken execution',
            'announce the end of the session',
          ],
        },
      },
    },
    restarting: {
      description: 'The runtime is down; a new life begins after the backoff, or at once when asked.',
      tags: ['accepting', 'down'],
      entry: ['clear the current request', 'announce the restart', 'count down'],
      exit: 'end the countdown',
      invoke: {
        id: 'runtime',
        src: 'stopRuntime',
        input: ({ context }) => toRuntimeInput(context),
        onError: {},
      },
      after: { 'restart delay': 'starting' },
      on: {
        'restart.tick': { actions: 'count down' },
        'agent.start': 'starting',
        'agent.restart': 'starting',
        'agent.stop': { target: 'shuttingDown', actions: 'remember the stop reason' },
        'execution.request': acceptRequests,
        'execution.cancel': { actions: 'drop the cancelled request' },
        'store.died': { target: 'failed', actions: 'remember the failure' },
      },
    },
    failed: {
      description: 'The runtime is down and stays so until a person starts it again.',
      tags: 'down',
      entry: [
        'clear the current request',
        'abandon the queue unless only a runtime is missing',
        'announce the failure',
      ],
      invoke: {
        id: 'runtime',
        src: 'stopRuntime',
        input: ({ context }) => toRuntimeInput(context),
        onError: {},
      },
      on: {
        'agent.start': { target: 'starting', actions: 'forget all restarts' },
        'agent.restart': { target: 'starting', actions: 'forget all restarts' },
        'agent.stop': { target: 'shuttingDown', actions: 'remember the stop reason' },
        'execution.request': [
          { guard: 'request is known' },
          { guard: 'only a runtime is missing', actions: 'add the request' },
          { actions: 'refuse the request' },
        ],
        'execution.cancel': { actions: 'drop the cancelled request' },
      },
    },
    shuttingDown: {
      description: 'The runtime is being disposed; nothing revives it, and the hard end comes in any case.',
      tags: 'down',
      entry: 'clear the current request',
      invoke: {
        id: 'runtime',
        src: 'stopRuntime',
        input: ({ context }) => toRuntimeInput(context),
        onDone: 'stopped',
        onError: 'stopped',
      },
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

function endOf(event: AgentEvent): ExecutionEnd {
  assertEvent(event, 'xstate.done.actor.execution')
  return event.output
}

const isKnown = (context: AgentContext, executionId: string) =>
  context.current?.executionId === executionId ||
  context.queue.some((request) => request.executionId === executionId)

const isFromThisLife = (context: AgentContext, event: AgentEvent) =>
  'epoch' in event && event.epoch === context.epoch

const restartDecision = (context: AgentContext, event: AgentEvent) =>
  decideRestart(context.settings, failureOf(context, event), context.restartsInWindow)

/** As in Jupyter: an error and an interrupt do, and a cancellation takes back this one request only. */
const endsQueue = (context: AgentContext, end: ExecutionEnd) =>
  context.settings.errorPolicy === 'stop' &&
  end.claimed &&
  !end.mayFail &&
  end.outcome !== 'succeeded' &&
  (end.outcome !== 'cancelled' || end.isInterrupted === true)

/** Requests stay in log order even when they arrive out of it. */
function insertInOrder(queue: readonly ExecutionRequest[], request: ExecutionRequest): ExecutionRequest[] {
  const position = queue.findLastIndex((waiting) => waiting.requestSeq <= request.requestSeq) + 1
  return [...queue.slice(0, position), request, ...queue.slice(position)]
}

function failureOf(context: AgentContext, event: AgentEvent): Failure {
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

function stopReasonOf(event: AgentEvent): StopReason {
  if (event.type === 'session.displaced') return 'displaced'
  return event.type === 'agent.stop' ? (event.reason ?? 'shutdown') : 'shutdown'
}

function endReasonOf(event: AgentEvent): StopReason {
  if (event.type === 'agent.restart') return 'restart'
  return event.type === 'idle.over' ? 'shutdown' : 'error'
}

/** The end of an execution that its agent leaves behind. */
function brokenEnd(context: AgentContext, request: ExecutionRequest, event: AgentEvent): ExecutionEnd {
  const base = { request, claimed: true, stateLost: true }
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

const abandonment = (context: AgentContext, event: AgentEvent) => ({
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
