import type { Store } from '@runtimed/schema'
import { NotebookWriter } from '../../browser.js'
import { missingEvents } from '../../livestore/commit-journal.js'
import type { AnyStore } from '../../livestore/store-info.js'
import { dropJournal, journalsOf } from './journal.js'

/**
 * Commits what ended pages had committed and what never reached the disk; each event once, in the order of each page. Resolves with
 * the number of events when they are on disk. One tab at a time does it.
 */
export async function recoverJournals(
  store: Store,
  storage: Storage,
  hasEnded: (page: string) => boolean,
): Promise<number> {
  return navigator.locks.request(`studio-recover-${store.storeId}`, async () => {
    const journals = [...journalsOf(storage, store.storeId)].filter(([page]) => hasEnded(page))
    if (journals.length === 0) return 0
    const entries = journals.flatMap(([, left]) => left)
    const events = await missingEvents(store as unknown as AnyStore, entries)
    await new NotebookWriter(store, 'local').commit(events).durable
    for (const [page] of journals) dropJournal(storage, store.storeId, page)
    return events.length
  })
}
