import { Listeners } from '../../react/listeners.js'

/** A notebook of this browser, as the list shows it. */
export interface CatalogEntry {
  readonly id: string
  readonly title: string
}

const key = 'studio.notebooks'

/** The list of notebooks, the same in all tabs. */
export class Catalog {
  readonly #storage: Storage
  readonly #listeners = new Listeners()
  #entries: readonly CatalogEntry[]

  constructor(storage: Storage) {
    this.#storage = storage
    this.#entries = this.#read()
    addEventListener('storage', (event) => {
      if (event.key !== key) return
      this.#entries = this.#read()
      this.#listeners.notify()
    })
  }

  readonly getSnapshot = (): readonly CatalogEntry[] => this.#entries

  readonly subscribe = (listener: () => void): (() => void) => this.#listeners.add(listener)

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
