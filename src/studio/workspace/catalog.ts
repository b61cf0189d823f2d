import { Listeners } from '../../react/listeners.js'

/** A notebook of this browser, as the list shows it. */
export interface CatalogEntry {
  readonly id: string
  readonly title: string
  /** Name of the sample that it has to be filled with when it is opened for the first time. */
  readonly sample?: string
}

const key = 'studio.notebooks'

/** The list of notebooks, the same in all tabs. */
export class Catalog {
  readonly #storage: Storage
  readonly #listeners = new Listeners()
  #entries: readonly CatalogEntry[]
  #tellRemoved: (id: string) => void = () => undefined

  constructor(storage: Storage) {
    this.#storage = storage
    this.#entries = this.#read()
    addEventListener('storage', (event) => {
      if (event.key !== key) return
      const before = this.#entries
      this.#entries = this.#read()
      const removed = before.filter(({ id }) => !this.#entries.some((entry) => entry.id === id))
      for (const { id } of removed) this.#tellRemoved(id)
      this.#listeners.notify()
    })
  }

  readonly getSnapshot = (): readonly CatalogEntry[] => this.#entries

  readonly subscribe = (listener: () => void): (() => void) => this.#listeners.add(listener)

  /** Calls back with the notebooks that other tabs remove. */
  onRemoved(listener: (id: string) => void): void {
    this.#tellRemoved = listener
  }

  add(entry: CatalogEntry): void {
    this.#write((entries) => [...entries, entry])
  }

  rename(id: string, title: string): void {
    if (this.#entries.some((entry) => entry.id === id && entry.title === title)) return
    this.#write((entries) => entries.map((entry) => (entry.id === id ? { ...entry, title } : entry)))
  }

  remove(id: string): void {
    this.#write((entries) => entries.filter((entry) => entry.id !== id))
  }

  /** Based on what stands in the storage: another tab may have changed it a moment ago. */
  #write(change: (entries: readonly CatalogEntry[]) => readonly CatalogEntry[]): void {
    this.#entries = change(this.#read())
    this.#storage.setItem(key, JSON.stringify(this.#entries))
    this.#listeners.notify()
  }

  #read(): readonly CatalogEntry[] {
    try {
      return JSON.parse(this.#storage.getItem(key) ?? '[]') as CatalogEntry[]
    } catch {
      return []
    }
  }
}
