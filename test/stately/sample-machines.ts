import { and, assign, createMachine, fromPromise, not, or, setup } from 'xstate'

/** A machine that uses each construct that a definition can hold at least once. */
export const everythingMachine = setup({
  types: { context: {} as { count: number }, input: {} as { count: number } },
  actors: { load: fromPromise(async () => 1), save: fromPromise(async () => 2) },
  guards: {
    'has work': ({ context }) => context.count > 0,
    'is below': ({ context }, params: { limit: number }) => context.count < params.limit,
  },
  actions: {
    remember: assign({ count: 1 }),
    forget: assign({ count: 0 }),
    'log <it> & "go" on': () => {},
    'report level': (_world, _params: { level: string }) => {},
  },
  delays: { patience: 100 },
}).createMachine({
  id: 'everything',
  description:
    'Holds one of each: <tags>, "quotes" & ampersands, and a sentence that is long enough to wrap.',
  context: ({ input }) => ({ count: input.count }),
  initial: 'idle',
  on: {
    stop: '.stopped',
    'notice.*': { actions: ['remember', 'log <it> & "go" on'] },
    forbidden: undefined,
  },
  states: {
    idle: {
      tags: ['quiet', 'ready'],
      entry: ['remember', { type: 'report level', params: { level: 'info' } }],
      exit: 'forget',
      always: { guard: and(['has work', not('has work')]), target: 'working' },
      on: {
        start: [
          { guard: { type: 'is below', params: { limit: 3 } }, target: 'working', actions: 'remember' },
          { guard: or(['has work', not('has work')]), target: 'working', actions: ['forget', 'remember'] },
          { actions: 'forget' },
        ],
        again: { target: 'idle', reenter: true },
        jump: '#deep-one',
        'start.both': { target: ['both.left.on', 'both.right.two'] },
      },
      after: { 500: 'stopped', patience: { target: 'working', actions: 'remember' } },
    },
    working: {
      initial: 'loading',
      invoke: { id: 'saver', src: 'save', input: () => 1, onDone: '.saved', onError: 'idle' },
      onDone: 'both',
      states: {
        loading: {
          id: 'deep-one',
          invoke: {
            src: 'load',
            onDone: { target: 'saved', actions: assign({ count: 3 }) },
            onError: {
              guard: function isFatal() {
                return true
              },
              target: '#everything.stopped',
            },
          },
        },
        saved: { type: 'final' },
        last: { type: 'history', history: 'deep' },
      },
      on: { back: '.last' },
    },
    both: {
      type: 'parallel',
      states: {
        left: { initial: 'off', states: { off: { on: { flip: 'on' } }, on: { on: { flip: 'off' } } } },
        right: { initial: 'one', states: { one: { on: { next: 'two' } }, two: {} } },
      },
      on: { back: 'working.last' },
    },
    stopped: { type: 'final' },
  },
})

/** Static context and no surprises. */
export const lampMachine = createMachine({
  id: 'lamp',
  context: { watts: 5 },
  initial: 'off',
  states: { off: { on: { press: 'on' } }, on: { on: { press: 'off' } } },
})
