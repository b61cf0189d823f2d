/** What the registry and its agents do beyond running cells: limits, culling, cancelling, telling a person what is wrong. */
import { events, tables } from '@runtimed/schema'
import { describe, expect, test } from 'vitest'
import { SimulatedClock } from 'xstate'
import { executionOf, queuePositionOf } from '../../machines/index.js'
import { estimateWaitMs, queue$ } from '../../src/livestore/queue-queries.js'
import { readExecutionEnd } from '../../src/livestore/stored-end.js'
import { readLastFailure } from '../../src/livestore/stored-failure.js'
import { queueRows, requestOf } from '../support/notebooks.js'
import { createTestRegistry, openNotebook, recordFacts, untilAborted } from '../support/test-registry.js'
import { waitUntil } from '../support/wait-for.js'

const untilCancelled = async ({ abortSignal }: { abortSignal: AbortSignal }) => {
  await untilAborted(abortSignal)
  return { success: false, error: 'aborted' }
}

describe('the limit of agents', () => {
  test('under "queue" a caller waits until another agent has gone', async () => {
    const [first, second] = [await openNotebook([]), await openNotebook([])]
    const registry = createTestRegistry({ config: { maxConcurrentAgents: 1, limitPolicy: 'queue' } })
    const running = await registry.getOrCreateAgent(first.storeId, 'test', { store: first })
    const calls = [1, 2].map(() => registry.getOrCreateAgent(second.storeId, 'test', { store: second }))
    await waitUntil('it waits', () => registry.actorRef.getSnapshot().context.waiting.length === 1)
    await running.shutdown()
    const [agent, same] = await Promise.all(calls)
    expect(agent?.getSnapshot().value).toBe('running')
    expect(same).toBe(agent)
  })

  test('under "queue" a registry that closes refuses those that wait', async () => {
    const [first, second] = [await openNotebook([]), await openNotebook([])]
    const registry = createTestRegistry({ config: { maxConcurrentAgents: 1, limitPolicy: 'queue' } })
    await registry.getOrCreateAgent(first.storeId, 'test', { store: first })
    const call = registry.getOrCreateAgent(second.storeId, 'test', { store: second })
    const refused = expect(call).rejects.toThrow(/\[LIMIT_REACHED\].*shutting down/)
    await waitUntil('it waits', () => registry.actorRef.getSnapshot().context.waiting.length === 1)
    await registry.close()
    await refused
  })

  test('under "evictIdle" the idle agent that was used least recently makes room; a pinned one stays', async () => {
    const stores = await Promise.all(['a', 'b', 'c', 'd'].map(() => openNotebook(['x'])))
    const registry = createTestRegistry({ config: { maxConcurrentAgents: 3, limitPolicy: 'evictIdle' } })
    const open = (index: number) =>
      registry.getOrCreateAgent(stores[index]!.storeId, 'test', { store: stores[index]! })
    const [pinned, used] = [await open(0), await open(1), await open(2)]
    pinned.pin()
    stores[1]!.commit(requestOf('q', 'c0'))
    await waitUntil('it was used', () => queueRows(stores[1]!)[0]?.status === 'completed')
    await waitUntil('it is idle again', () => used.getSnapshot().matches('running'))
    await open(3)
    const left = registry.getAgents().map((agent) => agent.config.notebookId)
    expect(left).toEqual([0, 1, 3].map((index) => stores[index]!.storeId))
  })
})

test('a start asked for while one waits for its next try ends the pause', async () => {
  const store = await openNotebook(['x'])
  let starts = 0
  const registry = createTestRegistry({
    config: { clock: new SimulatedClock() },
    instance: () => ({
      start: () => (++starts === 1 ? Promise.reject(new Error('not yet')) : Promise.resolve()),
    }),
  })
  const agent = await registry.createAgent(store.storeId, 'test', { store })
  const first = agent.start()
  await waitUntil('it waits', () => agent.getSnapshot().matches('restarting'))
  await Promise.all([first, agent.start()])
  expect([starts, agent.getSnapshot().value]).toEqual([2, 'running'])
})

describe('an idle runtime', () => {
  test('is culled after a warning, and the next request starts it again', async () => {
    const clock = new SimulatedClock()
    const store = await openNotebook(['x'])
    const disposed: string[] = []
    const registry = createTestRegistry({
      config: { clock },
      instance: ({ sessionId }) => ({
        dispose: () => Promise.resolve(void disposed.push(sessionId)),
      }),
    })
    const agent = await registry.getOrCreateAgent(store.storeId, 'test', { store })
    const facts = recordFacts(agent)
    clock.increment(28 * 60_000)
    expect(facts).toEqual([{ type: 'agent.cullWarning', remainingMs: 120_000 }])
    clock.increment(120_000)
    expect(agent.getSnapshot().value).toBe('idle')
    await waitUntil('the runtime is gone', () => disposed.length === 1)
    store.commit(requestOf('q1', 'c0'))
    await waitUntil('the request has run', () => queueRows(store)[0]?.status === 'completed')
    expect(agent.getSnapshot().context.epoch).toBe(2)
  })

  test('stays when somebody keeps it', async () => {
    const clock = new SimulatedClock()
    const store = await openNotebook([])
    const registry = createTestRegistry({ config: { clock } })
    const agent = await registry.getOrCreateAgent(store.storeId, 'test', { store })
    clock.increment(29 * 60_000)
    expect(agent.getSnapshot().context.isCullNear).toBe(true)
    agent.keep()
    clock.increment(5 * 60_000)
    expect(agent.getSnapshot().value).toBe('running')
  })
})

describe('the queue', () => {
  test('every client sees who waits at which place, and how long that probably takes', async () => {
    const store = await openNotebook(['a', 'b'])
    const place = () =>
      store.query(queue$).map(({ executionId, state, position }) => [executionId, state, position])
    store.commit(requestOf('old', 'c0'), requestOf('q1', 'c0'), requestOf('q2', 'c1'), requestOf('q3', 'c0'))
    const startedAt = new Date(0)
    store.commit(
      events.runtimeSessionStarted({
        sessionId: 's',
        runtimeId: 'r',
        runtimeType: 'test',
        capabilities: { canExecuteCode: true, canExecuteSql: false, canExecuteAi: false },
      }),
      events.executionAssigned({ queueId: 'old', runtimeSessionId: 's' }),
      events.executionStarted({ queueId: 'old', cellId: 'c0', runtimeSessionId: 's', startedAt }),
      events.executionCompleted({
        queueId: 'old',
        cellId: 'c0',
        status: 'success',
        completedAt: new Date(400),
        executionDurationMs: 400,
      }),
      events.executionAssigned({ queueId: 'q1', runtimeSessionId: 's' }),
    )
    expect(place()).toEqual([
      ['q1', 'executing', 0],
      ['q2', 'waiting', 1],
      ['q3', 'waiting', 2],
    ])
    expect(['q1', 'q2', 'q3', 'old'].map((id) => estimateWaitMs(store, id))).toEqual([0, 400, 800, undefined])
  })

  test('one execution is cancelled without touching the others, then all are', async () => {
    const store = await openNotebook(['a', 'b', 'c'])
    const registry = createTestRegistry({ execute: untilCancelled })
    store.commit(requestOf('q0', 'c0'), requestOf('q1', 'c1'), requestOf('q2', 'c2'), requestOf('q3', 'c0'))
    const agent = await registry.getOrCreateAgent(store.storeId, 'test', { store })
    await waitUntil('the first runs', () => queueRows(store)[0]?.status === 'executing')
    await waitUntil('the others wait in the agent', () => queuePositionOf(agent.getSnapshot(), 'q3') === 3)
    await agent.cancel('q1', 'not that one')
    expect(store.query(queue$).map(({ executionId }) => executionId)).toEqual(['q0', 'q2', 'q3'])
    await agent.cancelAll('enough')
    await waitUntil('the agent is idle', () => agent.getSnapshot().matches('running'))
    expect(queueRows(store).map(({ status, cancelReason }) => [status, cancelReason])).toEqual([
      ['cancelled', 'enough'],
      ['cancelled', 'not that one'],
      ['cancelled', 'enough'],
      ['cancelled', 'enough'],
    ])
  })

  test('a cell that may fail does not stop what waits behind it, and its own limit counts', async () => {
    const store = await openNotebook(['bad', 'slow', 'good'])
    const metadata = { tags: ['raises-exception'], runtime_agent_registry: { timeout_seconds: 0.02 } }
    const value = JSON.stringify({ metadata })
    store.commit(
      events.notebookMetadataSet({ key: 'ipynb:cell:c0', value }),
      events.notebookMetadataSet({ key: 'ipynb:cell:c1', value }),
      requestOf('q0', 'c0'),
      requestOf('q1', 'c1'),
      requestOf('q2', 'c2'),
    )
    const registry = createTestRegistry({
      execute: async (context) => {
        if (context.cell.source === 'slow') return untilCancelled(context)
        return context.cell.source === 'bad' ? { success: false, error: 'no' } : { success: true }
      },
    })
    await registry.getOrCreateAgent(store.storeId, 'test', { store })
    await waitUntil('all have ended', () => store.query(queue$).length === 0)
    expect(['q0', 'q1', 'q2'].map((id) => readExecutionEnd(store, id))).toMatchObject([
      { outcome: 'failed', reason: 'no' },
      { outcome: 'timedOut', reason: 'The execution took longer than its limit of 0.02 s.' },
      { outcome: 'succeeded', reason: null },
    ])
  })

  test('requests that wait with no runtime are told after a while, and run when one comes', async () => {
    const clock = new SimulatedClock()
    const store = await openNotebook(['a'])
    const registry = createTestRegistry({ config: { clock } })
    const told: (string | undefined)[] = []
    const stop = registry.subscribeToUnservedQueue(store, (failure) => told.push(failure?.code))
    store.commit(requestOf('q0', 'c0'))
    await Promise.resolve()
    clock.increment(59_999)
    expect(told).toEqual([])
    clock.increment(1)
    expect(told).toEqual(['noRuntime'])
    await registry.getOrCreateAgent(store.storeId, 'test', { store })
    await waitUntil('it is over', () => told.length === 2)
    expect(told).toEqual(['noRuntime', undefined])
    stop()
  })
})

test('a runtime that died leaves its failure in the notebook, where later processes find it', async () => {
  const store = await openNotebook(['x'])
  let crash: (failure: { code: string; message: string }) => void = () => undefined
  const registry = createTestRegistry({
    settings: { restart: 'temporary' },
    instance: ({ onCrash }) => {
      crash = onCrash
      return {}
    },
  })
  const agent = await registry.getOrCreateAgent(store.storeId, 'test', { store })
  expect(readLastFailure(store)).toBeUndefined()
  crash({ code: 'outOfMemory', message: 'It took 4 GB.' })
  const { sessionId } = agent.getSnapshot().context
  const failure = await waitUntil('it is recorded', () => readLastFailure(store))
  expect(failure).toMatchObject({ code: 'outOfMemory', message: 'It took 4 GB.', sessionId })
  expect(failure.nextAction).toMatch(/Use less memory/)
})

test('text that a handler writes just before it crashes is kept', async () => {
  const store = await openNotebook(['x'])
  let crash: () => void = () => undefined
  const registry = createTestRegistry({
    instance: ({ onCrash }) => {
      crash = () => onCrash({ code: 'workerCrashed', message: 'It is gone.' })
      return {}
    },
    execute: async (context) => {
      context.stdout('flushed')
      crash()
      return untilCancelled(context)
    },
  })
  await registry.getOrCreateAgent(store.storeId, 'test', { store })
  store.commit(requestOf('q0', 'c0'))
  const texts = () => store.query(tables.outputs.where({ outputType: 'terminal' })).map(({ data }) => data)
  await waitUntil('it is kept', () => texts().includes('flushed'))
})

test('a handler that writes nothing for long is shown as stalled until it writes again', async () => {
  const clock = new SimulatedClock()
  const store = await openNotebook(['x'])
  let write: () => void = () => undefined
  const registry = createTestRegistry({
    config: { clock },
    settings: { stalledAfterMs: 120_000 },
    execute: (context) => {
      write = () => context.stdout('still here\n')
      return untilCancelled(context)
    },
  })
  const agent = await registry.getOrCreateAgent(store.storeId, 'test', { store })
  store.commit(requestOf('q0', 'c0'))
  const execution = () => executionOf(agent.getSnapshot())
  const isStalled = () => execution()?.context.isStalled
  await waitUntil('the handler is at work', () => execution()?.value === 'handling' || undefined)
  clock.increment(120_000)
  expect(isStalled()).toBe(true)
  await waitUntil('it is not stalled any more', () => {
    write()
    return isStalled() === false
  })
})
