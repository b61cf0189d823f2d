import { logger } from '@runtimed/agent-core'
import { expect, onTestFinished, test, vi } from 'vitest'
import { assign, setup, transition } from 'xstate'
import {
  coverTransitions,
  createAgentModel,
  fakeHandler,
  testRegistry,
  type TestRegistryOptions,
} from '../../src/testing/index.js'
import '../../src/testing/vitest.js'

logger.configure({ console: false })

function open(options: TestRegistryOptions) {
  const tested = testRegistry(options)
  onTestFinished(() => tested.close())
  return tested
}

test('a request runs once, however often it is written', async () => {
  const fake = fakeHandler()
  const notebook = await open({ types: { fake } }).openNotebook(['hello', 'again'])
  const agent = await notebook.start()
  expect(agent).toBeInState('running')
  const first = await notebook.request(0)
  await notebook.requestAgain(first)
  expect(await notebook.ended(first)).toMatchObject({ cellId: 'cell-0', status: 'completed', reason: null })
  await notebook.requestAgain(first)
  await notebook.run(1)
  expect(fake).toHaveRunOnce(first)
  expect(notebook.text(0)).toBe('hello\n')
  expect(notebook.executions().map(({ status }) => status)).toEqual(['completed', 'completed'])
})

test('time stands still until the clock is moved', async () => {
  const fake = fakeHandler()
  const { clock, openNotebook } = open({ types: { fake } })
  const notebook = await openNotebook([])
  const agent = await notebook.start()
  fake.crash({ code: 'outOfMemory', message: 'No memory is left.' })
  expect(agent).toBeInState('restarting')
  expect(agent).toHaveFailedWith('outOfMemory')
  expect(fake.created()).toBe(1)
  clock.increment(2_000)
  await vi.waitUntil(() => agent.getSnapshot().matches('running'))
  expect({ created: fake.created(), alive: fake.alive() }).toEqual({ created: 2, alive: 1 })
})

test('starts fail as they are told, and cells that wait are interrupted', async () => {
  const fake = fakeHandler({
    failingStarts: ['no port is free'],
    execute: ({ abortSignal }) =>
      new Promise((resolve) =>
        abortSignal.addEventListener('abort', () => resolve({ success: false, error: 'interrupted' })),
      ),
  })
  const notebook = await open({
    types: { fake: { ...fake, settings: { restart: 'temporary' } } },
  }).openNotebook(['a'])
  await expect(notebook.start()).rejects.toThrow('no port is free')
  const agent = await notebook.start()
  const id = await notebook.request(0)
  await vi.waitUntil(() => fake.runs.length === 1)
  agent.interrupt()
  expect(await notebook.ended(id)).toMatchObject({ status: 'cancelled' })
  expect(fake.interrupts()).toBe(1)
})

test('matchers say what was found and what was expected', async () => {
  const fake = fakeHandler()
  const notebook = await open({ types: { fake } }).openNotebook(['a'])
  const agent = await notebook.start()
  expect(() => expect(agent).toBeInState('idle')).toThrow('It is in "running"; idle was expected.')
  expect(() => expect(agent).not.toBeInState('running')).toThrow('not running was expected')
  expect(() => expect(agent).toHaveFailedWith('crashLoop')).toThrow(
    'It shows no failure; crashLoop was expected.',
  )
  expect(() => expect(fake).toHaveRunOnce('x')).toThrow('Execution x ran 0 times; once was expected.')
})

test('what cannot be is refused with what was expected', async () => {
  expect(() => testRegistry({ types: {} })).toThrow('needs one runtime type at least')
  const notebook = await open({ types: { fake: fakeHandler() } }).openNotebook(['a'])
  await expect(notebook.request(1)).rejects.toThrow('There is no cell 1; the notebook has 1.')
})

test('paths through a machine of one’s own take every transition, guards included', () => {
  const door = setup({
    types: {
      context: {} as { locked: boolean },
      events: {} as { type: 'OPEN' | 'CLOSE' | 'LOCK' | 'UNLOCK' },
    },
    guards: { 'it is locked': ({ context }) => context.locked },
  }).createMachine({
    context: { locked: false },
    initial: 'closed',
    states: {
      closed: {
        on: {
          OPEN: [{ guard: 'it is locked', target: 'closed' }, { target: 'open' }],
          LOCK: { actions: ({ context }) => void context },
          UNLOCK: {},
        },
      },
      open: { on: { CLOSE: 'closed' } },
    },
  })
  const events = [{ type: 'OPEN' }, { type: 'CLOSE' }, { type: 'LOCK' }, { type: 'UNLOCK' }] as const
  const { paths, labels } = coverTransitions({ machine: door, events })
  expect([...labels].toSorted()).toEqual([
    'closed | LOCK | -',
    'closed | OPEN | -',
    'closed | UNLOCK | -',
    'open | CLOSE | -',
  ])
  expect(paths.flat().map(({ after }) => after.value)).toContain('open')
  for (const path of paths) {
    let snapshot = door.resolveState({ value: 'closed', context: { locked: false } })
    for (const { event, after } of path) {
      ;[snapshot] = transition(door, snapshot, event)
      expect(snapshot.value).toBe(after.value)
    }
  }
})

test('the model of an agent has an end, and reaches every state', () => {
  const { paths, states, labels } = coverTransitions({ ...createAgentModel(), maxLength: 20 })
  expect({ paths: paths.length > 10, states: states > 100, labels: labels.size > 80 }).toEqual({
    paths: true,
    states: true,
    labels: true,
  })
})

test('a machine whose states have no end is refused, naming the field that grows', () => {
  const counter = setup({
    types: { context: {} as { clicks: number; name: string }, events: {} as { type: 'CLICK' } },
  }).createMachine({
    id: 'counter',
    context: { clicks: 0, name: 'x' },
    on: { CLICK: { actions: assign({ clicks: ({ context }) => context.clicks + 1 }) } },
  })
  const walk = () => coverTransitions({ machine: counter, events: [{ type: 'CLICK' }], maxStates: 1_000 })
  expect(walk).toThrow(/"counter" has more than 1000 states.* "clicks" of the context has taken 1001 values/)
})
