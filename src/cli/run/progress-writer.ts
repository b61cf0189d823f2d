import type { OutputFile } from './output-file.js'

/** Shortest time between two writings, in milliseconds. */
const shortestPauseMs = 1_000

/** How many times as long as it took the writing pauses, so that a large notebook does not slow its own run down. */
const pauseFactor = 20

/**
 * Writes the executed notebook while it runs, so that a run that is killed leaves what it had. What goes wrong here goes wrong
 * at the end again, and is told then.
 */
export class ProgressWriter {
  readonly #out: OutputFile | undefined
  readonly #textOf: () => string
  #timer: NodeJS.Timeout | undefined
  #running: Promise<void> = Promise.resolve()
  #earliestAt = 0
  #isClosed = false

  constructor(out: OutputFile | undefined, textOf: () => string) {
    this.#out = out?.isReplaced ? out : undefined
    this.#textOf = textOf
  }

  /** Takes note that there is something new to write. */
  note(): void {
    if (this.#isClosed || !this.#out || this.#timer) return
    const wait = Math.max(0, this.#earliestAt - performance.now())
    this.#timer = setTimeout(() => {
      this.#running = this.#write()
    }, wait)
  }

  /** Writes no more; resolves when nothing is being written. */
  close(): Promise<void> {
    this.#isClosed = true
    clearTimeout(this.#timer)
    return this.#running
  }

  async #write(): Promise<void> {
    const startedAt = performance.now()
    try {
      await this.#out?.write(this.#textOf())
    } catch {
      return
    } finally {
      const now = performance.now()
      this.#earliestAt = now + Math.max(shortestPauseMs, pauseFactor * (now - startedAt))
      this.#timer = undefined
    }
  }
}
