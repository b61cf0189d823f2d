import { events, tables } from '@runtimed/schema'
import { describe, expect, test } from 'vitest'
import { committerFor } from '../../src/livestore/committer.js'
import { readExecutionEnd } from '../../src/livestore/stored-end.js'
import { breakMachine } from '../support/break-machine.js'
import { queueRows, requestOf } from '../support/notebooks.js'
import { createTestRegistry, openNotebook, recordFacts, untilAborted } from '../support/test-registry.js'
import { waitUntil } from '../support/wait-for.js'

const sessions = (store: Awaited<ReturnType<typeof openNotebook>>) =>
  store.query(tables.runtimeSessions.select())
const errorOutputs = (store: Awaited<ReturnType<typeof openNotebook>>) =>
  store
    .query(tables.outputs.where({ outputType: 'error' }))
    .map((output) => JSON.parse(output.data ?? '{}') as { ename: string; evalue: string })

describe('requests', () => {
  test('a cell that runs again back to back shows the outputs of its last run only', async () => {
    const store = await openNotebook(['a'])
    const registry = createTestRegistry({
      execute: ({ queueEntry }) => Promise.resolve({ success: true, data: { 'text/plain': queueEntry.id } }),
    })
    for (const id of ['q1', 'q2']) store.commit(requestOf(id, 'c0'))
    await registry.getOrCreateAgent(store.storeId, 'test', { store })
    await waitUntil('both ran', () => queueRows(store).every(({ status }) => status === 'completed'))
    expect(store.query(tables.outputs.select()).map(({ data }) => data)).toEqual(['q2'])
  })

  test('D8 a cell of a type that the runtime cannot run gets an error output and a failed row', async () => {
    const store = await openNotebook(['select 1'], 'sql')
    const agent = await createTestRegistry().getOrCreateAgent(store.storeId, 'test', { store })
    store.commit(requestOf('q1', 'c0'))
    const { reason } = await waitUntil('row failed', () => readExecutionEnd(store, 'q1'))
    expect(reason).toBe('A runtime of type "test" cannot run cells of type "sql".')
    expect(errorOutputs(store)).toMatchObject([{ ename: 'NotCapable', evalue: reason }])
    expect(agent.getSnapshot().value).toBe('running')
  })

  test('D10 a request for a cell that does not exist fails with a reason', async () => {
    const store = await openNotebook([])
    await createTestRegistry().getOrCreateAgent(store.storeId, 'test', { store })
    store.commit(requestOf('q1', 'nowhere'))
    const { reason } = await waitUntil('row failed', () => readExecutionEnd(store, 'q1'))
    expect(reason).toBe('Cell nowhere was deleted before it could run.')
  })

  test('an error stops what waits behind it, with the reason in the rows', async () => {
    const store = await openNotebook(['bad', 'b', 'c'])
    const registry = createTestRegistry({
      execute: ({ cell }) =>
        Promise.resolve(cell.source === 'bad' ? { success: false, error: 'it is bad' } : { success: true }),
    })
    const cellsInfo = ['c0', 'c1', 'c2'].map((id) => ({ id, executionCount: 1, queueId: `q-${id}` }))
    store.commit(events.multipleExecutionRequested({ requestedBy: 'user', cellsInfo }))
    await registry.getOrCreateAgent(store.storeId, 'test', { store })
    await waitUntil('all ended', () =>
      queueRows(store).every(({ status }) => ['failed', 'cancelled'].includes(status)),
    )
    expect(
      queueRows(store).map(({ status, error, cancelReason }) => [status, error ?? cancelReason]),
    ).toEqual([
      ['failed', 'it is bad'],
      ['cancelled', 'An earlier cell failed: it is bad'],
      ['cancelled', 'An earlier cell failed: it is bad'],
    ])
    store.commit(requestOf('q-later', 'c1', 2))
    await waitUntil('a later request runs', () => queueRows(store).at(-1)?.status === 'completed')
  })

  test('with errorPolicy continue what waits behind an error runs', async () => {
    const store = await openNotebook(['bad', 'b'])
    const registry = createTestRegistry({
      settings: { errorPolicy: 'continue' },
      execute: ({ cell }) => Promise.resolve({ success: cell.source !== 'bad', error: 'it is bad' }),
    })
    store.commit(requestOf('q0', 'c0'), requestOf('q1', 'c1'))
    await registry.getOrCreateAgent(store.storeId, 'test', { store })
    await waitUntil('second completed', () => queueRows(store)[1]?.status === 'completed')
    expect(queueRows(store)[0]?.status).toBe('failed')
  })

  test('D40 a handler that throws leaves an error output, a failed row and a runtime that goes on', async () => {
    const store = await openNotebook(['a', 'b'])
    const registry = createTestRegistry({
      settings: { errorPolicy: 'continue' },
      execute: ({ cell }) =>
        cell.id === 'c0' ? Promise.reject(new TypeError('broken')) : Promise.resolve({ success: true }),
    })
    await registry.getOrCreateAgent(store.storeId, 'test', { store })
    store.commit(requestOf('q0', 'c0'), requestOf('q1', 'c1'))
    await waitUntil('second completed', () => queueRows(store)[1]?.status === 'completed')
    expect(errorOutputs(store)).toMatchObject([{ ename: 'TypeError', evalue: 'broken' }])
    expect(readExecutionEnd(store, 'q0')).toMatchObject({ outcome: 'failed', reason: 'broken' })
  })
})

describe('interrupt, cancel, timeout', () => {
  test.each([
    ['stop', 'cancelled', 'An earlier cell was interrupted.'],
    ['continue', 'completed', null],
  ] as const)(
    'with errorPolicy %s what waits behind an interrupted cell ends as %s',
    async (errorPolicy, status, cancelReason) => {
      const store = await openNotebook(['wait', 'b', 'c'])
      const registry = createTestRegistry({
        settings: { errorPolicy },
        execute: ({ cell, abortSignal }) =>
          cell.source === 'wait'
            ? untilAborted(abortSignal).then(() => ({ success: false, error: 'stopped' }))
            : Promise.resolve({ success: true }),
      })
      const agent = await registry.getOrCreateAgent(store.storeId, 'test', { store })
      store.commit(requestOf('q0', 'c0'), requestOf('q1', 'c1'), requestOf('q2', 'c2'))
      await waitUntil('executing', () => queueRows(store)[0]?.status === 'executing')
      agent.interrupt()
      await waitUntil('all ended', () =>
        queueRows(store).every((row) => ['completed', 'cancelled'].includes(row.status)),
      )
      expect(queueRows(store)).toMatchObject([
        { status: 'cancelled', cancelReason: 'interrupted' },
        { status, cancelReason },
        { status, cancelReason },
      ])
      store.commit(requestOf('q-later', 'c1', 2))
      await waitUntil('a later request runs', () => queueRows(store).at(-1)?.status === 'completed')
    },
  )

  test('D5 D58 an interrupted execution ends cancelled and writes nothing afterwards', async () => {
    const store = await openNotebook(['a'])
    let lateWrite = () => undefined as void
    let isHandling = false
    const registry = createTestRegistry({
      execute: async (context) => {
        isHandling = true
        context.stdout('before\n')
        await untilAborted(context.abortSignal)
        lateWrite = () => context.stdout('after\n')
        return { success: false, error: 'stopped' }
      },
    })
    const agent = await registry.getOrCreateAgent(store.storeId, 'test', { store })
    const told: string[] = []
    agent.onCancellation((queueId, cellId, reason) => void told.push(`${queueId} ${cellId} ${reason}`))
    store.commit(requestOf('q1', 'c0'))
    await waitUntil('handling', () => isHandling)
    agent.interrupt('enough')
    await waitUntil('row cancelled', () => queueRows(store)[0]?.status === 'cancelled')
    lateWrite()
    await committerFor(store).idle()
    expect(queueRows(store)[0]).toMatchObject({ cancelReason: 'enough' })
    expect(store.query(tables.outputs.select()).map(({ data }) => data)).toEqual(['before\n'])
    expect(told).toEqual(['q1 c0 interrupted'])
  })

  test('D44 the reason of a cancellation reaches the cancellation handlers', async () => {
    const store = await openNotebook(['a'])
    const registry = createTestRegistry({
      execute: async ({ abortSignal }) => untilAborted(abortSignal).then(() => ({ success: true })),
    })
    const agent = await registry.getOrCreateAgent(store.storeId, 'test', { store })
    const reasons: string[] = []
    agent.onCancellation(() => Promise.reject(new Error('a handler that fails')))
    agent.onCancellation((_queueId, _cellId, reason) => void reasons.push(reason))
    store.commit(requestOf('q1', 'c0'))
    await waitUntil('executing', () => queueRows(store)[0]?.status === 'executing')
    store.commit(
      events.executionCancelled({ queueId: 'q1', cellId: 'c0', cancelledBy: 'ann', reason: 'wrong cell' }),
    )
    await waitUntil('agent at rest', () => agent.getSnapshot().matches('running'))
    expect(reasons).toEqual(['wrong cell'])
    expect(queueRows(store)[0]).toMatchObject({
      status: 'cancelled',
      cancelledBy: 'ann',
      cancelReason: 'wrong cell',
    })
  })

  test('an execution over its limit is timed out, and one that ignores that is ended by force with its runtime', async () => {
    const store = await openNotebook(['a', 'b'])
    let lives = 0
    const registry = createTestRegistry({
      settings: { executionTimeoutMs: 20, interruptGraceMs: 20, errorPolicy: 'continue' },
      instance: () => {
        lives++
        return {
          execute: ({ cell }) =>
            cell.id === 'c0' ? new Promise(() => undefined) : Promise.resolve({ success: true }),
        }
      },
    })
    const agent = await registry.getOrCreateAgent(store.storeId, 'test', { store })
    const facts = recordFacts(agent)
    store.commit(requestOf('q0', 'c0'), requestOf('q1', 'c1'))
    await waitUntil('second completed', () => queueRows(store)[1]?.status === 'completed')
    expect(readExecutionEnd(store, 'q0')).toMatchObject({
      outcome: 'timedOut',
      reason: 'The execution took longer than its limit of 0.02 s.',
    })
    expect(lives).toBe(2)
    expect(facts.map(({ type }) => type)).toContain('agent.restarting')
    expect(
      sessions(store)
        .map(({ isActive }) => isActive)
        .sort(),
    ).toEqual([false, true])
  })
})

describe('life and death', () => {
  test('a runtime that does not start leaves a failed agent with a reason, and the call rejects with it', async () => {
    const store = await openNotebook(['a'])
    const registry = createTestRegistry({
      settings: { restart: 'temporary' },
      instance: () => ({ start: () => Promise.reject(new Error('the disk is empty')) }),
    })
    store.commit(requestOf('q0', 'c0'))
    const call = registry.getOrCreateAgent(store.storeId, 'test', { store })
    await expect(call).rejects.toThrow(/\[RUNTIME_FAILED\].*the disk is empty/)
    const agent = registry.getAgent(store.storeId)
    expect(agent?.getSnapshot().value).toBe('failed')
    await waitUntil('request cancelled', () => queueRows(store)[0]?.status === 'cancelled')
    expect(queueRows(store)[0]?.cancelReason).toBe('the disk is empty')
    expect(sessions(store)).toMatchObject([{ status: 'terminated', terminationReason: 'error' }])
  })

  test('createAgent gives the one agent before it starts; a request or start() starts it, and what fails shows in its state', async () => {
    const store = await openNotebook(['a'])
    const registry = createTestRegistry()
    const [agent, same] = await Promise.all([
      registry.createAgent(store.storeId, 'test', { store }),
      registry.createAgent(store.storeId, 'test', { store }),
    ])
    expect(same).toBe(agent)
    expect(agent.getSnapshot().value).toBe('idle')
    store.commit(requestOf('q0', 'c0'))
    await waitUntil('request run', () => queueRows(store)[0]?.status === 'completed')
    expect(await registry.getOrCreateAgent(store.storeId)).toBe(agent)
    await expect(registry.createAgent('', 'test', { store })).rejects.toThrow(/\[INVALID_NOTEBOOK_ID\]/)
  })

  test('D11 a crash in the middle of an execution fails it with the reason, and a new session takes over', async () => {
    const store = await openNotebook(['a', 'b'])
    let crash = () => undefined as void
    const registry = createTestRegistry({
      instance: (options) => ({
        execute: ({ cell }) => {
          crash = () => options.onCrash({ code: 'outOfMemory', message: 'The worker used 4 GB.' })
          return cell.id === 'c0' ? new Promise(() => undefined) : Promise.resolve({ success: true })
        },
      }),
    })
    const agent = await registry.getOrCreateAgent(store.storeId, 'test', { store })
    store.commit(requestOf('q0', 'c0'))
    await waitUntil('executing', () => queueRows(store)[0]?.status === 'executing')
    crash()
    await waitUntil('row failed', () => queueRows(store)[0]?.status === 'failed')
    expect(readExecutionEnd(store, 'q0')?.reason).toBe('The worker used 4 GB.')
    expect(agent.getSnapshot().context.failure?.code).toBe('outOfMemory')
    agent.restart()
    store.commit(requestOf('q1', 'c1'))
    await waitUntil('second completed', () => queueRows(store)[1]?.status === 'completed')
    expect(agent.getSnapshot().context.epoch).toBe(2)
  })

  test('D12 D27 D33 rows of a dead session are lost, never run again, and what waited is run', async () => {
    const store = await openNotebook(['a', 'b', 'c'])
    const capabilities = { canExecuteCode: true, canExecuteSql: false, canExecuteAi: false }
    store.commit(
      events.runtimeSessionStarted({ sessionId: 'dead', runtimeId: 'r', runtimeType: 'test', capabilities }),
      events.runtimeSessionStatusChanged({ sessionId: 'dead', status: 'ready' }),
      requestOf('q0', 'c0'),
      requestOf('q1', 'c1'),
      requestOf('q2', 'c2'),
      events.executionAssigned({ queueId: 'q0', runtimeSessionId: 'dead' }),
      events.executionStarted({
        queueId: 'q0',
        cellId: 'c0',
        runtimeSessionId: 'dead',
        startedAt: new Date(),
      }),
      events.executionAssigned({ queueId: 'q1', runtimeSessionId: 'dead' }),
    )
    const ran: string[] = []
    const registry = createTestRegistry({
      execute: ({ queueEntry }) => {
        ran.push(queueEntry.id)
        return Promise.resolve({ success: true })
      },
    })
    const agent = await registry.getOrCreateAgent(store.storeId, 'test', { store })
    await waitUntil('third completed', () => queueRows(store)[2]?.status === 'completed')
    expect(ran).toEqual(['q2'])
    expect(queueRows(store).map(({ status, error }) => [status, error?.slice(0, 5) ?? null])).toEqual([
      ['failed', 'lost:'],
      ['failed', 'lost:'],
      ['completed', null],
    ])
    const [dead, own] = ['dead', agent.config.sessionId].map((id) =>
      sessions(store).find(({ sessionId }) => sessionId === id),
    )
    expect(dead).toMatchObject({ isActive: false, terminationReason: 'timeout' })
    expect(own).toMatchObject({ isActive: true, status: 'ready' })
    expect(own?.lastRenewedAt).toBeInstanceOf(Date)
  })

  test('D25 D26 an agent whose session is ended by somebody else stops itself', async () => {
    const store = await openNotebook(['a'])
    const agent = await createTestRegistry().getOrCreateAgent(store.storeId, 'test', { store })
    await committerFor(store).idle()
    const ended = agent.keepAlive()
    store.commit(events.runtimeSessionTerminated({ sessionId: agent.config.sessionId, reason: 'displaced' }))
    await ended
    expect(agent.getSnapshot().value).toBe('stopped')
    expect(agent.isShuttingDown).toBe(true)
  })

  test('D19 D21 shutdown ends a running execution with a reason, keeps what waits, and leaves the store open', async () => {
    const store = await openNotebook(['a', 'b'])
    const registry = createTestRegistry({ execute: () => new Promise(() => undefined) })
    const agent = await registry.getOrCreateAgent(store.storeId, 'test', { store })
    store.commit(requestOf('q0', 'c0'), requestOf('q1', 'c1'))
    await waitUntil('executing', () => queueRows(store)[0]?.status === 'executing')
    await agent.shutdown()
    expect(queueRows(store).map(({ status, cancelReason }) => [status, cancelReason])).toEqual([
      ['cancelled', 'The runtime was shut down.'],
      ['pending', null],
    ])
    expect(sessions(store)).toMatchObject([{ isActive: false, terminationReason: 'shutdown' }])
    expect(registry.getAgent(store.storeId)).toBeUndefined()
    const next = await registry.getOrCreateAgent(store.storeId, 'test', { store })
    expect(next).not.toBe(agent)
  })

  test('a store that dies fails its agent with the reason and leaves the other agents alone', async () => {
    const [store, other] = [await openNotebook(['a']), await openNotebook(['a'])]
    const registry = createTestRegistry()
    const agent = await registry.getOrCreateAgent(store.storeId, 'test', { store })
    await registry.getOrCreateAgent(other.storeId, 'test', { store: other })
    await store.shutdownPromise()
    await waitUntil('agent failed', () => agent.getSnapshot().matches('failed'))
    expect(agent.getSnapshot().context.failure?.code).toBe('storeDied')
    other.commit(requestOf('q0', 'c0'))
    await waitUntil('other completed', () => queueRows(other)[0]?.status === 'completed')
  })
})

test('an agent whose actor crashes leaves no session and no execution open', async () => {
  const store = await openNotebook(['a'])
  const registry = createTestRegistry({ execute: () => new Promise(() => undefined) })
  const agent = await registry.getOrCreateAgent(store.storeId, 'test', { store })
  store.commit(requestOf('q0', 'c0'))
  await waitUntil('executing', () => queueRows(store)[0]?.status === 'executing')
  breakMachine(agent.actorRef)
  await agent.keepAlive()
  expect(queueRows(store)[0]).toMatchObject({ status: 'failed' })
  expect(sessions(store)).toMatchObject([{ isActive: false, terminationReason: 'error' }])
  expect(registry.actorRef.getSnapshot().status).toBe('active')
  const next = await registry.getOrCreateAgent(store.storeId, 'test', { store })
  expect(next.getSnapshot().value).toBe('running')
})

describe('registry', () => {
  test('the limit of agents is a coded error that names an idle agent', async () => {
    const stores = [await openNotebook([]), await openNotebook([])]
    const registry = createTestRegistry({ config: { maxConcurrentAgents: 1 } })
    await registry.getOrCreateAgent(stores[0]!.storeId, 'test', { store: stores[0]! })
    const call = registry.getOrCreateAgent(stores[1]!.storeId, 'test', { store: stores[1]! })
    await expect(call).rejects.toThrow(new RegExp(`\\[LIMIT_REACHED\\].*"${stores[0]!.storeId}"`))
    await registry.stopAll()
    await registry.getOrCreateAgent(stores[1]!.storeId, 'test', { store: stores[1]! })
  })

  test('an unknown type, a missing store and a closed registry are coded errors', async () => {
    const store = await openNotebook([])
    const registry = createTestRegistry()
    await expect(registry.getOrCreateAgent('n', 'pyton', { store })).rejects.toThrow(
      '[UNKNOWN_RUNTIME_TYPE] Runtime type "pyton" is not registered. Available: test.',
    )
    await expect(registry.getOrCreateAgent('n', 'test')).rejects.toThrow(/\[STORE_REQUIRED\]/)
    await registry.close()
    await expect(registry.getOrCreateAgent('n', 'test', { store })).rejects.toThrow(/\[REGISTRY_CLOSED\]/)
    expect(registry.actorRef.getSnapshot().value).toBe('stopped')
  })

  test('available types come highest priority first, and a taken name is refused', () => {
    const registry = createTestRegistry()
    const [config] = registry.getAvailableTypes()
    registry.registerRuntimeType({ ...config!, type: 'higher', priority: 5 })
    registry.registerRuntimeType({ ...config!, type: 'hidden', priority: 9, isAvailable: false })
    expect(registry.getAvailableTypes().map(({ type }) => type)).toEqual(['higher', 'test'])
    expect(() => registry.registerRuntimeType({ ...config!, type: 'higher' })).toThrow(
      /\[RUNTIME_TYPE_TAKEN\]/,
    )
  })

  test('subscribeToRuntimeSessions hands over active sessions and survives a callback that throws', async () => {
    const store = await openNotebook(['a'])
    const registry = createTestRegistry()
    const seen: number[] = []
    const unsubscribe = registry.subscribeToRuntimeSessions(store, (active) => {
      seen.push(active.length)
      throw new Error('a callback that fails')
    })
    const agent = await registry.getOrCreateAgent(store.storeId, 'test', { store })
    await agent.shutdown()
    unsubscribe()
    expect(seen[0]).toBe(0)
    expect(seen).toContain(1)
    expect(seen.at(-1)).toBe(0)
  })
})
