/** Functions to call when something has changed, and what is done only while there is one. */
export class Listeners {
  readonly #listeners = new Set<() => void>()
  readonly #open: () => () => void
  #close: () => void = () => undefined

  /** `open` runs for the first listener, and what it returns when the last one has gone. */
  constructor(open: () => () => void = () => () => undefined) {
    this.#open = open
  }

  get size(): number {
    return this.#listeners.size
  }

  /** Adds one call per change; returns the function that takes it back. */
  readonly add = (listener: () => void): (() => void) => {
    const entry = () => listener()
    this.#listeners.add(entry)
    if (this.#listeners.size === 1) this.#close = this.#open()
    return () => {
      if (this.#listeners.delete(entry) && this.#listeners.size === 0) this.#close()
    }
  }

  notify(): void {
    for (const listener of this.#listeners) listener()
  }
}
