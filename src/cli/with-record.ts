import { logger, LogLevel } from '@runtimed/agent-core'
import type { Store } from '@runtimed/schema'
import { closeNotebookStore, openNotebookStore } from '../index.js'
import { findStore } from './store-place.js'

/**
 * Opens the store that a directory holds, hands it to `work`, and closes it. Throws `STORE_NOT_FOUND`, `STORE_AMBIGUOUS` or
 * `STORE_IN_USE`, and whatever the work throws.
 */
export async function withRecord<Result>(
  directory: string,
  work: (store: Store) => Result | Promise<Result>,
): Promise<Result> {
  logger.configure({ level: LogLevel.ERROR, console: Boolean(process.env['DEBUG']) })
  const { notebookId, directory: base } = findStore(directory)
  const store = await openNotebookStore({ notebookId, storage: { directory: base } })
  try {
    return await work(store)
  } finally {
    await closeNotebookStore(store)
  }
}
