import { setup } from 'xstate'
import type { LimitPolicy } from '../../machines/index.js'

/**
 * What a registry promises, as a pure machine, written from the rules: one agent per notebook up to the limit, what happens to
 * one more is the policy's, a crash touches no other agent, and a registry that drains ends them all and then itself.
 */

export type RegistryModelEvent =
  /** An agent is asked for, for one more notebook. */
  | { readonly type: 'OPEN' }
  /** A spawn that was on its way arrives. */
  | { readonly type: 'LATE_SPAWN' }
  /** The agent that came last is shut down, or its machine breaks. */
  | { readonly type: 'SHUT_DOWN' }
  | { readonly type: 'CRASH' }
  | { readonly type: 'DRAIN' }
  /** The runtimes are gone. */
  | { readonly type: 'ALL_GONE' }

export const registryModelEvents: readonly RegistryModelEvent[] = [
  { type: 'OPEN' },
  { type: 'LATE_SPAWN' },
  { type: 'SHUT_DOWN' },
  { type: 'CRASH' },
  { type: 'DRAIN' },
  { type: 'ALL_GONE' },
]

export type NotebookState = 'up' | 'waiting' | 'refused' | 'ending' | 'gone' | 'crashed'

export interface RegistryModelInput {
  readonly policy: LimitPolicy
  /** Agents that may be there. */
  readonly room: number
}

export interface RegistryModelContext extends RegistryModelInput {
  /** In the order in which they were opened. */
  readonly notebooks: readonly NotebookState[]
}

/** Transitions of the registry's machine that a step of the model stands for. */
export interface RegistryModelMeta {
  /** `state | event | guard` */
  readonly takes: readonly string[]
}

const mostNotebooks = 4
const spawn = 'active | agent.spawn | -'
const drain = 'active | registry.drain | -'
const drained = 'draining | always | no agent is left'
const takes = (...labels: string[]): RegistryModelMeta => ({ takes: labels })

const live = ({ notebooks }: RegistryModelContext) => notebooks.filter((state) => state === 'up').length
const isFull = (context: RegistryModelContext) => live(context) >= context.room
const last = ({ notebooks }: RegistryModelContext) => notebooks.lastIndexOf('up')
const withState = (context: RegistryModelContext, index: number, state: NotebookState) =>
  context.notebooks.map((other, position) => (position === index ? state : other))

const base = setup({
  types: {
    input: {} as RegistryModelInput,
    context: {} as RegistryModelContext,
    events: {} as RegistryModelEvent,
  },
  guards: {
    'it is full, and one may wait': ({ context }) => isFull(context) && context.policy === 'queue',
    'it is full, and an idle one can go': ({ context }) => isFull(context) && context.policy === 'evictIdle',
    'it is full': ({ context }) => isFull(context),
    'a notebook is left': ({ context }) => context.notebooks.length < mostNotebooks,
    'one waits, and one is up': ({ context }) => live(context) > 0 && context.notebooks.includes('waiting'),
    'one is up': ({ context }) => live(context) > 0,
    'nobody is there': ({ context }) => live(context) === 0,
  },
})

const model = base.extend({
  actions: {
    'let one up': base.assign(({ context }) => ({ notebooks: [...context.notebooks, 'up' as const] })),
    'let one wait': base.assign(({ context }) => ({ notebooks: [...context.notebooks, 'waiting' as const] })),
    'refuse one': base.assign(({ context }) => ({ notebooks: [...context.notebooks, 'refused' as const] })),
    'let one take the place of the first': base.assign(({ context }) => ({
      notebooks: [...withState(context, context.notebooks.indexOf('up'), 'gone'), 'up' as const],
    })),
    'lose the last': base.assign(({ context }) => ({ notebooks: withState(context, last(context), 'gone') })),
    'break the last': base.assign(({ context }) => ({
      notebooks: withState(context, last(context), 'crashed'),
    })),
    'let the next up': base.assign(({ context }) => ({
      notebooks: withState(context, context.notebooks.indexOf('waiting'), 'up'),
    })),
    'end all': base.assign(({ context }) => ({
      notebooks: context.notebooks.map((state) =>
        state === 'up' ? 'ending' : state === 'waiting' ? 'refused' : state,
      ),
    })),
    'all are gone': base.assign(({ context }) => ({
      notebooks: context.notebooks.map((state) => (state === 'ending' ? 'gone' : state)),
    })),
  },
})

/** One agent less, whether it ended or broke; who waits takes its place. */
const oneLess = (action: 'lose the last' | 'break the last', event: string) =>
  [
    {
      guard: 'one waits, and one is up',
      actions: [action, 'let the next up'],
      meta: takes(`(any) | ${event} | -`, spawn),
    },
    { guard: 'one is up', actions: action, meta: takes(`(any) | ${event} | -`) },
  ] as const

export const registryModel = model.createMachine({
  id: 'registryModel',
  context: ({ input }) => ({ ...input, notebooks: [] }),
  initial: 'active',
  states: {
    active: {
      on: {
        OPEN: [
          {
            guard: 'it is full, and one may wait',
            actions: 'let one wait',
            meta: takes('active | agent.spawn | limit is reached, and agents may wait'),
          },
          {
            guard: 'it is full, and an idle one can go',
            actions: 'let one take the place of the first',
            meta: takes(
              'active | agent.spawn | limit is reached, and an idle agent can go',
              '(any) | done(*) | -',
              spawn,
            ),
          },
          {
            guard: 'it is full',
            actions: 'refuse one',
            meta: takes('active | agent.spawn | limit is reached'),
          },
          { actions: 'let one up', meta: takes(spawn) },
        ],
        SHUT_DOWN: oneLess('lose the last', 'done(*)'),
        CRASH: oneLess('break the last', 'error(*)'),
        DRAIN: [
          {
            guard: 'nobody is there',
            target: 'stopped',
            actions: 'end all',
            meta: takes(drain, drained),
          },
          { target: 'draining', actions: 'end all', meta: takes(drain) },
        ],
      },
    },
    draining: {
      on: {
        LATE_SPAWN: {
          guard: 'a notebook is left',
          actions: 'refuse one',
          meta: takes('draining | agent.spawn | -'),
        },
        ALL_GONE: {
          target: 'stopped',
          actions: 'all are gone',
          meta: takes('(any) | done(*) | -', drained),
        },
      },
    },
    stopped: { type: 'final' },
  },
})
