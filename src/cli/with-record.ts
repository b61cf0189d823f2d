import { logger, LogLevel } from '@runtimed/agent-core'
import type { Store } from '@runtimed/schema'
import { openNotebookCopy } from '../livestore/open-notebook-copy.js'
import type { StorePlace } from './store-place.js'

/**
 * Opens a copy of a store, hands it to `work`, and closes it; its directory is not written. Throws `STORE_IN_USE` or
 * `STORE_UNAVAILABLE`, and whatever the work throws.
 */
export async function withRecord<Result>(
  { notebookId, directory }: StorePlace,
  work: (store: Store) => Result | Promise<Result>,
): Promise<Result> {
  logger.configure({ level: LogLevel.ERROR, console: Boolean(process.env['DEBUG']) })
  const { store, close } = await openNotebookCopy({ notebookId, directory })
  try {
    return await work(store)
  } finally {
    await close()
  }
}
