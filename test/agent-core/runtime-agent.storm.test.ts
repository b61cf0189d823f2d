import { events, tables, type Store } from '@runtimed/schema'
import { describe, expect, it } from 'vitest'
import { addCell, cancel, createAgent, openStore, request, startAgent, until } from './support.js'

const count = 60
const ids = Array.from({ length: count }, (_, index) => `q${index}`)

/** Random numbers that are the same in every run of the test. */
function createRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 1664525 + 1013904223) % 4294967296
    return state / 4294967296
  }
}

function untilAllEnded(store: Store): Promise<void> {
  const live = tables.executionQueue.where({
    status: { op: 'IN', value: ['pending', 'assigned', 'executing'] },
  })
  return until(() => store.query(live).length === 0, 'the end of all requests', 50_000)
}

describe.each([
  ['never yields', async () => {}],
  ['yields', () => new Promise<void>((resolve) => setTimeout(resolve, 1))],
])('a storm of requests with a handler that %s', (_name, work) => {
  it('D1 D2 D3 D4 D5 D6 D15 each runs at most once, in order, whatever is repeated or cancelled', async () => {
    const store = await openStore()
    addCell(store, 'c1')
    addCell(store, 'c2')
    const cellOf = (id: string) => (Number(id.slice(1)) % 2 ? 'c1' : 'c2')
    for (const id of ids.slice(0, 20)) request(store, id, cellOf(id))
    const random = createRandom(7)
    const runs: string[] = []
    await startAgent(store, {
      handler: async ({ queueEntry, stdout }) => {
        runs.push(queueEntry.id)
        stdout(queueEntry.id)
        await work()
        return { success: true }
      },
    })
    for (const id of ids) {
      for (let repetition = 0; repetition < 3; repetition += 1) request(store, id, cellOf(id))
      if (random() < 0.3) {
        const target = ids[Number(id.slice(1)) - Math.floor(random() * 4)] ?? id
        cancel(store, target, cellOf(target))
      }
      if (random() < 0.5) await new Promise((resolve) => setImmediate(resolve))
    }
    await untilAllEnded(store)
    const rows = store.query(tables.executionQueue.orderBy('requestSeq', 'asc'))
    const completed = rows.filter((row) => row.status === 'completed').map((row) => row.id)
    const cancelled = rows.filter((row) => row.status === 'cancelled')
    expect(rows.map((row) => row.id)).toEqual(ids)
    expect(new Set(runs).size).toBe(runs.length)
    expect(runs).toEqual(ids.filter((id) => runs.includes(id)))
    expect(completed.length + cancelled.length).toBe(count)
    expect(cancelled.length).toBeGreaterThan(3)
    expect(completed.filter((id) => !runs.includes(id))).toEqual([])
  })
})

describe('a store that is closed by a bad commit of someone else', () => {
  it('D28 D51 ends the agent: no further run, no uncaught exception', async () => {
    const store = await openStore()
    addCell(store, 'c1')
    const told: string[] = []
    const agent = createAgent(store, {
      handler: async ({ stdout }) => {
        store.commit({ name: 'v1.NoSuchEvent', args: {} } as never)
        stdout('written into a closed store')
        return { success: true }
      },
      handlers: { onDisconnected: (error) => void told.push(error?.message ?? '') },
    })
    await agent.start()
    request(store, 'q1', 'c1')
    store.commit(
      events.executionRequested({ queueId: 'q2', cellId: 'c1', executionCount: 1, requestedBy: 'ada' }),
    )
    await agent.keepAlive()
    expect(told.length).toBe(1)
    expect(agent.subscriptions).toEqual([])
  })
})
