/** Stores that are not the notebook's are refused by name, before an agent is made. */
import { makeSchema, State, Events, Schema, createStorePromise } from '@livestore/livestore'
import { type Store } from '@runtimed/schema'
import { describe, expect, test } from 'vitest'
import { queueRows, requestOf } from '../support/notebooks.js'
import { aloneAdapter, createOwnStore } from '../support/own-stores.js'
import { cleanUp, createTestRegistry, openNotebook } from '../support/test-registry.js'
import { waitUntil } from '../support/wait-for.js'

async function openOwn(storeId: string): Promise<Store> {
  const store = await createOwnStore(storeId, aloneAdapter())
  cleanUp(() => store.shutdownPromise().catch(() => undefined))
  return store
}

async function openOtherSchema(): Promise<Store> {
  const notes = State.SQLite.table({
    name: 'notes',
    columns: { id: State.SQLite.text({ primaryKey: true }) },
  })
  const events = {
    noteAdded: Events.synced({ name: 'v1.NoteAdded', schema: Schema.Struct({ id: Schema.String }) }),
  }
  const materializers = State.SQLite.materializers(events, {
    'v1.NoteAdded': ({ id }) => notes.insert({ id }),
  })
  const state = State.SQLite.makeState({ tables: { notes }, materializers })
  const schema = makeSchema({ events, state })
  const store = await createStorePromise({
    adapter: aloneAdapter(),
    schema,
    storeId: 'notes',
    disableDevtools: true,
  })
  cleanUp(() => store.shutdownPromise())
  return store as unknown as Store
}

describe('refused by name', () => {
  test('the store that openNotebookStore opened for another notebook', async () => {
    const store = await openNotebook([])
    const call = createTestRegistry().getOrCreateAgent('nb-3', 'test', { store })
    await expect(call).rejects.toThrow(
      `[WRONG_STORE] Store "${store.storeId}" is that of notebook "${store.storeId}", and was passed for notebook "nb-3".`,
    )
  })

  test('the store on which the agent of another notebook works, which is not disturbed', async () => {
    const store = await openOwn('app-store-1')
    const registry = createTestRegistry()
    const agent = await registry.getOrCreateAgent('nb-1', 'test', { store })
    const call = registry.getOrCreateAgent('nb-3', 'test', { store })
    await expect(call).rejects.toThrow('[WRONG_STORE] Store "app-store-1" is that of notebook "nb-1"')
    expect(registry.getAgents()).toEqual([agent])
    store.commit(requestOf('q1', 'c0'))
    await waitUntil('it ran', () => queueRows(store)[0]?.status === 'completed')
  })

  test('the store of another notebook while an agent is going, without waiting for its end', async () => {
    const [own, other] = [await openNotebook([]), await openNotebook([])]
    let end = () => undefined as void
    const dispose = () => new Promise<void>((resolve) => (end = resolve))
    const registry = createTestRegistry({ instance: () => ({ dispose }) })
    const agent = await registry.getOrCreateAgent(own.storeId, 'test', { store: own })
    const going = agent.shutdown()
    await waitUntil('it is going', () => agent.isShuttingDown)
    const call = registry.getOrCreateAgent(own.storeId, 'test', { store: other })
    await expect(call).rejects.toThrow('[WRONG_STORE]')
    expect(agent.getSnapshot().status).toBe('active')
    end()
    await going
  })

  test('the store of another notebook after its agent has gone, also for another registry', async () => {
    const store = await openOwn('app-store-2')
    const agent = await createTestRegistry().getOrCreateAgent('nb-1', 'test', { store })
    await agent.shutdown()
    const call = createTestRegistry().getOrCreateAgent('nb-3', 'test', { store })
    await expect(call).rejects.toThrow('[WRONG_STORE]')
  })

  test('the store of another notebook in place of one that has ended', async () => {
    const [ended, other] = [await openOwn('nb-5'), await openNotebook([])]
    const registry = createTestRegistry()
    const agent = await registry.getOrCreateAgent('nb-5', 'test', { store: ended })
    await ended.shutdownPromise()
    await expect(registry.getOrCreateAgent('nb-5', 'test', { store: other })).rejects.toThrow('[WRONG_STORE]')
    expect(registry.getAgents()).toEqual([agent])
  })

  test('a store of another schema', async () => {
    const store = await openOtherSchema()
    const call = createTestRegistry().getOrCreateAgent('notes', 'test', { store })
    await expect(call).rejects.toThrow(/\[INVALID_STORE\] Store "notes".*its schema has no event "v1\.\w+"/)
  })

  test.each([{}, 'store', 42, null])('what is no store: %j', async (store) => {
    const call = createTestRegistry().getOrCreateAgent('nb-1', 'test', { store: store as never })
    await expect(call).rejects.toThrow(/\[(INVALID_STORE|STORE_REQUIRED)\].*nb-1/)
  })
})

test('a store may be called otherwise than its notebook', async () => {
  const store = await openOwn('team-7_notebook-1')
  await createTestRegistry().getOrCreateAgent('notebooks/1', 'test', { store })
  store.commit(requestOf('q1', 'c0'))
  await waitUntil('it ran', () => queueRows(store)[0]?.status === 'completed')
})
