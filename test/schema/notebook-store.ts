import { randomUUID } from 'node:crypto'
import { makeAdapter } from '@livestore/adapter-node'
import { makeShutdownDeferred } from '@livestore/livestore'
import { createStorePromise, schema, type Store } from '@runtimed/schema'
import { Deferred, Effect, LogLevel } from 'effect'

/** A real in-memory store of one notebook, and whether it has closed itself. */
export type NotebookStore = { store: Store; isAlive: () => boolean; close: () => Promise<void> }

/** Opens a store that nothing else shares. LiveStore closes it by itself when a materializer fails. */
export const openNotebookStore = async (): Promise<NotebookStore> => {
  const shutdownDeferred = Effect.runSync(makeShutdownDeferred)
  const store = await createStorePromise({
    schema,
    adapter: makeAdapter({ storage: { type: 'in-memory' }, clientId: randomUUID() }),
    storeId: randomUUID(),
    disableDevtools: true,
    logLevel: LogLevel.None,
    shutdownDeferred,
  })
  const isAlive = (): boolean => Effect.runSync(Deferred.poll(shutdownDeferred))._tag === 'None'
  return { store, isAlive, close: async () => (isAlive() ? store.shutdownPromise() : undefined) }
}

/** Every row of every synced table as SQLite holds it, in primary-key order. */
export const dumpTables = (store: Store): Record<string, ReadonlyArray<unknown>> =>
  Object.fromEntries(SYNCED_TABLES.map((name) => [name, rowsOf(store, name)]))

const SYNCED_TABLES = [
  'debug',
  'files',
  'presence',
  'notebookMetadata',
  'cells',
  'output_deltas',
  'outputs',
  'pendingClears',
  'runtimeSessions',
  'executionQueue',
  'actors',
  'toolApprovals',
]

const rowsOf = (store: Store, table: string): ReadonlyArray<unknown> =>
  store.query<ReadonlyArray<unknown>>({ query: `select * from "${table}" order by 1`, bindValues: {} })
