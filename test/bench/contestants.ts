import { events, queryDb, tables, type Store } from '@runtimed/schema'
import type { RuntimeAgentRegistryConfig } from '../../src/index.js'
import {
  closeBenchStore,
  commitByTen,
  nextTurn,
  noopRegistry,
  openBenchStore,
  request,
  untilDurable,
  type BenchEvent,
} from './bench-store.js'

/** One way to get executions recorded, on a store of its own. */
export interface Contestant {
  /** Runs `count` further executions; resolves when all of them are recorded durably. */
  run(count: number): Promise<void>
  close(): Promise<void>
}

let stores = 0

/** The floor: the fewest events that record executions, committed bare, ten to a commit. */
export async function bareCommits(): Promise<Contestant> {
  const store = await openBenchStore(`bench-${++stores}`)
  let next = 0
  return {
    run: async (count) => {
      const batch = Array.from({ length: count }, () => record(`q${next++}`)).flat()
      await commitByTen(store, batch)
      await untilDurable(store)
    },
    close: () => closeBenchStore(store),
  }
}

function record(queueId: string): BenchEvent[] {
  const runtimeSessionId = 'session'
  return [
    request(queueId),
    events.executionAssigned({ queueId, runtimeSessionId }),
    events.executionStarted({ queueId, cellId: 'c0', runtimeSessionId, startedAt: new Date() }),
    events.executionCompleted({
      queueId,
      cellId: 'c0',
      status: 'success',
      completedAt: new Date(),
      executionDurationMs: 0,
    }),
  ]
}

/** The product: requests as rows, one agent, a handler that does nothing, everything mirrored. */
export async function pipeline(
  repeatable: boolean,
  inspect?: RuntimeAgentRegistryConfig['inspect'],
  turn: () => Promise<void> = nextTurn,
): Promise<Contestant> {
  const store = await openBenchStore(`bench-${++stores}`)
  const registry = noopRegistry(repeatable, () => undefined, inspect)
  const agent = await registry.getOrCreateAgent(store.storeId, 'noop', { store })
  let next = 0
  let finished = 0
  agent.actorRef.on('execution.finished', () => finished++)
  return {
    run: async (count) => {
      const target = next + count
      await commitByTen(
        store,
        Array.from({ length: count }, () => request(`q${next++}`)),
      )
      while (finished < target || completedRows(store) < target) await turn()
      await untilDurable(store)
    },
    close: async () => {
      await registry.close()
      await closeBenchStore(store)
    },
  }
}

const completedRows = (store: Store) =>
  store.query<{ total: number }[]>({
    query: "SELECT count(*) AS total FROM executionQueue WHERE status = 'completed'",
    bindValues: {},
  })[0]?.total ?? 0

/** The naive loop can be given a past, so that it need not run for hours to have one. */
export interface NaiveLoop extends Contestant {
  /** Records executions, without the loop, until the notebook holds `total`. */
  grow(total: number): Promise<void>
}

/**
 * A plain re-creation of the hand-written loop that the registry replaces (contract 3.8): one commit per event, one subscription per
 * status over all rows ever, all cells read for a log line, claims and runs from timers. One request at a time, so that it does not
 * storm.
 */
export async function naiveLoop(): Promise<NaiveLoop> {
  const store = await openBenchStore(`bench-${++stores}`)
  let unsubscribe = subscribeNaively(store)
  const stop = () => {
    for (const end of unsubscribe.splice(0)) end()
  }
  let next = 0
  return {
    grow: async (total) => {
      stop()
      while (next < total) {
        const size = Math.min(25, total - next)
        store.commit(...(Array.from({ length: size }, () => record(`q${next++}`)).flat() as [BenchEvent]))
        await nextTurn()
      }
      await untilDurable(store)
      unsubscribe = subscribeNaively(store)
    },
    run: async (count) => {
      for (let index = 0; index < count; index++) {
        const queueId = `q${next++}`
        store.commit(request(queueId))
        while (statusOf(store, queueId) !== 'completed') await nextTurn()
      }
      await untilDurable(store)
    },
    close: async () => {
      stop()
      await closeBenchStore(store)
    },
  }
}

function subscribeNaively(store: Store): (() => void)[] {
  const sessionId = 'session'
  const processed = new Set<string>()
  const rowsWith = (status: 'pending' | 'cancelled' | 'completed' | 'failed') =>
    queryDb(tables.executionQueue.select().where({ status }))
  const assigned = queryDb(
    tables.executionQueue.select().where({ status: 'assigned', assignedRuntimeSession: sessionId }),
  )
  const execute = (queueId: string) => {
    store.query(queryDb(tables.cells.select().where({ id: 'c0' })))
    const [, , started, completed] = record(queueId)
    store.commit(started as BenchEvent)
    store.commit(events.cellOutputsCleared({ cellId: 'c0', wait: false, clearedBy: 'runtime-bench' }))
    store.commit(completed as BenchEvent)
  }
  return [
    store.subscribe(rowsWith('pending'), ([first]) => {
      if (!first) return
      store.query(queryDb(tables.cells.select()))
      setTimeout(() => {
        store.commit(events.executionAssigned({ queueId: first.id, runtimeSessionId: sessionId }))
      }, 0)
    }),
    store.subscribe(assigned, (rows) => {
      setTimeout(() => {
        for (const { id } of rows) {
          if (processed.has(id)) continue
          processed.add(id)
          execute(id)
        }
      }, 0)
    }),
    ...(['cancelled', 'completed', 'failed'] as const).map((status) =>
      store.subscribe(rowsWith(status), (rows) => {
        for (const { id } of rows) processed.delete(id)
      }),
    ),
    store.subscribe(queryDb(tables.files.select()), () => undefined),
  ]
}

const statusOf = (store: Store, id: string) =>
  store.query<{ status: string }[]>({
    query: `SELECT status FROM executionQueue WHERE id = '${id}'`,
    bindValues: {},
  })[0]?.status
