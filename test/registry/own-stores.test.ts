/** Stores that an app made with LiveStore's own adapters: without a sync backend they work, and without a connection they say so. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { tables, type Store } from '@runtimed/schema'
import { describe, expect, test } from 'vitest'
import { SimulatedClock } from 'xstate'
import { committerFor } from '../../src/livestore/committer.js'
import { queueRows, requestOf } from '../support/notebooks.js'
import { aloneAdapter, createOwnStore, distantBackend, workerAdapter } from '../support/own-stores.js'
import { cleanUp, createTestRegistry } from '../support/test-registry.js'
import { waitUntil } from '../support/wait-for.js'

let count = 0
const newId = () => `own-${++count}`

async function open(adapter: ReturnType<typeof aloneAdapter>, storeId = newId()): Promise<Store> {
  const store = await createOwnStore(storeId, adapter)
  cleanUp(() => store.shutdownPromise().catch(() => undefined))
  return store
}

async function temporaryDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'own-store-'))
  cleanUp(() => rm(directory, { recursive: true, force: true }))
  return directory
}

const ended = (store: Store) =>
  waitUntil(
    'the request to end',
    () => queueRows(store).every(({ status }) => ['completed', 'failed'].includes(status)),
    120_000,
  )

const statuses = (store: Store) => queueRows(store).map(({ status }) => status)

describe('a store without a sync backend', () => {
  test('runs cells, also when other stores were opened after it', async () => {
    const stores = [await open(aloneAdapter()), await open(aloneAdapter()), await open(aloneAdapter())]
    const registry = createTestRegistry()
    for (const store of stores) {
      await registry.getOrCreateAgent(store.storeId, 'test', { store })
      store.commit(requestOf('q1', 'c0'))
      await ended(store)
      expect(statuses(store)).toEqual(['completed'])
    }
  })

  test('in files, and opened again, runs cells', async () => {
    const directory = await temporaryDirectory()
    const first = await open(aloneAdapter(directory), 'kept')
    const registry = createTestRegistry()
    const agent = await registry.getOrCreateAgent('kept', 'test', { store: first })
    first.commit(requestOf('q1', 'c0'))
    await ended(first)
    await agent.shutdown()
    await first.shutdownPromise()
    const second = await open(aloneAdapter(directory), 'kept')
    await registry.getOrCreateAgent('kept', 'test', { store: second })
    second.commit(requestOf('q2', 'c0', 2))
    await ended(second)
    expect(statuses(second)).toEqual(['completed', 'completed'])
  })

  test(
    'whose leader is in a worker runs cells once it has been alone for a while',
    { timeout: 240_000 },
    async () => {
      const store = await open(workerAdapter(await temporaryDirectory()))
      committerFor(store, { aloneAfterMs: 300 })
      await createTestRegistry().getOrCreateAgent(store.storeId, 'test', { store })
      store.commit(requestOf('q1', 'c0'), requestOf('q2', 'c0', 2))
      await ended(store)
      expect(statuses(store)).toEqual(['completed', 'completed'])
    },
  )
})

describe('a store whose sync backend cannot be reached', () => {
  async function openAway() {
    const { adapter, connect } = distantBackend()
    const store = await open(adapter('one'))
    const clock = new SimulatedClock()
    const runs: string[] = []
    const registry = createTestRegistry({
      config: { clock },
      execute: ({ queueEntry }) => {
        runs.push(queueEntry.id)
        return Promise.resolve({ success: true })
      },
    })
    const agent = await registry.getOrCreateAgent(store.storeId, 'test', { store })
    store.commit(requestOf('q1', 'c0'))
    await waitUntil('the claim to be written', () => statuses(store)[0] === 'executing')
    return { store, clock, runs, agent, connect }
  }

  test('fails the execution after a minute, with the code and what to do, and does not run it', async () => {
    const { store, clock, runs, agent, connect } = await openAway()
    clock.increment(59_000)
    expect(statuses(store)).toEqual(['executing'])
    clock.increment(1_000)
    await ended(store)
    const [row] = queueRows(store)
    expect(row).toMatchObject({ status: 'failed' })
    expect(row?.error).toContain('could not be reached for 60 s')
    const [output] = store.query(tables.outputs.where({ outputType: 'error' }))
    expect(output?.data).toContain('StoreOffline')
    expect(agent.getSnapshot().value).toBe('running')
    connect(true)
    store.commit(requestOf('q2', 'c0', 2))
    await waitUntil('the next one to run', () => statuses(store)[1] === 'completed')
    expect(runs).toEqual(['q2'])
    expect(statuses(store)).toEqual(['failed', 'completed'])
  })

  test('runs the execution once when it comes back in time', async () => {
    const { store, clock, runs, connect } = await openAway()
    clock.increment(30_000)
    connect(true)
    await ended(store)
    clock.increment(60_000)
    expect(statuses(store)).toEqual(['completed'])
    expect(runs).toEqual(['q1'])
  })

  test('whatever the app says of it: without a backend it runs', async () => {
    const { adapter } = distantBackend()
    const store = await open(adapter('two'))
    await createTestRegistry().getOrCreateAgent(store.storeId, 'test', { store, hasBackend: false })
    store.commit(requestOf('q1', 'c0'))
    await ended(store)
    expect(statuses(store)).toEqual(['completed'])
  })
})
