import type { Store } from '@runtimed/schema'
import { NotebookWriter } from '../../browser.js'
import { decodeEvent, encodeEvent, eventKey, type JournalEvent } from './event-codec.js'
import { eventsSince } from './event-history.js'
import { dropJournal, journalsOf, type JournalEntry } from './journal.js'

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
    const missing = await missingEvents(
      store,
      journals.flatMap(([, entries]) => entries),
    )
    const events = missing.map(decodeEvent).filter((event) => event !== undefined)
    await new NotebookWriter(store, 'local').commit(events).durable
    for (const [page] of journals) dropJournal(storage, store.storeId, page)
    return events.length
  })
}

/** Compared without the page that committed it: another page may have tried to recover it already. */
async function missingEvents(store: Store, entries: readonly JournalEntry[]): Promise<JournalEvent[]> {
  const parent = Math.min(...entries.map((entry) => entry.parent))
  const known = new Map<string, number>()
  for (const event of await eventsSince(store, parent)) {
    const key = eventKey(encodeEvent(event))
    known.set(key, (known.get(key) ?? 0) + 1)
  }
  return entries
    .flatMap(({ events }) => events)
    .filter((event) => {
      const key = eventKey(event)
      const count = known.get(key) ?? 0
      known.set(key, count - 1)
      return count <= 0
    })
}
