import {
  assertEvent,
  setup,
  type ActorRefFrom,
  type DoneActorEvent,
  type ErrorActorEvent,
  type SnapshotFrom,
} from 'xstate'
import type { CellData } from '@runtimed/schema'
import { createFailure, toFailure } from './failure.js'
import { callbackNotProvided, promiseNotProvided } from './not-provided.js'
import type { ExecutionEnd, ExecutionOutcome, ExecutionRequest, Failure } from './vocabulary.js'

/**
 * One execution: one request, run at most once.
 *
 * An agent invokes it, one at a time. It first makes the request its own (`claimExecution`), then starts the handler as a
 * service, and ends in one final state for each outcome. Cancel, interrupt and timeout are transitions; a handler that does
 * not react to them is ended by force. It never writes anything itself: its output is the whole story of the end.
 */

export interface ExecutionInput {
  readonly agentId: string
  readonly epoch: number
  readonly sessionId: string
  readonly request: ExecutionRequest
  /** Milliseconds; 0 means no limit. */
  readonly timeoutMs: number
  readonly interruptGraceMs: number
  readonly forceOfferMs: number
  /** Milliseconds; 0 means never. */
  readonly stalledAfterMs: number
}

/** What one cell says about its own execution. */
export interface CellOptions {
  /** Milliseconds, in place of the agent's limit; 0 means no limit. */
  readonly timeoutMs?: number
  /** A failure of this cell does not end the queue. */
  readonly mayFail?: boolean
}

/** What `claimExecution` answers. */
export type ClaimResult =
  /** `cell` is what the handler will run: as the notebook had it at the claim. */
  | { readonly status: 'claimed'; readonly cell?: CellData; readonly options?: CellOptions }
  /** Somebody else ended or took the request: there is nothing to run and nothing to record. */
  | { readonly status: 'gone'; readonly reason: string }
  /** This runtime must not run it; the refusal is recorded. */
  | { readonly status: 'refused'; readonly failure: Failure }

/** What `runHandler` is started with. */
export interface HandlerInput extends ExecutionInput {
  readonly cell?: CellData | undefined
}

/** What a handler's return value comes down to. */
export type HandlerResult =
  { readonly success: true } | { readonly success: false; readonly error: string; readonly failure?: Failure }

type InterruptCause = 'cancel' | 'interrupt' | 'timeout'

export interface ExecutionContext extends ExecutionInput {
  readonly claimed: boolean
  readonly interruptCause: InterruptCause | null
  /** Somebody interrupted it; a cancellation that comes later does not take that back. */
  readonly isInterrupted: boolean
  readonly reason: string | null
  readonly failure: Failure | null
  readonly stateLost: boolean
  /** The running handler has written nothing for a long time; a hint for a person, nothing is ended. */
  readonly isStalled: boolean
  /** The handler has not reacted to its interrupt; a person may want to send `execution.force`. */
  readonly isForceOffered: boolean
  readonly mayFail: boolean
}

export type ExecutionCommand =
  /** The request was cancelled; whatever the handler still does, the outcome is `cancelled`. */
  | { readonly type: 'execution.cancel'; readonly executionId: string; readonly reason: string }
  /** Stop the cell; a handler that finished all the same counts as finished. */
  | { readonly type: 'execution.interrupt'; readonly reason?: string }
  /** Do not wait for the handler any longer. */
  | { readonly type: 'execution.force' }

export type HandlerReport =
  | { readonly type: 'handler.settled'; readonly result: HandlerResult }
  | { readonly type: 'handler.crashed'; readonly failure: Failure }
  /** The handler has written output; sent now and then, not for each output. */
  | { readonly type: 'handler.output' }
  | { readonly type: 'approval.requested' }
  | { readonly type: 'approval.responded' }

type ExecutionTimer = { readonly type: 'silence.noticed' }

export type ExecutionEvent =
  | ExecutionCommand
  | HandlerReport
  | ExecutionTimer
  | DoneActorEvent<ClaimResult, 'claim'>
  | ErrorActorEvent<unknown, 'claim'>

/** What the machine tells the running handler. */
export type HandlerCommand = { readonly type: 'handler.interrupt' } | { readonly type: 'handler.force' }

/** The longest delay a timer takes (2^31 - 1 ms, 24.8 days); stands for "no limit", and for what is longer. */
const longestTimerMs = 2_147_483_647

const executionSetup = setup({
  types: {
    input: {} as ExecutionInput,
    context: {} as ExecutionContext,
    events: {} as ExecutionEvent,
    output: {} as ExecutionEnd,
    tags: {} as 'busy' | 'interruptible',
  },
  actors: {
    claimExecution: promiseNotProvided<ClaimResult, ExecutionInput>('claimExecution'),
    runHandler: callbackNotProvided<HandlerCommand, HandlerInput>('runHandler'),
  },
  delays: {
    'execution timeout': ({ context }) => Math.min(context.timeoutMs || longestTimerMs, longestTimerMs),
    'interrupt grace': ({ context }) => context.interruptGraceMs,
    'force offer': ({ context }) => context.forceOfferMs,
    silence: ({ context }) => context.stalledAfterMs,
  },
  guards: {
    'claim is won': ({ event }) => claimOf(event).status === 'claimed',
    'claim is won, but interrupted': ({ context, event }) =>
      claimOf(event).status === 'claimed' && context.interruptCause !== null,
    'claim is refused': ({ event }) => claimOf(event).status === 'refused',
    'result is a success': ({ event }) => {
      assertEvent(event, 'handler.settled')
      return event.result.success
    },
    'time limit caused the interrupt': ({ context }) => context.interruptCause === 'timeout',
    'handler finished all the same': ({ context, event }) => {
      assertEvent(event, 'handler.settled')
      return context.interruptCause === 'interrupt' && event.result.success && !context.stateLost
    },
    'event is for this execution': ({ context, event }) => {
      assertEvent(event, 'execution.cancel')
      return event.executionId === context.request.executionId
    },
  },
})

const executionChart = executionSetup.extend({
  actions: {
    'start handler': executionSetup.spawnChild('runHandler', {
      id: 'handler',
      input: ({ context, event }) => ({ ...context, cell: wonClaimOf(event).cell }),
    }),
    'interrupt handler': executionSetup.sendTo('handler', { type: 'handler.interrupt' }),
    'end handler by force': executionSetup.sendTo('handler', { type: 'handler.force' }),
    'remember the claim': executionSetup.assign(({ context, event }) => {
      const { options } = wonClaimOf(event)
      return {
        claimed: true,
        timeoutMs: options?.timeoutMs ?? context.timeoutMs,
        mayFail: options?.mayFail ?? false,
      }
    }),
    'watch for silence': executionSetup.enqueueActions(({ context, enqueue }) => {
      enqueue.cancel('silence')
      if (context.isStalled) enqueue.assign({ isStalled: false })
      if (context.stalledAfterMs > 0) {
        enqueue.raise({ type: 'silence.noticed' }, { delay: 'silence', id: 'silence' })
      }
    }),
    'stop watching for silence': executionSetup.enqueueActions(({ context, enqueue }) => {
      enqueue.cancel('silence')
      if (context.isStalled) enqueue.assign({ isStalled: false })
    }),
    'mark it as stalled': executionSetup.assign({ isStalled: true }),
    'offer force': executionSetup.assign({ isForceOffered: true }),
    'remember why the claim was not won': executionSetup.assign(({ event }) => {
      const claim = claimOf(event)
      if (claim.status === 'claimed') return {}
      return claim.status === 'gone'
        ? { reason: claim.reason }
        : { reason: claim.failure.message, failure: claim.failure }
    }),
    'remember the failed claim': executionSetup.assign(({ event }) => {
      assertEvent(event, 'xstate.error.actor.claim')
      const failure = toFailure(event.error, 'storeDied')
      return { reason: failure.message, failure }
    }),
    'remember the cancellation': executionSetup.assign(({ context, event }) => {
      assertEvent(event, 'execution.cancel')
      const failure = context.stateLost ? context.failure : null
      return { interruptCause: 'cancel' as const, reason: event.reason, failure }
    }),
    'remember the interrupt': executionSetup.assign(({ event }) => {
      assertEvent(event, 'execution.interrupt')
      const reason = event.reason ?? 'interrupted'
      return { interruptCause: 'interrupt' as const, isInterrupted: true, reason }
    }),
    'remember the timeout': executionSetup.assign(({ context }) => {
      const failure = createFailure('executionTimeout', {
        message: `The execution took longer than its limit of ${context.timeoutMs / 1000} s.`,
      })
      return { interruptCause: 'timeout' as const, reason: failure.message, failure }
    }),
    'remember the result': executionSetup.assign(({ event }) => {
      assertEvent(event, 'handler.settled')
      const { result } = event
      return result.success ? { reason: null } : { reason: result.error, failure: result.failure ?? null }
    }),
    'remember the crash': executionSetup.assign(({ event }) => {
      assertEvent(event, 'handler.crashed')
      return { reason: event.failure.message, failure: event.failure, stateLost: true }
    }),
    'remember the forced end': executionSetup.assign(({ context }) => ({
      stateLost: true,
      failure: context.failure ?? createFailure('forcedStop'),
    })),
  },
})

/** A handler that is told to stop may end, crash, or be ended; each way out leads to the outcome its cause asks for. */
const interruptedEnds = (more: { actions?: 'remember the forced end' } = {}) => [
  { guard: 'time limit caused the interrupt', target: 'timedOut', ...more } as const,
  { target: 'cancelled', ...more } as const,
]

/** How a handler ends that nobody has interrupted yet, or is interrupted. */
const onRunning = {
  'handler.settled': [
    { guard: 'result is a success', target: 'succeeded' },
    { target: 'failed', actions: 'remember the result' },
  ],
  'handler.crashed': { target: 'failed', actions: 'remember the crash' },
  'execution.cancel': {
    guard: 'event is for this execution',
    target: 'interrupting',
    actions: 'remember the cancellation',
  },
  'execution.interrupt': { target: 'interrupting', actions: 'remember the interrupt' },
} as const

/** An execution about which nothing is known but the request. */
export const newExecution = (input: ExecutionInput): ExecutionContext => ({
  ...input,
  claimed: false,
  interruptCause: null,
  isInterrupted: false,
  reason: null,
  failure: null,
  stateLost: false,
  isStalled: false,
  isForceOffered: false,
  mayFail: false,
})

export const executionMachine = executionChart.createMachine({
  id: 'execution',
  context: ({ input }) => newExecution(input),
  output: ({ context, event }) => ({
    request: context.request,
    outcome: event.output as ExecutionOutcome,
    claimed: context.claimed,
    stateLost: context.stateLost,
    ...(context.reason !== null && { reason: context.reason }),
    ...(context.failure !== null && { failure: context.failure }),
    ...(context.isInterrupted && { isInterrupted: true }),
    ...(context.mayFail && { mayFail: true }),
  }),
  initial: 'preparing',
  states: {
    preparing: {
      description:
        'Makes the request its own, so that no other session can run it too; an interrupt counts once it is.',
      tags: 'busy',
      invoke: {
        id: 'claim',
        src: 'claimExecution',
        input: ({ context }) => context,
        onDone: [
          { guard: 'claim is won, but interrupted', target: 'cancelled', actions: 'remember the claim' },
          {
            guard: 'claim is won',
            target: 'handling',
            actions: ['remember the claim', 'start handler'],
          },
          { guard: 'claim is refused', target: 'failed', actions: 'remember why the claim was not won' },
          { target: 'cancelled', actions: 'remember why the claim was not won' },
        ],
        onError: { target: 'lost', actions: 'remember the failed claim' },
      },
      on: {
        'execution.cancel': {
          guard: 'event is for this execution',
          target: 'cancelled',
          actions: 'remember the cancellation',
        },
        'execution.interrupt': { actions: 'remember the interrupt' },
      },
    },
    handling: {
      description: 'The handler runs as a service; its outputs go straight to the mirror.',
      tags: ['busy', 'interruptible'],
      entry: 'watch for silence',
      exit: 'stop watching for silence',
      on: {
        'handler.output': { actions: 'watch for silence' },
        'silence.noticed': { actions: 'mark it as stalled' },
        ...onRunning,
        'approval.requested': 'awaitingApproval',
      },
      after: {
        'execution timeout': { target: 'interrupting', actions: 'remember the timeout' },
      },
    },
    awaitingApproval: {
      description: 'The handler waits for a person; this time counts towards no limit.',
      tags: ['busy', 'interruptible'],
      on: {
        ...onRunning,
        'approval.responded': 'handling',
      },
    },
    interrupting: {
      description: 'The handler was told to stop; after a grace period it is ended by force.',
      tags: 'busy',
      entry: 'interrupt handler',
      on: {
        'execution.cancel': { guard: 'event is for this execution', actions: 'remember the cancellation' },
        'execution.force': { actions: ['remember the forced end', 'end handler by force'] },
        'handler.settled': [
          {
            guard: 'handler finished all the same',
            target: 'succeeded',
            actions: 'remember the result',
          },
          ...interruptedEnds(),
        ],
        'handler.crashed': interruptedEnds({ actions: 'remember the forced end' }),
      },
      after: {
        'force offer': { actions: 'offer force' },
        'interrupt grace': { actions: ['remember the forced end', 'end handler by force'] },
      },
    },
    succeeded: {
      type: 'final',
      description: 'The handler returned, and what it returned is a success.',
      output: 'succeeded',
    },
    failed: {
      type: 'final',
      description: 'The cell or its runtime failed, or nobody could run it.',
      output: 'failed',
    },
    cancelled: {
      type: 'final',
      description: 'Somebody took it back, before it ran or while it did.',
      output: 'cancelled',
    },
    timedOut: { type: 'final', description: 'It took longer than its limit.', output: 'timedOut' },
    lost: {
      type: 'final',
      description: 'Its runtime ended under it; it is not run again by itself.',
      output: 'lost',
    },
  },
})

export type ExecutionActorRef = ActorRefFrom<typeof executionMachine>
export type ExecutionSnapshot = SnapshotFrom<typeof executionMachine>

function claimOf(event: ExecutionEvent): ClaimResult {
  assertEvent(event, 'xstate.done.actor.claim')
  return event.output
}

function wonClaimOf(event: ExecutionEvent): { readonly cell?: CellData; readonly options?: CellOptions } {
  const claim = claimOf(event)
  return claim.status === 'claimed' ? claim : {}
}
