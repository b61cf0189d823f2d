import { schema } from '@runtimed/schema'
import { type CommitJournal, encodeEvent, type JournalEntry } from '../../livestore/commit-journal.js'

const prefix = 'studio.journal.'

/**
 * What one page has committed to one notebook and what may not be on disk yet, in the browser's storage: written before the commit,
 * in the same turn, so that neither the end of the page nor a store that no longer takes anything can lose it. What does not fit into
 * the storage, or is no event, is not kept.
 */
export function createJournal(storage: Storage, notebookId: string, page: string): CommitJournal {
  let count = 0
  return {
    keep(events, parent) {
      const key = `${prefix}${notebookId}.${page}.${++count}`
      try {
        storage.setItem(
          key,
          JSON.stringify({ parent, events: events.map((event) => encodeEvent(schema, event)) }),
        )
      } catch {
        return undefined
      }
      return () => storage.removeItem(key)
    },
  }
}

/** The entries that pages have left for a notebook, by page, oldest first. */
export function journalsOf(
  storage: Storage,
  notebookId: string,
): ReadonlyMap<string, readonly JournalEntry[]> {
  const start = `${prefix}${notebookId}.`
  const places = keysOf(storage, start)
    .map((key) => ({ key, place: key.slice(start.length).split('.') }))
    .toSorted((left, right) => Number(left.place[1]) - Number(right.place[1]))
  const journals = new Map<string, JournalEntry[]>()
  for (const { key, place } of places) {
    const page = place[0] ?? ''
    const text = storage.getItem(key)
    if (text !== null) journals.set(page, [...(journals.get(page) ?? []), JSON.parse(text) as JournalEntry])
  }
  return journals
}

/** Forgets what a page has left for a notebook. */
export function dropJournal(storage: Storage, notebookId: string, page: string): void {
  for (const key of keysOf(storage, `${prefix}${notebookId}.${page}.`)) storage.removeItem(key)
}

/** The notebook and the page of a storage key; undefined for any other key. */
export function journalKey(key: string | null): { notebookId: string; page: string } | undefined {
  if (!key?.startsWith(prefix)) return undefined
  const [notebookId = '', page = ''] = key.slice(prefix.length).split('.')
  return { notebookId, page }
}

const keysOf = (storage: Storage, start: string): string[] =>
  Object.keys(storage).filter((key) => key.startsWith(start))
