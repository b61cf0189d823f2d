/**
 * Counts who needs something, and tells when nobody does any more.
 *
 * The last release counts only if nobody holds again before the next microtask: React takes effects down and puts them up
 * again at once, in StrictMode and on a hot reload, and that is not an end.
 */
export class Holders {
  readonly #onAbandoned: () => void
  #count = 0

  constructor(onAbandoned: () => void) {
    this.#onAbandoned = onAbandoned
  }

  /** Adds a holder; returns the function that releases it. */
  hold(): () => void {
    this.#count++
    return () => {
      this.#count--
      queueMicrotask(() => {
        if (this.#count === 0) this.#onAbandoned()
      })
    }
  }
}
