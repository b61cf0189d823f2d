import { and, setup } from 'xstate'

/**
 * What an agent promises, as a pure machine: no actor, no timer, no store. What the world does (a runtime comes up, a handler
 * ends, time passes) are events. It is written from the rules, not from the agent's machine; each transition names the one
 * transition that the agent is expected to take for it.
 *
 * The settings are fixed: one restart inside the window, two requests may wait, a cell error ends the queue.
 */

/** What broke: something that a new start mends, something that it does not, or there is no runtime at all. */
export type Breakage = 'mendable' | 'final'

export type ModelEvent =
  | { readonly type: 'START' }
  | { readonly type: 'RESTART' }
  | { readonly type: 'STOP' }
  /** A client asks for a cell. */
  | { readonly type: 'REQUEST' }
  /** A request that waits or runs is delivered a second time. */
  | { readonly type: 'REQUEST_AGAIN' }
  /** A client cancels the first request that waits, or the one that runs. */
  | { readonly type: 'CANCEL_WAITING' }
  | { readonly type: 'CANCEL_RUNNING' }
  | { readonly type: 'INTERRUPT' }
  | { readonly type: 'FORCE' }
  | { readonly type: 'RUNTIME_UP' }
  | { readonly type: 'START_FAILED'; readonly breakage: Breakage }
  | { readonly type: 'START_TIMED_OUT' }
  | { readonly type: 'HANDLER_OK' }
  | { readonly type: 'HANDLER_ERROR' }
  /** The runtime dies under the cell, which reports it. */
  | { readonly type: 'HANDLER_CRASHED'; readonly breakage: Breakage }
  /** The runtime that had to be ended by force is gone. */
  | { readonly type: 'HANDLER_GONE' }
  /** The execution's own machine breaks. */
  | { readonly type: 'EXECUTION_BROKE' }
  /** The runtime dies by itself. */
  | { readonly type: 'CRASH'; readonly breakage: Breakage }
  /** A report of an older life arrives late. */
  | { readonly type: 'STALE_CRASH' }
  | { readonly type: 'DISPLACED' }
  | { readonly type: 'STALE_DISPLACED' }
  | { readonly type: 'STORE_DIED' }
  | { readonly type: 'BACKOFF_ELAPSED' }
  | { readonly type: 'COUNTDOWN_TICKED' }
  /** A person wants the runtime to stay: until further notice, no longer, or for one more idle time. */
  | { readonly type: 'PIN' }
  | { readonly type: 'UNPIN' }
  | { readonly type: 'KEEP' }
  /** The idle time is nearly over, then over; the runtime that was culled is gone, or refuses to go. */
  | { readonly type: 'IDLE_NOTICED' }
  | { readonly type: 'IDLE_OVER' }
  | { readonly type: 'CULLED_GONE' }
  | { readonly type: 'CULLED_STUCK' }
  | { readonly type: 'WINDOW_ELAPSED' }
  /** The windows of those restarts are over that a start by hand has forgotten, and not those of later ones. */
  | { readonly type: 'FORGOTTEN_WINDOW_ELAPSED' }
  | { readonly type: 'STABLE_ELAPSED' }
  | { readonly type: 'RUNTIME_GONE' }
  | { readonly type: 'RUNTIME_STUCK' }
  | { readonly type: 'STOP_TIMED_OUT' }

/** Every event that paths are made of. */
export const modelEvents: readonly ModelEvent[] = [
  { type: 'START' },
  { type: 'RESTART' },
  { type: 'STOP' },
  { type: 'REQUEST' },
  { type: 'REQUEST_AGAIN' },
  { type: 'CANCEL_WAITING' },
  { type: 'CANCEL_RUNNING' },
  { type: 'INTERRUPT' },
  { type: 'FORCE' },
  { type: 'RUNTIME_UP' },
  { type: 'START_FAILED', breakage: 'mendable' },
  { type: 'START_FAILED', breakage: 'final' },
  { type: 'START_TIMED_OUT' },
  { type: 'HANDLER_OK' },
  { type: 'HANDLER_ERROR' },
  { type: 'HANDLER_CRASHED', breakage: 'mendable' },
  { type: 'HANDLER_CRASHED', breakage: 'final' },
  { type: 'HANDLER_GONE' },
  { type: 'EXECUTION_BROKE' },
  { type: 'CRASH', breakage: 'mendable' },
  { type: 'CRASH', breakage: 'final' },
  { type: 'STALE_CRASH' },
  { type: 'DISPLACED' },
  { type: 'STALE_DISPLACED' },
  { type: 'STORE_DIED' },
  { type: 'BACKOFF_ELAPSED' },
  { type: 'COUNTDOWN_TICKED' },
  { type: 'PIN' },
  { type: 'UNPIN' },
  { type: 'KEEP' },
  { type: 'IDLE_NOTICED' },
  { type: 'IDLE_OVER' },
  { type: 'CULLED_GONE' },
  { type: 'CULLED_STUCK' },
  { type: 'WINDOW_ELAPSED' },
  { type: 'FORGOTTEN_WINDOW_ELAPSED' },
  { type: 'STABLE_ELAPSED' },
  { type: 'RUNTIME_GONE' },
  { type: 'RUNTIME_STUCK' },
  { type: 'STOP_TIMED_OUT' },
]

/** How an execution is announced to have ended. */
export type ModelEnd = 'succeeded' | 'failed' | 'cancelled' | 'lost'

/** Why a session is announced to have ended, and why the agent stopped. */
export type ModelStopReason = 'shutdown' | 'timeout' | 'restart' | 'displaced' | 'error'

export type ModelRow = 'pending' | 'executing' | 'completed' | 'failed' | 'cancelled'

export interface ModelInput {
  /** Whether a runtime that broke is started again at all. */
  readonly restart: 'transient' | 'temporary'
}

export interface ModelContext extends ModelInput {
  /** The queue's rows in the store, in request order. */
  readonly rows: readonly ModelRow[]
  /** Index of the row that runs. */
  readonly current: number | null
  /** What the running handler was told. */
  readonly ending: 'nothing' | 'cancel' | 'interrupt' | 'force'
  /** The running handler was interrupted, whatever it was told afterwards. */
  readonly isInterrupted: boolean
  readonly restartsInWindow: number
  /** The window of a restart that counts no more is not over. */
  readonly isForgottenWindowOpen: boolean
  /** It broke and was not stable since. */
  readonly isShaky: boolean
  /** Lives begun; each has a session row. */
  readonly lives: number
  readonly session: 'none' | 'open' | 'over'
  /** Code of what broke last and is not overcome. */
  readonly failure: string | null
  /** The next life has to wait for its backoff. */
  readonly hasBackoff: boolean
  /** Of every execution that ended, the first to end first. */
  readonly ends: readonly ModelEnd[]
  /** Of every session that ended, the oldest first. */
  readonly sessionEnds: readonly ModelStopReason[]
  /** Every restart and every failure that was announced, the oldest first. */
  readonly breaks: readonly ('restarting' | 'failed')[]
  readonly stopReason: ModelStopReason
  readonly isPinned: boolean
  readonly isCullNear: boolean
  /** A runtime was culled, and it is not known yet what became of it. */
  readonly isCulledOneHeld: boolean
  /** Part of the backoff has passed. */
  readonly hasTicked: boolean
  readonly isStoreDead: boolean
}

/** The transition of the agent's machine that a step of the model stands for; without an event there is none. */
export interface ModelMeta {
  readonly event: string
  readonly guard: string
  /** True when the transition is that of the machine itself, not of the state. */
  readonly ofAnyState?: boolean
}

export const queueLimit = 2
export const restartBudget = 1

const takes = (event: string, guard = '-'): ModelMeta => ({ event, guard })
const takesNothing: ModelMeta = { event: '', guard: '-' }
const takesAnywhere = (event: string, guard = '-'): ModelMeta => ({ event, guard, ofAnyState: true })

const indexOfWaiting = (context: ModelContext) => context.rows.indexOf('pending')
const withRow = (context: ModelContext, index: number, row: ModelRow) => ({
  rows: context.rows.map((status, position) => (position === index ? row : status)),
})
const endCurrent = (context: ModelContext, row: ModelRow, end: ModelEnd) => ({
  ends: context.current === null ? context.ends : [...context.ends, end],
  ...(context.current !== null &&
    context.rows[context.current] === 'executing' &&
    withRow(context, context.current, row)),
  current: null,
  ending: 'nothing' as const,
  isInterrupted: false,
})
const breakageCodes: Readonly<Record<Breakage, string>> = {
  mendable: 'workerCrashed',
  final: 'assetLoadFailed',
}

/** The code of what an event breaks. */
function codeOf(event: ModelEvent): string {
  if ('breakage' in event) return breakageCodes[event.breakage]
  if (event.type === 'STORE_DIED') return 'storeDied'
  if (event.type === 'START_TIMED_OUT') return 'startTimeout'
  return event.type === 'HANDLER_GONE' ? 'forcedStop' : 'machineCrashed'
}

/** What becomes of an execution whose runtime goes away without having failed. */
const isTakenAway = ({ type }: ModelEvent) => type === 'DISPLACED' || type === 'STORE_DIED'

const endReasonOf = ({ type }: ModelEvent): ModelStopReason =>
  type === 'RESTART' ? 'restart' : type === 'IDLE_OVER' ? 'shutdown' : 'error'

const isEveryWindowOver = (context: ModelContext) =>
  context.restartsInWindow === 0 && !context.isForgottenWindowOpen

const isMendable = (context: ModelContext, event: ModelEvent) =>
  context.restart === 'transient' && (!('breakage' in event) || event.breakage === 'mendable')

const base = setup({
  types: {
    input: {} as ModelInput,
    context: {} as ModelContext,
    events: {} as ModelEvent,
  },
  guards: {
    'it is in its first life, fresh': ({ context }) =>
      context.lives <= 1 && context.rows.length === 0 && !context.isShaky,
    'it is fresh, and pinned': ({ context }) =>
      context.lives <= 1 && context.rows.length === 0 && context.isPinned,
    'it may be culled': ({ context }) =>
      !context.isPinned && !context.isCullNear && !context.isShaky && isEveryWindowOver(context),
    'the cull is near': ({ context }) => context.isCullNear,
    'a culled one is held': ({ context }) => context.isCulledOneHeld,
    'it has not ticked': ({ context }) => !context.hasTicked && context.restartsInWindow > 0,
    'something waits': ({ context }) => indexOfWaiting(context) >= 0,
    'there is room': ({ context }) => context.rows.filter((row) => row === 'pending').length < queueLimit,
    'a restart is left': ({ context, event }) =>
      isMendable(context, event) && context.restartsInWindow < restartBudget,
    'no restart is left': ({ context, event }) => isMendable(context, event),
    'it was told nothing': ({ context }) => context.ending === 'nothing',
    'an interrupted one was cancelled': ({ context }) => context.ending === 'cancel' && context.isInterrupted,
    'it was interrupted': ({ context }) => context.isInterrupted,
    'it was told to stop': ({ context }) => context.ending === 'cancel' || context.ending === 'interrupt',
    'it was not cancelled': ({ context }) => context.ending === 'nothing' || context.ending === 'interrupt',
    'it was not forced': ({ context }) => context.ending !== 'force',
    'it was forced': ({ context }) => context.ending === 'force',
    'it can go on': ({ context }) => !context.isStoreDead,
    'it has lived': ({ context }) => context.lives > 0,
    'restarts are remembered': ({ context }) => context.restartsInWindow > 0 && context.ending === 'nothing',
    'it is shaky, and restarts are forgotten': ({ context }) =>
      context.isShaky && isEveryWindowOver(context) && context.ending === 'nothing',
    'a forgotten window is open': ({ context }) =>
      context.isForgottenWindowOpen && context.restartsInWindow > 0 && context.ending === 'nothing',
  },
})

const model = base.extend({
  actions: {
    'add a row': base.assign(({ context }) => ({ rows: [...context.rows, 'pending' as const] })),
    'add a refused row': base.assign(({ context }) => ({ rows: [...context.rows, 'failed' as const] })),
    'cancel the first that waits': base.assign(({ context }) =>
      withRow(context, indexOfWaiting(context), 'cancelled'),
    ),
    'cancel all that waits': base.assign(({ context }) => ({
      rows: context.rows.map((row) => (row === 'pending' ? 'cancelled' : row)),
    })),
    'run the next': base.assign(({ context }) => ({
      ...withRow(context, indexOfWaiting(context), 'executing'),
      current: indexOfWaiting(context),
      ending: 'nothing' as const,
    })),
    'mark the running row cancelled': base.assign(({ context }) => ({
      ...withRow(context, context.current ?? -1, 'cancelled'),
      ending: 'cancel' as const,
    })),
    'tell it to stop': base.assign({ ending: 'interrupt', isInterrupted: true }),
    'force it': base.assign({ ending: 'force' }),
    'end as completed': base.assign(({ context }) =>
      endCurrent(context, 'completed', context.ending === 'cancel' ? 'cancelled' : 'succeeded'),
    ),
    'end as failed': base.assign(({ context, event }) =>
      endCurrent(context, 'failed', isTakenAway(event) ? 'lost' : 'failed'),
    ),
    'end as cancelled': base.assign(({ context }) => endCurrent(context, 'cancelled', 'cancelled')),
    'begin a life': base.assign(({ context }) => ({
      lives: context.lives + 1,
      session: 'open' as const,
    })),
    'close the session': base.assign(({ context, event }) => ({
      session: 'over' as const,
      sessionEnds: [...context.sessionEnds, endReasonOf(event)],
    })),
    'note that others closed the session': base.assign({ session: 'over' }),
    'close the session if there is one': base.assign(({ context }) => ({
      session: context.session === 'open' ? ('over' as const) : context.session,
      ...(context.sessionEnds.length < context.lives && {
        sessionEnds: [...context.sessionEnds, context.stopReason],
      }),
    })),
    'close the session unless it is over': base.assign(({ context, event }) => ({
      ...(context.sessionEnds.length < context.lives && {
        sessionEnds: [...context.sessionEnds, endReasonOf(event)],
      }),
    })),
    'note why it stops': base.assign(({ event }) => ({
      stopReason: event.type === 'DISPLACED' ? ('displaced' as const) : ('timeout' as const),
    })),
    'count a restart': base.assign(({ context }) => ({
      restartsInWindow: context.restartsInWindow + 1,
      isShaky: true,
      hasBackoff: true,
    })),
    'announce the restart': base.assign(({ context }) => ({
      breaks: [...context.breaks, 'restarting' as const],
    })),
    'announce the failure': base.assign(({ context }) => ({
      breaks: [...context.breaks, 'failed' as const],
    })),
    'restart at once': base.assign({ hasBackoff: false, failure: null }),
    'note what broke': base.assign(({ event }) => ({ failure: codeOf(event) })),
    'note that it breaks again and again': base.assign({ failure: 'crashLoop' }),
    'forget the restarts in the window': base.assign({ restartsInWindow: 0, isForgottenWindowOpen: false }),
    'close the forgotten window': base.assign({ isForgottenWindowOpen: false }),
    'forget all restarts': base.assign(({ context }) => ({
      restartsInWindow: 0,
      isForgottenWindowOpen: context.isForgottenWindowOpen || context.restartsInWindow > 0,
      isShaky: false,
      failure: null,
    })),
    pin: base.assign({ isPinned: true, isCullNear: false }),
    unpin: base.assign({ isPinned: false }),
    'begin the idle time anew': base.assign({ isCullNear: false }),
    'note that the cull is near': base.assign({ isCullNear: true }),
    'hold a culled one': base.assign({ isCulledOneHeld: true }),
    'forget the culled one': base.assign({ isCulledOneHeld: false }),
    'note the tick': base.assign({ hasTicked: true }),
    'forget the tick': base.assign({ hasTicked: false }),
    'lose the store': base.assign({ isStoreDead: true }),
  },
})

/** A runtime that does not come up: the queue waits for the next life, if there is one. */
const failedStart = (event: string) =>
  [
    {
      guard: 'a restart is left',
      target: 'restarting',
      actions: ['note what broke', 'close the session', 'count a restart'],
      meta: takes(event, 'restart is allowed'),
    },
    {
      guard: 'no restart is left',
      target: 'failed',
      actions: ['note that it breaks again and again', 'close the session'],
      meta: takes(event, 'restart budget is spent'),
    },
    {
      target: 'failed',
      actions: ['note what broke', 'close the session'],
      meta: takes(event),
    },
  ] as const

/** A runtime that dies: what runs has failed, what waits is given up. */
const crash = [
  {
    guard: 'a restart is left',
    target: 'restarting',
    actions: [
      'note what broke',
      'end as failed',
      'cancel all that waits',
      'close the session',
      'count a restart',
    ],
    meta: takes('runtime.crashed', 'restart is allowed'),
  },
  {
    guard: 'no restart is left',
    target: 'failed',
    actions: ['note that it breaks again and again', 'end as failed', 'close the session'],
    meta: takes('runtime.crashed', 'restart budget is spent'),
  },
  {
    target: 'failed',
    actions: ['note what broke', 'end as failed', 'close the session'],
    meta: takes('runtime.crashed'),
  },
] as const

const staleReports = {
  STALE_CRASH: { meta: takes('runtime.crashed', 'report is from another life') },
  STALE_DISPLACED: { meta: takes('session.displaced', 'report is from another life') },
} as const

const lateReports = {
  STALE_CRASH: { guard: 'it can go on', meta: takesAnywhere('runtime.crashed') },
  STALE_DISPLACED: { guard: 'it can go on', meta: takesAnywhere('session.displaced') },
} as const

/** What becomes of requests while the agent takes them but cannot run them at once. */
const requests = {
  REQUEST: [
    { guard: 'there is room', actions: 'add a row', meta: takes('execution.request') },
    { actions: 'add a refused row', meta: takes('execution.request', 'queue is full') },
  ],
  REQUEST_AGAIN: { guard: 'something waits', meta: takes('execution.request', 'request is known') },
  CANCEL_WAITING: {
    guard: 'something waits',
    actions: 'cancel the first that waits',
    meta: takes('execution.cancel'),
  },
} as const

const timePasses = {
  WINDOW_ELAPSED: {
    guard: 'restarts are remembered',
    actions: 'forget the restarts in the window',
    meta: takesAnywhere('restart.forgotten', 'restart still counts'),
  },
  FORGOTTEN_WINDOW_ELAPSED: {
    guard: 'a forgotten window is open',
    actions: 'close the forgotten window',
    meta: takesNothing,
  },
  STABLE_ELAPSED: {
    guard: 'it is shaky, and restarts are forgotten',
    actions: 'forget all restarts',
    meta: takes('agent.stable'),
  },
} as const

const stopped = {
  target: 'shuttingDown',
  actions: 'note why it stops',
  meta: takes('agent.stop'),
} as const
const storeDied = {
  target: 'failed',
  actions: ['note what broke', 'end as failed', 'close the session unless it is over', 'lose the store'],
  meta: takes('store.died'),
} as const

export const agentModel = model.createMachine({
  id: 'agentModel',
  context: ({ input }) => ({
    ...input,
    rows: [],
    current: null,
    ending: 'nothing',
    isInterrupted: false,
    restartsInWindow: 0,
    isForgottenWindowOpen: false,
    isShaky: false,
    isPinned: false,
    isCullNear: false,
    isCulledOneHeld: false,
    hasTicked: false,
    lives: 0,
    session: 'none',
    failure: null,
    hasBackoff: false,
    ends: [],
    sessionEnds: [],
    breaks: [],
    stopReason: 'shutdown',
    isStoreDead: false,
  }),
  initial: 'idle',
  states: {
    idle: {
      on: {
        CULLED_GONE: {
          guard: 'a culled one is held',
          actions: 'forget the culled one',
          meta: takesAnywhere('done(disposal)'),
        },
        CULLED_STUCK: {
          guard: 'a culled one is held',
          actions: 'forget the culled one',
          meta: takesAnywhere('error(disposal)'),
        },
        START: { target: 'starting', meta: takes('agent.start') },
        RESTART: { target: 'starting', meta: takes('agent.restart') },
        REQUEST: { target: 'starting', actions: 'add a row', meta: takes('execution.request') },
        STOP: { target: 'stopped', actions: 'note why it stops', meta: takes('agent.stop') },
        STORE_DIED: {
          target: 'failed',
          actions: ['note what broke', 'lose the store'],
          meta: takes('store.died'),
        },
      },
    },
    starting: {
      entry: 'begin a life',
      on: {
        PIN: {
          guard: 'it is in its first life, fresh',
          actions: 'pin',
          meta: takesAnywhere('agent.pin'),
        },
        UNPIN: { guard: 'it is fresh, and pinned', actions: 'unpin', meta: takesAnywhere('agent.unpin') },
        RUNTIME_UP: [
          {
            guard: 'something waits',
            target: 'executing',
            meta: takes('done(runtime)', 'queue is not empty'),
          },
          { target: 'running', meta: takes('done(runtime)') },
        ],
        START_FAILED: failedStart('error(runtime)'),
        START_TIMED_OUT: failedStart('after(start timeout)'),
        ...requests,
        STOP: stopped,
        CRASH: crash,
        DISPLACED: {
          target: 'shuttingDown',
          actions: 'note why it stops',
          meta: takes('session.displaced'),
        },
        ...staleReports,
        STORE_DIED: storeDied,
      },
    },
    running: {
      exit: 'begin the idle time anew',
      on: {
        PIN: { guard: 'it is in its first life, fresh', actions: 'pin', meta: takes('agent.pin') },
        UNPIN: { guard: 'it is fresh, and pinned', actions: 'unpin', meta: takes('agent.unpin') },
        KEEP: {
          guard: 'the cull is near',
          actions: 'begin the idle time anew',
          meta: takes('agent.keep'),
        },
        IDLE_NOTICED: [
          {
            guard: 'it may be culled',
            actions: 'note that the cull is near',
            meta: takes('idle.noticed'),
          },
          { guard: 'it is fresh, and pinned', meta: takesNothing },
        ],
        IDLE_OVER: {
          guard: 'the cull is near',
          target: 'idle',
          actions: ['close the session', 'hold a culled one'],
          meta: takes('idle.over'),
        },
        REQUEST: { target: 'executing', actions: 'add a row', meta: takes('execution.request') },
        STOP: stopped,
        RESTART: {
          target: 'restarting',
          actions: ['restart at once', 'close the session'],
          meta: takes('agent.restart'),
        },
        CRASH: crash,
        DISPLACED: {
          target: 'shuttingDown',
          actions: ['note that others closed the session', 'note why it stops'],
          meta: takes('session.displaced'),
        },
        ...staleReports,
        STORE_DIED: storeDied,
        ...timePasses,
      },
    },
    executing: {
      entry: 'run the next',
      on: {
        HANDLER_OK: [
          {
            guard: 'an interrupted one was cancelled',
            target: 'running',
            actions: ['end as completed', 'cancel all that waits'],
            meta: takes('done(execution)', 'end of this cell ends the queue'),
          },
          {
            guard: and(['it was not forced', 'something waits']),
            target: 'executing',
            reenter: true,
            actions: 'end as completed',
            meta: takes('done(execution)', 'runtime is kept, and a request waits'),
          },
          {
            guard: 'it was not forced',
            target: 'running',
            actions: 'end as completed',
            meta: takes('done(execution)', 'runtime is kept'),
          },
        ],
        HANDLER_ERROR: [
          {
            guard: 'it was told nothing',
            target: 'running',
            actions: ['end as failed', 'cancel all that waits'],
            meta: takes('done(execution)', 'end of this cell ends the queue'),
          },
          {
            guard: and(['it was told to stop', 'it was interrupted']),
            target: 'running',
            actions: ['end as cancelled', 'cancel all that waits'],
            meta: takes('done(execution)', 'end of this cell ends the queue'),
          },
          {
            guard: and(['it was told to stop', 'something waits']),
            target: 'executing',
            reenter: true,
            actions: 'end as cancelled',
            meta: takes('done(execution)', 'runtime is kept, and a request waits'),
          },
          {
            guard: 'it was told to stop',
            target: 'running',
            actions: 'end as cancelled',
            meta: takes('done(execution)', 'runtime is kept'),
          },
        ],
        HANDLER_CRASHED: [
          {
            guard: and(['it was told nothing', 'a restart is left']),
            target: 'restarting',
            actions: [
              'note what broke',
              'end as failed',
              'cancel all that waits',
              'close the session',
              'count a restart',
            ],
            meta: takes('done(execution)', 'restart is allowed'),
          },
          {
            guard: and(['it was told nothing', 'no restart is left']),
            target: 'failed',
            actions: ['note that it breaks again and again', 'end as failed', 'close the session'],
            meta: takes('done(execution)', 'restart budget is spent'),
          },
          {
            guard: 'it was told nothing',
            target: 'failed',
            actions: ['note what broke', 'end as failed', 'close the session'],
            meta: takes('done(execution)'),
          },
        ],
        HANDLER_GONE: [
          {
            guard: and(['it was forced', 'a restart is left']),
            target: 'restarting',
            actions: [
              'note what broke',
              'end as cancelled',
              'cancel all that waits',
              'close the session',
              'count a restart',
            ],
            meta: takes('done(execution)', 'restart is allowed'),
          },
          {
            guard: and(['it was forced', 'no restart is left']),
            target: 'failed',
            actions: ['note that it breaks again and again', 'end as cancelled', 'close the session'],
            meta: takes('done(execution)', 'restart budget is spent'),
          },
          {
            guard: 'it was forced',
            target: 'failed',
            actions: ['note what broke', 'end as cancelled', 'close the session'],
            meta: takes('done(execution)'),
          },
        ],
        EXECUTION_BROKE: {
          target: 'failed',
          actions: ['note what broke', 'end as failed', 'close the session'],
          meta: takes('error(execution)'),
        },
        ...requests,
        CANCEL_RUNNING: {
          guard: 'it was not cancelled',
          actions: 'mark the running row cancelled',
          meta: takes('execution.cancel', 'cancelled request is running'),
        },
        INTERRUPT: {
          guard: 'it was told nothing',
          actions: 'tell it to stop',
          meta: takes('execution.interrupt'),
        },
        FORCE: { guard: 'it was told to stop', actions: 'force it', meta: takes('execution.force') },
        STOP: {
          target: 'shuttingDown',
          actions: ['note why it stops', 'end as cancelled'],
          meta: takes('agent.stop'),
        },
        RESTART: {
          target: 'restarting',
          actions: ['restart at once', 'end as cancelled', 'cancel all that waits', 'close the session'],
          meta: takes('agent.restart'),
        },
        CRASH: crash,
        DISPLACED: {
          target: 'shuttingDown',
          actions: ['end as failed', 'note that others closed the session', 'note why it stops'],
          meta: takes('session.displaced'),
        },
        ...staleReports,
        STORE_DIED: storeDied,
        ...timePasses,
      },
    },
    restarting: {
      entry: 'announce the restart',
      exit: 'forget the tick',
      on: {
        COUNTDOWN_TICKED: {
          guard: 'it has not ticked',
          actions: 'note the tick',
          meta: takes('restart.tick'),
        },
        BACKOFF_ELAPSED: { target: 'starting', meta: takes('after(restart delay)') },
        START: { target: 'starting', meta: takes('agent.start') },
        RESTART: { target: 'starting', meta: takes('agent.restart') },
        RUNTIME_STUCK: { meta: takes('error(runtime)') },
        ...requests,
        STOP: stopped,
        ...lateReports,
        STORE_DIED: storeDied,
      },
    },
    failed: {
      entry: ['cancel all that waits', 'announce the failure'],
      on: {
        START: {
          guard: 'it can go on',
          target: 'starting',
          actions: 'forget all restarts',
          meta: takes('agent.start'),
        },
        RESTART: {
          guard: 'it can go on',
          target: 'starting',
          actions: 'forget all restarts',
          meta: takes('agent.restart'),
        },
        RUNTIME_STUCK: { guard: 'it can go on', meta: takes('error(runtime)') },
        REQUEST: {
          guard: 'it can go on',
          actions: 'add a refused row',
          meta: takes('execution.request'),
        },
        STOP: { guard: 'it has lived', ...stopped },
        ...lateReports,
      },
    },
    shuttingDown: {
      on: {
        RUNTIME_GONE: { target: 'stopped', meta: takes('done(runtime)') },
        RUNTIME_STUCK: { target: 'stopped', meta: takes('error(runtime)') },
        STOP_TIMED_OUT: { target: 'stopped', meta: takes('after(stop timeout)') },
      },
    },
    stopped: { type: 'final', entry: 'close the session if there is one' },
  },
})
