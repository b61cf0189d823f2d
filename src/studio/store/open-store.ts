import { makePersistedAdapter } from '@livestore/adapter-web'
import { createStorePromise, schema, type Store } from '@runtimed/schema'
import { LogLevel } from 'effect'

/** Name of this page in the log of every notebook: another one after each reload, and never shared between tabs. */
export const pageId = crypto.randomUUID().slice(0, 8)

/** Where the build puts `livestore.worker.ts`. */
const workerFile = './workers/livestore.worker.js'

const createWorker = ({ name }: { name: string }) =>
  new Worker(new URL(workerFile, document.baseURI), { type: 'module', name })

const createSharedWorker = ({ name }: { name: string }) =>
  new SharedWorker(new URL('./livestore.shared-worker.ts', import.meta.url), { type: 'module', name })

/** Opens the notebook's store in the browser's private files (OPFS), shared with the other tabs. */
export async function openStore(notebookId: string): Promise<Store> {
  return createStorePromise({
    adapter: makePersistedAdapter({
      storage: { type: 'opfs' },
      worker: createWorker,
      sharedWorker: createSharedWorker,
      sessionId: pageId,
    }),
    schema,
    storeId: notebookId,
    disableDevtools: true,
    logLevel: LogLevel.None,
  })
}
