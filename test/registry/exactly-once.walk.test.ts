import { events, type Store } from '@runtimed/schema'
import { afterEach, describe, expect, test } from 'vitest'
import { defineExecutionHandler } from '../../src/execution/handler.js'
import { closeNotebookStore } from '../../src/livestore/open-notebook-store.js'
import { RuntimeAgentRegistry } from '../../src/registry/runtime-agent-registry.js'
import { commitInBatches, openTestNotebook, queueRows, requestOf } from '../support/notebooks.js'
import { waitUntil } from '../support/wait-for.js'

const count = 80
/** Ends a hang: two cores with other work take half a minute for 80 requests. */
const patienceMs = 200_000
const cleanups: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

interface Options {
  readonly repeatable: boolean
  readonly yields: boolean
}

async function recordingRegistry({ repeatable, yields }: Options) {
  const runs: string[] = []
  const registry = new RuntimeAgentRegistry()
  cleanups.push(() => registry.close())
  const capabilities = { canExecuteCode: true, canExecuteSql: false, canExecuteAi: false }
  registry.registerRuntimeType({
    type: 'recording',
    displayName: 'Recording',
    description: 'Records which executions it ran',
    icon: '',
    capabilities,
    priority: 1,
    isAvailable: true,
    executionHandler: defineExecutionHandler({
      name: 'recording',
      capabilities,
      repeatable,
      create: () => ({
        execute: async (context) => {
          runs.push(context.queueEntry.id)
          if (yields) await new Promise((resolve) => setTimeout(resolve, 0))
          return { success: true }
        },
        dispose: () => Promise.resolve(),
      }),
    }),
  })
  return { registry, runs }
}

const openNotebook = async () => {
  const store = await openTestNotebook(Array.from({ length: 10 }, (_, index) => `cell ${index}`))
  cleanups.push(() => closeNotebookStore(store))
  return store
}

const ids = Array.from({ length: count }, (_, index) => `q${index}`)
const requests = () => ids.map((id, index) => requestOf(id, `c${index % 10}`))

const allEnded = (store: Store) => () => {
  const open = store.query<{ total: number }[]>({
    query: `SELECT count(*) AS total FROM executionQueue WHERE status IN ('completed', 'failed', 'cancelled')`,
    bindValues: {},
  })
  return open[0]?.total === count ? queueRows(store) : undefined
}
describe.each([
  { repeatable: true, yields: false },
  { repeatable: true, yields: true },
  { repeatable: false, yields: false },
  { repeatable: false, yields: true },
])('repeatable: $repeatable, yields: $yields', (options) => {
  test('D1 D7 D14 a burst runs each request once and in order', async () => {
    const store = await openNotebook()
    const { registry, runs } = await recordingRegistry(options)
    await registry.getOrCreateAgent(store.storeId, 'recording', { store })
    commitInBatches(store, requests())
    const rows = await waitUntil('all rows ended', allEnded(store), patienceMs)
    expect(runs).toEqual(ids)
    expect(rows.map((row) => row.status)).toEqual(ids.map(() => 'completed'))
  })

  test('D3 D15 a backlog, each request committed three times, runs each once', async () => {
    const store = await openNotebook()
    commitInBatches(store, [...requests(), ...requests(), ...requests()])
    const { registry, runs } = await recordingRegistry(options)
    await registry.getOrCreateAgent(store.storeId, 'recording', { store })
    await waitUntil('all rows ended', allEnded(store), patienceMs)
    expect(runs).toEqual(ids)
  })

  test('D4 D5 D6 requests cancelled at any moment never end completed', async () => {
    const store = await openNotebook()
    const { registry, runs } = await recordingRegistry(options)
    await registry.getOrCreateAgent(store.storeId, 'recording', { store })
    commitInBatches(store, requests())
    const cancelled: string[] = []
    for (let index = 0; index < 50; index++) {
      const row = queueRows(store).filter((candidate) => candidate.status !== 'completed')[(index * 7) % 11]
      if (!row || row.status === 'cancelled') continue
      cancelled.push(row.id)
      store.commit(
        events.executionCancelled({
          queueId: row.id,
          cellId: row.cellId,
          cancelledBy: 'user',
          reason: 'test',
        }),
      )
      await new Promise((resolve) => setImmediate(resolve))
    }
    const rows = await waitUntil('all rows ended', allEnded(store), patienceMs)
    expect(rows.filter((row) => cancelled.includes(row.id)).map((row) => row.status)).toEqual(
      [...new Set(cancelled)].map(() => 'cancelled'),
    )
    expect(new Set(runs).size).toBe(runs.length)
    expect(runs).toEqual(ids.filter((id) => runs.includes(id)))
  })
})

test('one hundred concurrent calls for one notebook give one agent and one session', async () => {
  const store = await openNotebook()
  const { registry } = await recordingRegistry({ repeatable: true, yields: false })
  const agents = await Promise.all(
    Array.from({ length: 100 }, () => registry.getOrCreateAgent(store.storeId, 'recording', { store })),
  )
  expect(new Set(agents).size).toBe(1)
  expect(registry.actorRef.getSnapshot().context.agentCount).toBe(1)
})
