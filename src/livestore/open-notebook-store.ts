import { schema, type Store } from '@runtimed/schema'
import { closeNotebookStore } from './close-notebook-store.js'
import { requireNotebookStoreOptions, type NotebookStoreOptions } from './notebook-store-options.js'

export { closeNotebookStore, type CloseNotebookStoreOptions } from './close-notebook-store.js'
export type { NotebookStoreOptions } from './notebook-store-options.js'

/**
 * Opens the store of a notebook in this Node process, with a sync backend in the same process.
 *
 * A store in a directory survives a kill at any moment: what was durable is there at the next opening, once.
 * Everything is read from files without fsync: after a power failure the last seconds may be missing.
 *
 * Rejects with `INVALID_OPTION`, `INVALID_NOTEBOOK_ID`, `STORE_IN_USE` (another process has the directory) or `STORE_UNAVAILABLE` (it cannot
 * be written, or is damaged). Close with {@link closeNotebookStore}; until then the store keeps the process alive.
 */
export async function openNotebookStore(options: NotebookStoreOptions): Promise<Store> {
  requireNotebookStoreOptions(options)
  const { notebookId, storage, clientId, signal } = options
  signal?.throwIfAborted()
  const { openNodeStore } = await import('./node-store.js')
  const identity = clientId === undefined ? {} : { clientId }
  const store = await openNodeStore({ schema, storeId: notebookId, storage, ...identity })
  if (signal?.aborted !== true) return store
  await closeNotebookStore(store)
  throw signal.reason
}
