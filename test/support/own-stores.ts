import { makeAdapter, makeWorkerAdapter } from '@livestore/adapter-node'
import type { SyncBackend } from '@livestore/common'
import { createStorePromise } from '@livestore/livestore'
import { events, schema, type Store } from '@runtimed/schema'
import { Effect, LogLevel, SubscriptionRef } from 'effect'
import { createSyncBackend } from '../../src/livestore/sync-backend.js'
import { createSyncLog, type SyncLog } from '../../src/livestore/sync-log.js'

type Adapter = ReturnType<typeof makeAdapter>

/** A store as an app makes it with LiveStore alone, with the cells `c0`, `c1`, …. */
export async function createOwnStore(storeId: string, adapter: Adapter, cells = 1): Promise<Store> {
  const store = await createStorePromise({
    adapter,
    schema,
    storeId,
    disableDevtools: true,
    logLevel: LogLevel.None,
  })
  for (let index = 0; index < cells; index++) {
    const place = { fractionalIndex: `a${index}`, cellType: 'code', createdBy: 'user' } as const
    store.commit(events.cellCreated2({ id: `c${index}`, ...place }))
  }
  return store
}

/** LiveStore's own adapter for a store without a sync backend. */
export const aloneAdapter = (directory?: string): Adapter =>
  makeAdapter({
    storage: directory === undefined ? { type: 'in-memory' } : { type: 'fs', baseDirectory: directory },
  })

/** The same with the store's leader in a worker. */
export const workerAdapter = (directory: string): Adapter =>
  makeWorkerAdapter({
    storage: { type: 'fs', baseDirectory: directory },
    workerUrl: new URL('own-store-worker.mjs', import.meta.url),
  })

/** A sync backend that cannot be reached until somebody connects it; its clients wait, as those of a network do. */
export function distantBackend(log: SyncLog = createSyncLog({ keepEvents: true })) {
  let away: SubscriptionRef.SubscriptionRef<boolean> | undefined
  const backend: SyncBackend.SyncBackendConstructor = (options) =>
    Effect.gen(function* () {
      const near = yield* createSyncBackend(log)(options)
      away = yield* SubscriptionRef.make(false)
      return { ...near, isConnected: away }
    })
  const connect = (isConnected: boolean) => {
    if (away) Effect.runSync(SubscriptionRef.set(away, isConnected))
  }
  const adapter = (clientId: string): Adapter =>
    makeAdapter({ storage: { type: 'in-memory' }, clientId, sync: { backend, onSyncError: 'shutdown' } })
  return { log, connect, adapter }
}
