interface Timer {
  readonly dueMs: number
  readonly callback: () => void
}

/** A clock that only moves when told to, one timer at a time. */
export class ChaosClock {
  readonly #timers = new Map<number, Timer>()
  #nowMs: number
  #lastId = 0

  constructor(nowMs = 0) {
    this.#nowMs = nowMs
  }

  now(): number {
    return this.#nowMs
  }

  get timers(): number {
    return this.#timers.size
  }

  setTimeout(callback: () => void, delayMs: number): number {
    this.#lastId++
    this.#timers.set(this.#lastId, { dueMs: this.#nowMs + delayMs, callback })
    return this.#lastId
  }

  clearTimeout(handle: unknown): void {
    this.#timers.delete(handle as number)
  }

  /** Milliseconds until the next timer; undefined without one. */
  get nextInMs(): number | undefined {
    const next = this.#next()
    return next && next[1].dueMs - this.#nowMs
  }

  /** Moves to the next timer that is due by `untilMs` and runs it; false, and then at `untilMs`, when there is none. */
  runNext(untilMs: number): boolean {
    const next = this.#next()
    if (!next || next[1].dueMs > untilMs) {
      this.#nowMs = Math.max(this.#nowMs, untilMs)
      return false
    }
    const [id, timer] = next
    this.#timers.delete(id)
    this.#nowMs = Math.max(this.#nowMs, timer.dueMs)
    timer.callback()
    return true
  }

  /** Equal due times keep the order in which they were set, as Node's do. */
  #next(): [number, Timer] | undefined {
    let found: [number, Timer] | undefined
    for (const entry of this.#timers) if (!found || entry[1].dueMs < found[1].dueMs) found = entry
    return found
  }
}
