import { setup } from 'xstate'

/**
 * What an execution promises, as a pure machine, written from the rules: a request is claimed before its handler runs, it ends
 * once, and how it ends is decided by what came first. Each transition names those that the execution's machine is expected to
 * take for it.
 */

export type ExecutionModelEvent =
  | { readonly type: 'CLAIM_WON' }
  /** Another session took the request meanwhile. */
  | { readonly type: 'CLAIM_GONE' }
  /** The cell has become one that the runtime cannot run. */
  | { readonly type: 'CLAIM_REFUSED' }
  /** The claim cannot be recorded. */
  | { readonly type: 'CLAIM_BROKE' }
  | { readonly type: 'CANCEL' }
  | { readonly type: 'INTERRUPT' }
  | { readonly type: 'FORCE' }
  | { readonly type: 'HANDLER_OK' }
  | { readonly type: 'HANDLER_ERROR' }
  | { readonly type: 'HANDLER_CRASHED' }
  /** The runtime that had to be ended by force is gone. */
  | { readonly type: 'HANDLER_GONE' }
  | { readonly type: 'HANDLER_WROTE' }
  | { readonly type: 'SILENT_FOR_LONG' }
  | { readonly type: 'TIME_OVER' }
  | { readonly type: 'PATIENCE_OVER' }
  | { readonly type: 'GRACE_OVER' }
  | { readonly type: 'APPROVAL_ASKED' }
  | { readonly type: 'APPROVAL_GIVEN' }

export const executionModelEvents: readonly ExecutionModelEvent[] = [
  { type: 'CLAIM_WON' },
  { type: 'CLAIM_GONE' },
  { type: 'CLAIM_REFUSED' },
  { type: 'CLAIM_BROKE' },
  { type: 'CANCEL' },
  { type: 'INTERRUPT' },
  { type: 'FORCE' },
  { type: 'HANDLER_OK' },
  { type: 'HANDLER_ERROR' },
  { type: 'HANDLER_CRASHED' },
  { type: 'HANDLER_GONE' },
  { type: 'HANDLER_WROTE' },
  { type: 'SILENT_FOR_LONG' },
  { type: 'TIME_OVER' },
  { type: 'PATIENCE_OVER' },
  { type: 'GRACE_OVER' },
  { type: 'APPROVAL_ASKED' },
  { type: 'APPROVAL_GIVEN' },
]

export interface ExecutionModelContext {
  /** Why it is to stop. */
  readonly cause: 'none' | 'cancel' | 'interrupt' | 'timeout'
  readonly isStalled: boolean
  readonly isForceOffered: boolean
  /** The runtime was told to go at once. */
  readonly isForced: boolean
  /** Variables are gone. */
  readonly isStateLost: boolean
  readonly isClaimed: boolean
  readonly interrupts: number
  /** Why it ends, in words; null for a success. */
  readonly reason: string | null
  /** Code of the failure. */
  readonly failure: string | null
  /** The queue's row in the store. */
  readonly row: 'pending' | 'executing' | 'completed' | 'failed' | 'cancelled' | 'taken'
}

/** The transition of the execution's machine that a step of the model stands for. */
export interface ExecutionModelMeta {
  readonly event: string
  readonly guard: string
}

const takes = (event: string, guard = '-'): ExecutionModelMeta => ({ event, guard })

const base = setup({
  types: {
    context: {} as ExecutionModelContext,
    events: {} as ExecutionModelEvent,
  },
  guards: {
    'it was told nothing': ({ context }) => context.cause === 'none',
    'it was interrupted': ({ context }) => context.cause === 'interrupt',
    'it took too long': ({ context }) => context.cause === 'timeout',
    'it was not cancelled': ({ context }) => context.cause !== 'cancel' && !context.isForced,
    'it was forced': ({ context }) => context.isForced,
    'it was not forced': ({ context }) => !context.isForced,
    'it was interrupted, and not forced': ({ context }) => context.cause === 'interrupt' && !context.isForced,
    'it took too long, and was not forced': ({ context }) => context.cause === 'timeout' && !context.isForced,
    'it took too long, and was forced': ({ context }) => context.cause === 'timeout' && context.isForced,
    'it is stalled': ({ context }) => context.isStalled,
    'it is not stalled': ({ context }) => !context.isStalled,
    'force is offered': ({ context }) => context.isForceOffered && !context.isForced,
    'force is not offered': ({ context }) => !context.isForceOffered && !context.isForced,
  },
})

const model = base.extend({
  actions: {
    'note the claim': base.assign({ isClaimed: true, row: 'executing' }),
    'note that it is taken': base.assign({
      row: 'taken',
      reason: 'The request was cancelled, or another session took it.',
    }),
    'note that nobody can run it': base.assign({
      reason: 'A runtime of type "controlled" cannot run cells of type "markdown".',
      failure: 'notCapable',
    }),
    'note that the store has ended': base.assign({
      reason: "The notebook's store shut down.",
      failure: 'storeDied',
    }),
    'note the cancellation': base.assign({
      cause: 'cancel',
      row: 'cancelled',
      reason: 'not needed',
      failure: null,
    }),
    'note the interrupt': base.assign({ cause: 'interrupt', reason: 'enough' }),
    'note the time limit': base.assign({
      cause: 'timeout',
      reason: 'The execution took longer than its limit of 100000 s.',
      failure: 'executionTimeout',
    }),
    'note what it says': base.assign({ reason: 'it says no' }),
    'note the crash': base.assign({
      isStateLost: true,
      reason: 'The runtime broke.',
      failure: 'workerCrashed',
    }),
    'tell the handler to stop': base.assign(({ context }) => ({
      interrupts: context.interrupts + 1,
      isStalled: false,
    })),
    'note the silence': base.assign({ isStalled: true }),
    'forget the silence': base.assign({ isStalled: false }),
    'offer force': base.assign({ isForceOffered: true }),
    'force it': base.assign(({ context }) => ({
      isForced: true,
      isStateLost: true,
      failure: context.failure ?? 'forcedStop',
    })),
    'lose the state': base.assign(({ context }) => ({
      isStateLost: true,
      failure: context.failure ?? 'forcedStop',
    })),
    'record completed': base.assign({ row: 'completed', isStalled: false, reason: null }),
    'record failed': base.assign({ row: 'failed', isStalled: false }),
    'record cancelled': base.assign({ row: 'cancelled' }),
  },
})

/** While the handler is at work, or waits for a person. */
const handler = {
  HANDLER_OK: {
    target: 'succeeded',
    actions: 'record completed',
    meta: takes('handler.settled', 'result is a success'),
  },
  HANDLER_ERROR: {
    target: 'failed',
    actions: ['record failed', 'note what it says'],
    meta: takes('handler.settled'),
  },
  HANDLER_CRASHED: {
    target: 'failed',
    actions: ['record failed', 'note the crash'],
    meta: takes('handler.crashed'),
  },
  CANCEL: {
    target: 'interrupting',
    actions: ['note the cancellation', 'tell the handler to stop'],
    meta: takes('execution.cancel', 'event is for this execution'),
  },
  INTERRUPT: {
    target: 'interrupting',
    actions: ['note the interrupt', 'tell the handler to stop'],
    meta: takes('execution.interrupt'),
  },
} as const

/** A handler that was told to stop is gone, in whatever way. */
const goneTooLate = {
  target: 'timedOut',
  actions: ['record failed', 'lose the state'],
  meta: takes('handler.crashed', 'time limit caused the interrupt'),
} as const
const gone = {
  target: 'cancelled',
  actions: ['record cancelled', 'lose the state'],
  meta: takes('handler.crashed'),
} as const

const stops = [
  {
    guard: 'it took too long',
    target: 'timedOut',
    actions: 'record failed',
    meta: takes('handler.settled', 'time limit caused the interrupt'),
  },
  { target: 'cancelled', actions: 'record cancelled', meta: takes('handler.settled') },
] as const

export const executionModel = model.createMachine({
  id: 'executionModel',
  context: {
    cause: 'none',
    isStalled: false,
    isForceOffered: false,
    isForced: false,
    isStateLost: false,
    isClaimed: false,
    interrupts: 0,
    reason: null,
    failure: null,
    row: 'pending',
  },
  initial: 'preparing',
  states: {
    preparing: {
      on: {
        CLAIM_WON: [
          {
            guard: 'it was interrupted',
            target: 'cancelled',
            actions: ['note the claim', 'record cancelled'],
            meta: takes('done(claim)', 'claim is won, but interrupted'),
          },
          { target: 'handling', actions: 'note the claim', meta: takes('done(claim)', 'claim is won') },
        ],
        CLAIM_GONE: { target: 'cancelled', actions: 'note that it is taken', meta: takes('done(claim)') },
        CLAIM_REFUSED: {
          target: 'failed',
          actions: ['record failed', 'note that nobody can run it'],
          meta: takes('done(claim)', 'claim is refused'),
        },
        CLAIM_BROKE: {
          target: 'lost',
          actions: ['record failed', 'note that the store has ended'],
          meta: takes('error(claim)'),
        },
        CANCEL: {
          target: 'cancelled',
          actions: 'note the cancellation',
          meta: takes('execution.cancel', 'event is for this execution'),
        },
        INTERRUPT: {
          guard: 'it was told nothing',
          actions: 'note the interrupt',
          meta: takes('execution.interrupt'),
        },
      },
    },
    handling: {
      on: {
        ...handler,
        HANDLER_WROTE: { actions: 'forget the silence', meta: takes('handler.output') },
        SILENT_FOR_LONG: {
          guard: 'it is not stalled',
          actions: 'note the silence',
          meta: takes('silence.noticed'),
        },
        TIME_OVER: {
          guard: 'it is stalled',
          target: 'interrupting',
          actions: ['note the time limit', 'tell the handler to stop'],
          meta: takes('after(execution timeout)'),
        },
        APPROVAL_ASKED: {
          target: 'awaitingApproval',
          actions: 'forget the silence',
          meta: takes('approval.requested'),
        },
      },
    },
    awaitingApproval: {
      on: { ...handler, APPROVAL_GIVEN: { target: 'handling', meta: takes('approval.responded') } },
    },
    interrupting: {
      on: {
        CANCEL: {
          guard: 'it was not cancelled',
          actions: 'note the cancellation',
          meta: takes('execution.cancel', 'event is for this execution'),
        },
        FORCE: { guard: 'it was not forced', actions: 'force it', meta: takes('execution.force') },
        PATIENCE_OVER: {
          guard: 'force is not offered',
          actions: 'offer force',
          meta: takes('after(force offer)'),
        },
        GRACE_OVER: {
          guard: 'force is offered',
          actions: 'force it',
          meta: takes('after(interrupt grace)'),
        },
        HANDLER_OK: [
          {
            guard: 'it was interrupted, and not forced',
            target: 'succeeded',
            actions: 'record completed',
            meta: takes('handler.settled', 'handler finished all the same'),
          },
          ...stops,
        ],
        HANDLER_ERROR: stops,
        HANDLER_CRASHED: [
          { guard: 'it took too long, and was not forced', ...goneTooLate },
          { guard: 'it was not forced', ...gone },
        ],
        HANDLER_GONE: [
          { guard: 'it took too long, and was forced', ...goneTooLate },
          { guard: 'it was forced', ...gone },
        ],
      },
    },
    succeeded: { type: 'final' },
    failed: { type: 'final' },
    cancelled: { type: 'final' },
    timedOut: { type: 'final' },
    lost: { type: 'final' },
  },
})
