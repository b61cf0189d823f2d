/** What an agent of the registry has from `RuntimeAgent` does the same there. */
import { events, tables, type FileData } from '@runtimed/schema'
import { describe, expect, test } from 'vitest'
import { closeNotebookStore } from '../../src/livestore/close-notebook-store.js'
import { committerFor } from '../../src/livestore/committer.js'
import { queueRows, requestOf } from '../support/notebooks.js'
import { createTestRegistry, openNotebook, untilAborted } from '../support/test-registry.js'
import { waitUntil } from '../support/wait-for.js'

const upload = (id: string) =>
  events.fileUploaded({
    artifactId: `artifact-${id}`,
    mimeType: 'text/csv',
    fileName: `${id}.csv`,
    createdAt: new Date(),
    createdBy: 'user',
  })

describe('an agent of the registry', () => {
  test('tells onFilesUpload of the files of its notebook, until it has ended; a callback that throws is contained', async () => {
    const store = await openNotebook(['a'])
    const agent = await createTestRegistry().getOrCreateAgent(store.storeId, 'test', { store })
    const seen: string[][] = []
    agent.onFilesUpload((files: readonly FileData[]) => {
      seen.push(files.map(({ fileName }) => fileName))
      throw new Error('a bug of the app')
    })
    store.commit(upload('one'))
    await waitUntil('first file told', () => seen.length === 1)
    store.commit(upload('two'))
    await waitUntil('second file told', () => seen.length === 2)
    expect(seen).toEqual([['one.csv'], ['one.csv', 'two.csv']])
    await agent.shutdown()
    store.commit(upload('three'))
    store.commit(requestOf('q1', 'c0'))
    await waitUntil('row there', () => queueRows(store).length === 1)
    expect(seen.length).toBe(2)
  })

  test('announces changed capabilities, and runs what it can run now, also in its next life', async () => {
    const store = await openNotebook(['select 1'], 'sql')
    const agent = await createTestRegistry().getOrCreateAgent(store.storeId, 'test', { store })
    const announced = () => store.query(tables.runtimeSessions.where({ isActive: true })).at(-1)
    agent.capabilities = { canExecuteCode: true, canExecuteSql: true, canExecuteAi: false }
    await waitUntil('announced', () => announced()?.canExecuteSql === true)
    expect(announced()).toMatchObject({ status: 'ready', isActive: true })
    store.commit(requestOf('q1', 'c0'))
    await waitUntil('completed', () => queueRows(store)[0]?.status === 'completed')
    const { sessionId } = announced()!
    agent.restart()
    const next = await waitUntil('next life', () => {
      const session = announced()
      return session?.status === 'ready' && session.sessionId !== sessionId ? session : undefined
    })
    expect(next.canExecuteSql).toBe(true)
  })

  test('stops when isShuttingDown is set, and its notebook can have another one', async () => {
    const store = await openNotebook(['a'])
    const registry = createTestRegistry()
    const agent = await registry.getOrCreateAgent(store.storeId, 'test', { store })
    agent.isShuttingDown = true
    await agent.keepAlive()
    expect(agent.getSnapshot().value).toBe('stopped')
    agent.isShuttingDown = false
    expect(agent.isShuttingDown).toBe(true)
    const next = await registry.getOrCreateAgent(store.storeId, 'test', { store })
    expect(next).not.toBe(agent)
  })

  test('has the running execution in activeExecutions, with what aborts it', async () => {
    const store = await openNotebook(['a'])
    const registry = createTestRegistry({
      execute: async ({ abortSignal }) => {
        await untilAborted(abortSignal)
        return { success: false, error: 'stopped' }
      },
    })
    const agent = await registry.getOrCreateAgent(store.storeId, 'test', { store })
    store.commit(requestOf('q1', 'c0'))
    const controller = await waitUntil('running', () => agent.activeExecutions.get('q1'))
    controller.abort()
    await waitUntil('failed', () => queueRows(store)[0]?.status === 'failed')
    expect(agent.activeExecutions.size).toBe(0)
  })

  test('runs with the handler that it was given last, and remembers what it ran', async () => {
    const store = await openNotebook(['a'])
    const registry = createTestRegistry()
    registry.registerRuntimeType({
      type: 'plain',
      displayName: 'Plain',
      description: 'A plain function',
      icon: '',
      capabilities: { canExecuteCode: true, canExecuteSql: false, canExecuteAi: false },
      priority: 0,
      isAvailable: true,
      executionHandler: () => Promise.reject(new Error('it was replaced')),
    })
    const agent = await registry.getOrCreateAgent(store.storeId, 'plain', { store })
    const ran: string[] = []
    agent.onExecution(async ({ queueEntry }) => {
      ran.push(queueEntry.id)
      return { success: true }
    })
    store.commit(requestOf('q1', 'c0'))
    await waitUntil('completed', () => queueRows(store)[0]?.status === 'completed')
    expect(ran).toEqual(['q1'])
    expect([...agent.processedExecutions]).toEqual(['q1'])
  })

  test('tells onCancellation of an execution that its stop leaves behind, once, with the reason', async () => {
    const store = await openNotebook(['a'])
    const registry = createTestRegistry({ execute: () => new Promise(() => {}) })
    const agent = await registry.getOrCreateAgent(store.storeId, 'test', { store })
    const told: unknown[] = []
    agent.onCancellation((...call) => void told.push(call))
    store.commit(requestOf('q1', 'c0'))
    await waitUntil('running', () => agent.activeExecutions.has('q1'))
    await agent.shutdown()
    expect(told).toEqual([['q1', 'c0', 'The runtime was shut down.']])
  })

  test('tells onDisconnected that its store was closed', async () => {
    const store = await openNotebook(['a'])
    const agent = await createTestRegistry().getOrCreateAgent(store.storeId, 'test', { store })
    const told: (Error | undefined)[] = []
    agent.handlers.onDisconnected = (error) => void told.push(error)
    await closeNotebookStore(store)
    await waitUntil('told', () => told.length > 0)
    expect(told).toMatchObject([{ code: 'RUNTIME_FAILED', cause: { code: 'storeDied' } }])
  })

  test('stops watching its notebook when its subscriptions are ended; renewalInterval is set until it has ended', async () => {
    const store = await openNotebook(['a'])
    const agent = await createTestRegistry().getOrCreateAgent(store.storeId, 'test', { store })
    expect(agent.renewalInterval).toBeDefined()
    for (const unsubscribe of agent.subscriptions.splice(0)) unsubscribe()
    store.commit(requestOf('q1', 'c0'))
    await agent.shutdown()
    expect(queueRows(store)[0]?.status).toBe('pending')
    expect(agent.renewalInterval).toBeUndefined()
  })

  test('calls an onShutdown callback that comes after its end at once', async () => {
    const store = await openNotebook(['a'])
    const agent = await createTestRegistry().getOrCreateAgent(store.storeId, 'test', { store })
    await agent.shutdown()
    let calls = 0
    agent.onShutdown(() => void (calls += 1))
    expect(calls).toBe(1)
  })

  test('ends what waits when allExecutionsCancelled is submitted', async () => {
    const store = await openNotebook(['a'])
    store.commit(requestOf('q1', 'c0'))
    await committerFor(store).submit([events.allExecutionsCancelled()]).durable
    expect(queueRows(store)[0]?.status).toBe('cancelled')
  })
})
