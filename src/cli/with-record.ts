import { logger, LogLevel } from '@runtimed/agent-core'
import type { Store } from '@runtimed/schema'
import { openNotebookCopy } from '../livestore/open-notebook-copy.js'
import { findStore } from './store-place.js'

/**
 * Opens a copy of the store that a directory holds, hands it to `work`, and closes it; the directory is not written. Throws
 * `STORE_NOT_FOUND`, `STORE_AMBIGUOUS`, `STORE_IN_USE` or `STORE_UNAVAILABLE`, and whatever the work throws.
 */
export async function withRecord<Result>(
  directory: string,
  work: (store: Store) => Result | Promise<Result>,
): Promise<Result> {
  logger.configure({ level: LogLevel.ERROR, console: Boolean(process.env['DEBUG']) })
  const { notebookId, directory: base } = findStore(directory)
  const { store, close } = await openNotebookCopy({ notebookId, directory: base })
  try {
    return await work(store)
  } finally {
    await close()
  }
}
