import { events, queryDb, tables, type Store } from '@runtimed/schema'
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
export async function pipeline(repeatable: boolean): Promise<Contestant> {
  const store = await openBenchStore(`bench-${++stores}`)
  const registry = noopRegistry(repeatable, () => undefined)
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
      while (finished < target || completedRows(store) < target) await nextTurn()
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

/**
 * A plain re-creation of the hand-written loop that the registry replaces: one commit per event, one subscription per status
 * over all rows ever, claims from a timer. One request at a time, so that it does not storm.
 */
export async function naiveLoop(): Promise<Contestant> {
  const store = await openBenchStore(`bench-${++stores}`)
  const sessionId = 'session'
  const processed = new Set<string>()
  const queue = tables.executionQueue.select()
  const assigned = queryDb(queue.where({ status: 'assigned', assignedRuntimeSession: sessionId }))
  const commitStep = (queueId: string, step: number) => store.commit(record(queueId)[step] as BenchEvent)
  const unsubscribe = [
    store.subscribe(queryDb(queue.where({ status: 'pending' })), (rows) => {
      const row = rows[0]
      if (row)
        setTimeout(
          () => store.commit(events.executionAssigned({ queueId: row.id, runtimeSessionId: sessionId })),
          0,
        )
    }),
    store.subscribe(assigned, (rows) => {
      setTimeout(() => {
        for (const row of rows) {
          if (processed.has(row.id)) continue
          processed.add(row.id)
          commitStep(row.id, 2)
          store.commit(events.cellOutputsCleared({ cellId: 'c0', wait: false, clearedBy: 'runtime-bench' }))
          commitStep(row.id, 3)
        }
      }, 0)
    }),
    ...(['cancelled', 'completed', 'failed'] as const).map((status) =>
      store.subscribe(queryDb(queue.where({ status })), (rows) => {
        for (const row of rows) processed.delete(row.id)
      }),
    ),
  ]
  let next = 0
  return {
    run: async (count) => {
      for (let index = 0; index < count; index++) {
        const queueId = `q${next++}`
        store.commit(request(queueId))
        while (statusOf(store, queueId) !== 'completed') await nextTurn()
      }
      await untilDurable(store)
    },
    close: async () => {
      for (const stop of unsubscribe) stop()
      await closeBenchStore(store)
    },
  }
}

const statusOf = (store: Store, id: string) =>
  store.query<{ status: string }[]>({
    query: `SELECT status FROM executionQueue WHERE id = '${id}'`,
    bindValues: {},
  })[0]?.status
