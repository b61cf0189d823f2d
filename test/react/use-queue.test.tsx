// @vitest-environment happy-dom
import { tables } from '@runtimed/schema'
import { expect, test, vi } from 'vitest'
import { closeNotebookStore } from '../../src/index.js'
import { RuntimeAgentProvider, useQueue, type QueueHandle } from '../../src/react/index.js'
import { queueRows, requestOf } from '../support/notebooks.js'
import { waitUntil } from '../support/wait-for.js'
import { configOf, createRegistry, mount, openNotebook, steeredType } from './support.js'

const user = { userId: 'ada', authToken: 'token' }

function queueProbe() {
  const renders: QueueHandle[] = []
  function Probe() {
    renders.push(useQueue())
    return null
  }
  return { Probe, renders, last: () => renders.at(-1)! }
}

async function mountQueue(sources: readonly string[], registry = createRegistry()) {
  const store = await openNotebook(sources)
  const probe = queueProbe()
  const mounted = mount(
    <RuntimeAgentProvider {...user} store={store} registry={registry}>
      <probe.Probe />
    </RuntimeAgentProvider>,
  )
  await waitUntil('mounted', mounted.isMounted)
  return { ...mounted, store, probe }
}

const places = ({ entries }: QueueHandle) => entries.map(({ cellId, position }) => `${cellId} ${position}`)

test('run all asks for all cells in order; cancel all takes them back, without an agent', async () => {
  const { store, probe } = await mountQueue(['a', 'b', 'c'])
  expect(probe.last()).toMatchObject({ entries: [], unserved: null })
  await probe.last().runAll()
  await waitUntil('queued', () => probe.last().entries.length === 3)
  expect(places(probe.last())).toEqual(['c0 1', 'c1 2', 'c2 3'])
  await probe.last().runAll()
  expect(queueRows(store)).toHaveLength(3)
  await probe.last().cancelAll('not now')
  await waitUntil('empty', () => probe.last().entries.length === 0)
  expect(queueRows(store)).toMatchObject(
    [0, 1, 2].map(() => ({ status: 'cancelled', cancelReason: 'not now' })),
  )
})

test('tells how long each probably waits, once something has run', async () => {
  const type = steeredType()
  const done = configOf('done', () => Promise.resolve({ success: true }))
  const registry = createRegistry(type.config, done)
  const { store, probe } = await mountQueue(['a', 'b', 'c'], registry)
  const agent = await registry.getOrCreateAgent(store.storeId, 'done', { store })
  await probe.last().runAll()
  await waitUntil('all ran', () => queueRows(store).every(({ status }) => status === 'completed'))
  await agent.shutdown()
  type.release()
  await registry.getOrCreateAgent(store.storeId, 'steered', { store })
  await probe.last().runAll()
  await waitUntil('one runs', () => type.running() === 1)
  await waitUntil('it is seen', () => probe.last().entries[0]?.state === 'executing')
  const { entries } = probe.last()
  expect(places(probe.last())).toEqual(['c0 0', 'c1 1', 'c2 2'])
  const durations = store.query(tables.executionQueue.orderBy('requestSeq', 'asc')).slice(0, 3)
  const [a = NaN, b = NaN] = durations.map(({ executionDurationMs }) => executionDurationMs ?? NaN)
  expect(entries.map(({ waitMs }) => waitMs)).toEqual([0, a, a + b])
})

test('says that nobody serves the queue after a minute, and stops saying so', async () => {
  const { store, probe } = await mountQueue(['a'])
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  try {
    store.commit(requestOf('q0', 'c0'))
    await vi.waitFor(() => expect(probe.last().entries).toHaveLength(1))
    await vi.advanceTimersByTimeAsync(60_000)
    await vi.waitFor(() => expect(probe.last().unserved).toMatchObject({ code: 'noRuntime' }))
    await Promise.all([probe.last().cancelAll(), vi.advanceTimersByTimeAsync(100)])
    await vi.waitFor(() => expect(probe.last().unserved).toBeNull())
  } finally {
    vi.useRealTimers()
  }
})

test('keeps what was seen last when the store ends, and commands reject', async () => {
  const { store, probe } = await mountQueue(['a'])
  await probe.last().runAll()
  await waitUntil('queued', () => probe.last().entries.length === 1)
  await closeNotebookStore(store)
  await expect(probe.last().runAll()).rejects.toMatchObject({ code: expect.any(String) as string })
  expect(probe.last().entries).toHaveLength(1)
})

test('without a store the queue is empty, and commands say what to do', async () => {
  const probe = queueProbe()
  mount(
    <RuntimeAgentProvider {...user} store={null}>
      <probe.Probe />
    </RuntimeAgentProvider>,
  )
  await waitUntil('rendered', () => probe.renders.length)
  expect(probe.last().entries).toEqual([])
  await expect(probe.last().cancelAll()).rejects.toMatchObject({ code: 'STORE_REQUIRED' })
})
