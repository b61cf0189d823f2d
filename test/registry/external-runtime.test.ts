import { events, tables, type Store } from '@runtimed/schema'
import { describe, expect, test } from 'vitest'
import { executionOf, type AgentFact } from '../../machines/index.js'
import { closeNotebookStore } from '../../src/livestore/open-notebook-store.js'
import { readExecutionEnd } from '../../src/livestore/stored-end.js'
import { createExternalExecutionHandler, type ExternalHost } from '../../src/registry/external-handler.js'
import { RuntimeAgentFactory } from '../../src/registry/runtime-agent-factory.js'
import { RuntimeAgentRegistry } from '../../src/registry/runtime-agent-registry.js'
import { requestOf } from '../support/notebooks.js'
import { cleanUp, openNotebook } from '../support/test-registry.js'
import { waitUntil } from '../support/wait-for.js'

const capabilities = { canExecuteCode: true, canExecuteSql: false, canExecuteAi: false }

const statusOf = (sessionId: string, status: 'ready' | 'busy') =>
  events.runtimeSessionStatusChanged({ sessionId, status })

const sessionStarts = (sessionId = 'far') => [
  events.runtimeSessionStarted({ sessionId, runtimeId: 'r', runtimeType: 'python3', capabilities }),
  statusOf(sessionId, 'ready'),
]

const cellStarts = (queueId = 'q0', sessionId = 'far') => [
  requestOf(queueId, 'c0'),
  events.executionAssigned({ queueId, runtimeSessionId: sessionId }),
  events.executionStarted({ queueId, cellId: 'c0', runtimeSessionId: sessionId, startedAt: new Date() }),
]

const cellEnds = (error?: string) =>
  events.executionCompleted({
    queueId: 'q0',
    cellId: 'c0',
    status: error === undefined ? 'success' : 'error',
    ...(error !== undefined && { error }),
    completedAt: new Date(),
    executionDurationMs: 1,
  })

const cancelled = (reason: string) =>
  events.executionCancelled({ queueId: 'q0', cellId: 'c0', cancelledBy: 'ann', reason })

/** An agent that follows a session elsewhere, which runs a cell and is busy. */
async function followBusySession(host?: ExternalHost) {
  const store = await openNotebook(['a'])
  store.commit(...sessionStarts(), ...cellStarts(), statusOf('far', 'busy'))
  const registry = new RuntimeAgentRegistry()
  cleanUp(() => registry.close())
  registry.registerRuntimeType({
    type: 'external',
    displayName: 'External',
    description: '',
    icon: '',
    capabilities,
    priority: 1,
    isAvailable: true,
    executionHandler: createExternalExecutionHandler(host),
  })
  const agent = await registry.getOrCreateAgent(store.storeId, 'external', { store, userId: 'ann' })
  const ends: Extract<AgentFact, { type: 'execution.finished' }>['end'][] = []
  agent.actorRef.on('execution.finished', ({ end }) => void ends.push(end))
  await waitUntil('agent executing', () => agent.getSnapshot().matches('executing'))
  return { store, agent, ends }
}

const rowStatus = (store: Store) => store.query(tables.executionQueue.where({ id: 'q0' }))[0]?.status

describe('an agent of an external runtime', () => {
  test('says that no session is there, and follows one as soon as it appears', async () => {
    const store = await openNotebook(['a'])
    const factory = new RuntimeAgentFactory(store, 'user', 'token')
    await expect(factory.createRuntimeAgent(store.storeId, 'external')).rejects.toThrow(
      /No external runtime is connected to notebook/,
    )
    const agent = factory.getRegistry().getAgent(store.storeId)!
    store.commit(...sessionStarts(), ...cellStarts())
    await waitUntil('agent executing', () => agent.getSnapshot().matches('executing'))
    store.commit(cellEnds())
    await waitUntil('agent at rest', () => agent.getSnapshot().matches('running'))
    store.commit(events.runtimeSessionTerminated({ sessionId: 'far', reason: 'shutdown' }))
    await waitUntil('agent failed', () => agent.getSnapshot().matches('failed'))
    expect(agent.getSnapshot().context.failure?.code).toBe('noRuntime')
    expect(store.query(tables.runtimeSessions.select())).toHaveLength(1)
    await factory.getRegistry().close()
    await closeNotebookStore(store)
  })

  test.each([
    ['success', cellEnds(), { outcome: 'succeeded' }],
    ['an error', cellEnds('NameError: x'), { outcome: 'failed', reason: 'NameError: x' }],
    ['a loss', cellEnds('lost: its session died'), { outcome: 'lost', reason: 'its session died' }],
  ])('announces %s as it was recorded', async (_, end, expected) => {
    const { store, agent, ends } = await followBusySession()
    store.commit(end)
    await waitUntil('agent at rest', () => agent.getSnapshot().matches('running'))
    expect(ends).toEqual([
      {
        request: expect.objectContaining({ executionId: 'q0' }),
        claimed: true,
        stateLost: false,
        ...expected,
      },
    ])
  })

  test('announces a cancellation by somebody else once the session has stopped', async () => {
    const { store, agent, ends } = await followBusySession()
    store.commit(cancelled('not needed'))
    store.commit(statusOf('far', 'ready'))
    await waitUntil('agent at rest', () => agent.getSnapshot().matches('running'))
    expect(ends).toMatchObject([{ outcome: 'cancelled', reason: 'not needed' }])
  })

  test('asks the session on an interrupt, and announces no end until it has stopped, forced or not', async () => {
    const { store, agent, ends } = await followBusySession()
    const told: string[] = []
    agent.onCancellation((queueId) => void told.push(queueId))
    agent.interrupt()
    await waitUntil('row cancelled', () => rowStatus(store) === 'cancelled')
    agent.force()
    expect([told[0], executionOf(agent.getSnapshot())?.value]).toEqual(['q0', 'interrupting'])
    expect(ends).toEqual([])
    store.commit(...cellStarts('q1'))
    await waitUntil('the next runs', () => agent.getSnapshot().context.current?.executionId === 'q1')
    expect(ends).toMatchObject([{ outcome: 'cancelled', stateLost: false }])
    expect(agent.getSnapshot().context.epoch).toBe(1)
  })

  test('that is shut down ends neither the session nor its cell, and announces no end', async () => {
    const { store, agent, ends } = await followBusySession()
    await agent.shutdown()
    expect([rowStatus(store), ends]).toEqual(['executing', []])
    expect(readExecutionEnd(store, 'q0')).toBeUndefined()
  })

  test('that loses the session in the middle of a cell announces no end', async () => {
    const { store, agent, ends } = await followBusySession()
    store.commit(events.runtimeSessionTerminated({ sessionId: 'far', reason: 'error' }))
    await waitUntil('agent failed', () => agent.getSnapshot().matches('failed'))
    expect(ends).toEqual([])
  })

  test('with a host asks the session to stop its cell before the host takes it down', async () => {
    const statusAtStop: (string | undefined)[] = []
    const { store, agent, ends } = await followBusySession({
      start: () => Promise.resolve(),
      stop: () =>
        waitUntil('row cancelled', () => rowStatus(store) === 'cancelled').then(() => {
          statusAtStop.push(rowStatus(store))
        }),
    })
    await agent.shutdown()
    expect([statusAtStop, ends]).toEqual([['cancelled'], []])
  })
})
