/** Functions to call when something has changed. */
export class Listeners {
  readonly #listeners = new Set<() => void>()

  get size(): number {
    return this.#listeners.size
  }

  /** Adds one call per change; returns the function that takes it back. */
  add(listener: () => void): () => void {
    const entry = () => listener()
    this.#listeners.add(entry)
    return () => void this.#listeners.delete(entry)
  }

  notify(): void {
    for (const listener of this.#listeners) listener()
  }
}
