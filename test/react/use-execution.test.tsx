// @vitest-environment happy-dom
import { events, tables, type Store } from '@runtimed/schema'
import { expect, test } from 'vitest'
import { createFailure } from '../../machines/index.js'
import { encodeEnd } from '../../src/livestore/stored-end.js'
import { RuntimeAgentProvider, useExecution, type ExecutionHandle } from '../../src/react/index.js'
import { queueRows, requestOf } from '../support/notebooks.js'
import { waitUntil } from '../support/wait-for.js'
import { configOf, createRegistry, mount, openNotebook, steeredType } from './support.js'

const user = { userId: 'ada', authToken: 'token' }

interface ExecutionProbe {
  readonly Probe: () => null
  readonly renders: ExecutionHandle[]
  readonly last: () => ExecutionHandle
}

function executionProbe(cellId: string): ExecutionProbe {
  const renders: ExecutionHandle[] = []
  function Probe() {
    const execution = useExecution(cellId)
    renders.push(execution)
    return null
  }
  return { Probe, renders, last: () => renders.at(-1)! }
}

const statesOf = ({ renders }: ExecutionProbe) =>
  renders.map(({ state, queuePosition }) => (queuePosition === null ? state : `${state} ${queuePosition}`))

const distinct = (entries: readonly string[]) =>
  entries.filter((entry, index) => entry !== entries[index - 1])

async function mountCells(store: Store, cellIds: readonly string[], type = steeredType()) {
  const registry = createRegistry(type.config)
  const probes = cellIds.map(executionProbe)
  const mounted = mount(
    <RuntimeAgentProvider {...user} store={store} registry={registry}>
      {probes.map(({ Probe }, index) => (
        <Probe key={index} />
      ))}
    </RuntimeAgentProvider>,
  )
  await waitUntil('mounted', mounted.isMounted)
  return { ...mounted, registry, type, probes: probes as [ExecutionProbe, ...ExecutionProbe[]] }
}

test('a cell that was never run says so', async () => {
  const store = await openNotebook(['a'])
  const { probes } = await mountCells(store, ['c0'])
  expect(probes[0].last()).toMatchObject({ executionId: null, state: 'none', status: { text: 'Not run' } })
})

test('shows queued with its place, running, and the end, one render per visible change', async () => {
  const store = await openNotebook(['a', 'b', 'c'])
  const { registry, type, probes } = await mountCells(store, ['c0', 'c1', 'c2'])
  type.release()
  store.commit(requestOf('q0', 'c0'), requestOf('q1', 'c1'), requestOf('q2', 'c2'))
  await waitUntil('queued', () => probes.every((probe) => probe.last().state === 'queued'))
  expect(probes.map((probe) => probe.last().queuePosition)).toEqual([1, 2, 3])
  const agent = await registry.getOrCreateAgent(store.storeId, 'steered', { store })
  await waitUntil('the first runs', () => probes[0].last().startedAt)
  await waitUntil('the others moved up', () => probes[1]!.last().queuePosition === 1)
  expect(probes[0].last()).toMatchObject({ state: 'handling', executionId: 'q0', requestedBy: 'user' })
  agent.interrupt()
  await waitUntil('the first ended', () => probes[0].last().completedAt ?? probes[0].last().cancelReason)
  expect(probes[0].last()).toMatchObject({
    state: 'cancelled',
    outcome: 'cancelled',
    cancelReason: 'interrupted',
    error: null,
    status: { text: 'Cancelled', actions: [{ name: 'run', enabled: true }, {}, {}, {}] },
  })
  expect(distinct(statesOf(probes[0]))).toEqual([
    'none',
    'queued 1',
    ...(statesOf(probes[0]).includes('preparing') ? ['preparing'] : []),
    'handling',
    ...(statesOf(probes[0]).includes('interrupting') ? ['interrupting'] : []),
    'cancelled',
  ])
  for (const { renders } of probes) {
    const visible = renders.filter((render, index) => render !== renders[index - 1])
    expect(visible).toHaveLength(renders.length)
  }
})

test('cancel takes back a queued cell, and stops one that runs, and is recorded with the user and a reason', async () => {
  const store = await openNotebook(['a', 'b'])
  const { registry, type, probes } = await mountCells(store, ['c0', 'c1'])
  type.release()
  store.commit(requestOf('q0', 'c0'), requestOf('q1', 'c1'))
  await registry.getOrCreateAgent(store.storeId, 'steered', { store })
  await waitUntil('running', () => type.running() === 1)
  await probes[1]!.last().cancel('not needed')
  await waitUntil('cancelled', () => probes[1]!.last().outcome)
  expect(probes[1]!.last()).toMatchObject({ state: 'cancelled', cancelReason: 'not needed', startedAt: null })
  await probes[0].last().cancel()
  await waitUntil('stopped', () => type.running() === 0 && probes[0].last().outcome)
  expect(queueRows(store)).toMatchObject([
    { status: 'cancelled', cancelledBy: 'ada', cancelReason: 'cancelled by the user' },
    { status: 'cancelled', cancelledBy: 'ada', cancelReason: 'not needed' },
  ])
  const before = queueRows(store)
  await probes[0].last().cancel('again')
  expect(queueRows(store)).toEqual(before)
})

test('run asks for one execution however often it is called, and again when it has ended', async () => {
  const store = await openNotebook(['a'])
  const type = steeredType()
  const done = configOf('done', () => Promise.resolve({ success: true }))
  const { registry, probes } = await mountCells(store, ['c0'], { ...type, config: done })
  const { run } = probes[0].last()
  await Promise.all([run(), run(), run()])
  expect(queueRows(store)).toMatchObject([{ cellId: 'c0', executionCount: 1, requestedBy: 'ada' }])
  await registry.getOrCreateAgent(store.storeId, 'done', { store })
  await waitUntil('succeeded', () => probes[0].last().durationMs !== null)
  expect(probes[0].last()).toMatchObject({ state: 'succeeded', outcome: 'succeeded', error: null })
  await run()
  await waitUntil('run again', () => probes[0].last().executionCount === 2 && probes[0].last().outcome)
  expect(queueRows(store)).toHaveLength(2)
})

test('a failed cell shows its error; a broken runtime shows the failure and its words', async () => {
  const store = await openNotebook(['a', 'b'])
  const failing = configOf('failing', ({ cell }) =>
    cell.id === 'c0'
      ? Promise.resolve({ success: false, error: 'ValueError: no' })
      : Promise.reject(new Error('broke')),
  )
  const { registry, probes } = await mountCells(store, ['c0', 'c1'], { ...steeredType(), config: failing })
  await registry.getOrCreateAgent(store.storeId, 'failing', { store })
  await probes[0].last().run()
  await waitUntil('failed', () => probes[0].last().outcome)
  expect(probes[0].last()).toMatchObject({ state: 'failed', error: 'ValueError: no', failure: null })
  await probes[1]!.last().run()
  await waitUntil('broke', () => probes[1]!.last().outcome)
  expect(probes[1]!.last()).toMatchObject({ state: 'failed', failure: { code: 'handlerError' } })
  expect(probes[1]!.last().status.text).toBe('Failed: the handler broke')
  expect(probes[1]!.last().status.hint).toContain('Report it')
})

test('an execution of another process is shown from its rows', async () => {
  const store = await openNotebook(['a'])
  const { probes } = await mountCells(store, ['c0'])
  store.commit(requestOf('q0', 'c0'))
  store.commit(events.executionAssigned({ queueId: 'q0', runtimeSessionId: 'elsewhere' }))
  await waitUntil('assigned', () => probes[0].last().state === 'preparing')
  const startedAt = new Date('2026-01-01T00:00:00Z')
  store.commit(
    events.executionStarted({ queueId: 'q0', cellId: 'c0', runtimeSessionId: 'elsewhere', startedAt }),
  )
  await waitUntil('executing', () => probes[0].last().state === 'handling')
  expect(probes[0].last().startedAt).toEqual(startedAt)
  store.commit(
    events.executionCompleted({
      queueId: 'q0',
      cellId: 'c0',
      status: 'success',
      completedAt: new Date('2026-01-01T00:00:02Z'),
      executionDurationMs: 2000,
    }),
  )
  await waitUntil('succeeded', () => probes[0].last().outcome === 'succeeded')
  expect(probes[0].last().durationMs).toBe(2000)
})

test('an end of another process, or before a reload, is shown with its outcome, reason and failure', async () => {
  const store = await openNotebook(['a', 'b'])
  const failures = [createFailure('executionTimeout'), createFailure('sessionLost')] as const
  for (const [index, outcome] of (['timedOut', 'lost'] as const).entries()) {
    const failure = failures[index]!
    store.commit(
      requestOf(`q${index}`, `c${index}`),
      events.executionCompleted({
        queueId: `q${index}`,
        cellId: `c${index}`,
        status: 'error',
        error: encodeEnd({ outcome, reason: failure.message, failure }),
        completedAt: new Date(),
        executionDurationMs: 1,
      }),
    )
  }
  const { probes } = await mountCells(store, ['c0', 'c1'])
  expect(probes.map((probe) => probe.last())).toMatchObject([
    { state: 'timedOut', outcome: 'timedOut', error: failures[0].message, failure: failures[0] },
    { state: 'lost', outcome: 'lost', error: failures[1].message, failure: failures[1] },
  ])
  expect(probes[0].last().status.text).toBe('Timed out')
})

test('without a store nothing is known, and commands reject with what to do', async () => {
  const probe = executionProbe('c0')
  mount(
    <RuntimeAgentProvider {...user} store={null}>
      <probe.Probe />
    </RuntimeAgentProvider>,
  )
  await waitUntil('rendered', () => probe.renders.length)
  expect(probe.last().state).toBe('none')
  await expect(probe.last().run()).rejects.toMatchObject({ code: 'STORE_REQUIRED' })
})

test('leaves no subscription behind, under StrictMode too', async () => {
  const store = await openNotebook(['a'])
  const subscribe = store.subscribe.bind(store) as (...parameters: unknown[]) => () => void
  let open = 0
  store.subscribe = ((...parameters: unknown[]) => {
    open++
    const stop = subscribe(...parameters)
    return () => {
      open--
      stop()
    }
  }) as typeof store.subscribe
  const probe = executionProbe('c0')
  const { isMounted, unmount } = mount(
    <RuntimeAgentProvider {...user} store={store}>
      <probe.Probe />
    </RuntimeAgentProvider>,
    { strict: true },
  )
  await waitUntil('mounted', isMounted)
  expect(open).toBe(1)
  unmount()
  await waitUntil('unmounted', () => !isMounted())
  expect(open).toBe(0)
  expect(store.query(tables.executionQueue.select())).toEqual([])
})

test('a cell that is silent for too long is marked as stalled, and goes on', async () => {
  const store = await openNotebook(['a'])
  const type = steeredType()
  const { registry, probes } = await mountCells(store, ['c0'], {
    ...type,
    config: { ...type.config, settings: { stalledAfterMs: 20 } },
  })
  type.release()
  store.commit(requestOf('q0', 'c0'))
  const agent = await registry.getOrCreateAgent(store.storeId, 'steered', { store })
  await waitUntil('stalled', () => probes[0].last().isStalled)
  expect(probes[0].last()).toMatchObject({ state: 'handling', isForceOffered: false })
  agent.interrupt()
  await waitUntil('over', () => probes[0].last().outcome !== null)
  expect(probes[0].last()).toMatchObject({ isStalled: false, outcome: 'cancelled' })
})
