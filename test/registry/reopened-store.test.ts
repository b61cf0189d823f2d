/** A store that ends under its agent, and the one that is opened in its place. */
import { events, tables, type Store } from '@runtimed/schema'
import { describe, expect, test } from 'vitest'
import { closeNotebookStore, openNotebookStore } from '../../src/livestore/open-notebook-store.js'
import { queueRows, requestOf } from '../support/notebooks.js'
import { cleanUp, createTestRegistry, openNotebook, untilAborted } from '../support/test-registry.js'
import { aloneAdapter, createOwnStore } from '../support/own-stores.js'
import { waitUntil } from '../support/wait-for.js'

type Opener = (notebookId: string) => Promise<Store>

const ourStore: Opener = async (notebookId) => {
  const store = await openNotebookStore({ notebookId, storage: 'memory' })
  store.commit(events.cellCreated2({ id: 'c0', fractionalIndex: 'a0', cellType: 'code', createdBy: 'user' }))
  return store
}

const ownStore: Opener = (notebookId) => createOwnStore(notebookId, aloneAdapter())

const ends = [
  { name: 'our store that died', open: ourStore, end: (store: Store) => store.shutdownPromise() },
  { name: 'our store that was closed', open: ourStore, end: (store: Store) => closeNotebookStore(store) },
  {
    name: 'a store of the app that was shut down',
    open: ownStore,
    end: (store: Store) => store.shutdownPromise(),
  },
] as const

const refusal = /\[STORE_DIED\].*has ended\. Open the notebook again, and pass the new store/

let count = 0

describe.each(ends)('$name', ({ open, end }) => {
  async function endedUnderAgent() {
    const notebookId = `reopened-${++count}`
    const registry = createTestRegistry()
    const first = await open(notebookId)
    const agent = await registry.getOrCreateAgent(notebookId, 'test', { store: first })
    await end(first)
    return { registry, notebookId, first, agent }
  }

  const openAgain = async (notebookId: string) => {
    const store = await open(notebookId)
    cleanUp(() => closeNotebookStore(store).catch(() => undefined))
    return store
  }

  test('fails its agent with storeDied', async () => {
    const { agent } = await endedUnderAgent()
    await waitUntil('failed', () => agent.getSnapshot().matches('failed'))
    expect(agent.getSnapshot().context.failure?.code).toBe('storeDied')
  })

  test('gives way to a new store: a new agent runs cells on it, and the old one has ended', async () => {
    const { registry, notebookId, agent } = await endedUnderAgent()
    const store = await openAgain(notebookId)
    const next = await registry.getOrCreateAgent(notebookId, 'test', { store })
    expect(next).not.toBe(agent)
    expect(next.store).toBe(store)
    expect(agent.getSnapshot()).toMatchObject({ value: 'stopped', context: { stopReason: 'error' } })
    store.commit(requestOf('q1', 'c0'))
    await waitUntil('it ran', () => queueRows(store)[0]?.status === 'completed')
    await next.shutdown()
    await registry.getOrCreateAgent(notebookId, 'test', { store })
    store.commit(requestOf('q2', 'c0', 2))
    await waitUntil('it ran after a stop and a start', () => queueRows(store)[1]?.status === 'completed')
  })

  test('gives way once, however many ask', async () => {
    const { registry, notebookId } = await endedUnderAgent()
    const store = await openAgain(notebookId)
    const agents = await Promise.all(
      Array.from({ length: 5 }, () => registry.getOrCreateAgent(notebookId, 'test', { store })),
    )
    expect(new Set(agents).size).toBe(1)
    expect(agents[0]?.store).toBe(store)
  })

  test('is refused with what to do, as it is and without a new one', async () => {
    const { registry, notebookId, first, agent } = await endedUnderAgent()
    const asked = [
      registry.getOrCreateAgent(notebookId, 'test', { store: first }),
      registry.getOrCreateAgent(notebookId),
    ]
    for (const call of asked) await expect(call).rejects.toThrow(refusal)
    await agent.shutdown()
    const call = registry.getOrCreateAgent(notebookId, 'test', { store: first })
    await expect(call).rejects.toThrow(refusal)
  })
})

test('a store that is closed while a cell runs has the end of the cell and of the session', async () => {
  const store = await openNotebook(['a'])
  const execute = async ({ abortSignal }: { abortSignal: AbortSignal }) =>
    untilAborted(abortSignal).then(() => ({ success: true as const }))
  const agent = await createTestRegistry({ execute }).getOrCreateAgent(store.storeId, 'test', { store })
  store.commit(requestOf('q1', 'c0'))
  await waitUntil('executing', () => queueRows(store)[0]?.status === 'executing')
  const seen = new Promise<unknown>((resolve) => {
    store.subscribe(tables.runtimeSessions.where({ isActive: false }), ([session]) => {
      if (session) resolve([queueRows(store)[0]?.status, session.terminationReason])
    })
  })
  await closeNotebookStore(store)
  expect(await seen).toEqual(['failed', 'error'])
  expect(agent.getSnapshot().context.failure?.message).toContain('was closed')
})

test('a second store beside one that is still open is refused', async () => {
  const first = await createOwnStore('beside', aloneAdapter())
  const second = await createOwnStore('beside', aloneAdapter())
  cleanUp(() => Promise.all([first.shutdownPromise(), second.shutdownPromise()]))
  const registry = createTestRegistry()
  await registry.getOrCreateAgent('beside', 'test', { store: first })
  const call = registry.getOrCreateAgent('beside', 'test', { store: second })
  await expect(call).rejects.toThrow(/\[OTHER_STORE\].*both are called "beside".*Close that one/)
})
