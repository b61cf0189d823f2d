/** An event with its arguments encoded as JSON. */
export interface JournalEvent {
  readonly name: string
  readonly args: unknown
}

/** Events of one commit that are not known to be on disk, and the number of the last event before them. */
export interface JournalEntry {
  readonly page: string
  readonly parent: number
  readonly events: readonly JournalEvent[]
}

const prefix = 'studio.journal.'

/**
 * What one page has committed to one notebook and what may not be on disk yet, in the browser's storage: written before the commit,
 * in the same turn, so that neither the end of the page nor a store that no longer takes anything can lose it.
 */
export class Journal {
  readonly #storage: Storage
  readonly #notebookId: string
  readonly #page: string
  #count = 0
  #open: string[] = []

  constructor(storage: Storage, notebookId: string, page: string) {
    this.#storage = storage
    this.#notebookId = notebookId
    this.#page = page
  }

  /** Keeps events that are being committed until `settle`. What does not fit into the storage is not kept. */
  note(events: readonly JournalEvent[], parent: number): void {
    const key = this.#write(events, parent)
    if (key !== undefined) this.#open.push(key)
  }

  /** Forgets all that was noted: it is on disk. */
  settle(): void {
    for (const key of this.#open.splice(0)) this.#storage.removeItem(key)
  }

  /** Keeps events that wait for their commit; returns the function to call when they are committed. */
  keep(events: readonly JournalEvent[], parent: number): () => void {
    const key = this.#write(events, parent)
    return () => {
      if (key !== undefined) this.#storage.removeItem(key)
    }
  }

  #write(events: readonly JournalEvent[], parent: number): string | undefined {
    if (events.length === 0) return undefined
    const key = `${prefix}${this.#notebookId}.${this.#page}.${++this.#count}`
    try {
      this.#storage.setItem(key, JSON.stringify({ parent, events }))
      return key
    } catch {
      return undefined
    }
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
    const entry = parseEntry(page, storage.getItem(key))
    if (entry) journals.set(page, [...(journals.get(page) ?? []), entry])
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

function parseEntry(page: string, text: string | null): JournalEntry | undefined {
  if (text === null) return undefined
  return { page, ...(JSON.parse(text) as Omit<JournalEntry, 'page'>) }
}
