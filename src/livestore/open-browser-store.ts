import { createStorePromise } from '@livestore/livestore'
import { schema, type Store } from '@runtimed/schema'
import { LogLevel } from 'effect'
import { RegistryError } from '../errors.js'
import { closeNotebookStore } from './close-notebook-store.js'
import { requireNotebookStoreOptions, type NotebookStoreOptions } from './notebook-store-options.js'
import { registerStore } from './store-info.js'
import { createSyncBackend } from './sync-backend.js'
import { createSyncLog } from './sync-log.js'

/** Milliseconds in which events on their way back from the in-process backend gather. */
const echoDelayMs = 10

/**
 * Opens the store of a notebook in this page, in its memory: gone with the page. Needs `@livestore/adapter-web`.
 *
 * To keep a notebook in the browser, create the store with LiveStore's own adapter and hand it to the registry; any store of the
 * notebook's schema will do.
 *
 * Rejects with `INVALID_OPTION`, `INVALID_NOTEBOOK_ID`, or `STORE_UNAVAILABLE` for a directory. Close with `closeNotebookStore`.
 */
export async function openNotebookStore(options: NotebookStoreOptions): Promise<Store> {
  requireNotebookStoreOptions(options)
  const { notebookId, storage, signal } = options
  if (storage !== 'memory') throw noDirectories(storage.directory)
  signal?.throwIfAborted()
  const store = await openInMemory(notebookId, options.clientId ?? `browser-${crypto.randomUUID()}`)
  if (signal?.aborted !== true) return store
  await closeNotebookStore(store)
  throw signal.reason
}

async function openInMemory(storeId: string, clientId: string): Promise<Store> {
  const { makeInMemoryAdapter } = await import('@livestore/adapter-web')
  const log = createSyncLog({ echoDelayMs })
  const store = await createStorePromise({
    adapter: makeInMemoryAdapter({
      clientId,
      sync: { backend: createSyncBackend(log), onSyncError: 'shutdown' },
    }),
    schema,
    storeId,
    disableDevtools: true,
    logLevel: LogLevel.None,
  })
  registerStore(store, { log, release: () => undefined })
  return store
}

const noDirectories = (directory: string) =>
  new RegistryError(
    'STORE_UNAVAILABLE',
    `${directory} cannot hold a notebook: a page has no directories. Use storage: 'memory', or a store on @livestore/adapter-web.`,
  )
