import { createStorePromise as createLiveStore, schema, type Adapter, type Store } from '@runtimed/schema'
import type { SyncPayload } from './sync-payload.js'

type LiveStoreOptions = Parameters<typeof createLiveStore<typeof schema>>[0]

/** Options of {@link createStorePromise}; the optional ones go to LiveStore unchanged. */
export interface CreateStoreConfig extends Partial<
  Pick<LiveStoreOptions, 'batchUpdates' | 'boot' | 'signal' | 'onBootStatus' | 'disableDevtools' | 'logLevel'>
> {
  adapter: Adapter
  /** Also the LiveStore `storeId`: letters, digits, `_` and `-`. */
  notebookId: string
  /** Sent to the sync backend when connecting. */
  syncPayload: SyncPayload
}

/** Opens the store of a notebook with the runtime schema. The caller owns it and shuts it down. */
export function createStorePromise(config: CreateStoreConfig): Promise<Store> {
  const { notebookId, syncPayload, ...options } = config
  return createLiveStore({
    ...options,
    schema,
    storeId: notebookId,
    syncPayload: withoutUndefined(syncPayload),
  })
}

/** LiveStore refuses to open a store whose payload has a property that is `undefined`. */
function withoutUndefined(payload: SyncPayload): Record<string, string | boolean> {
  return Object.fromEntries(Object.entries(payload).filter(([, value]) => value !== undefined))
}
