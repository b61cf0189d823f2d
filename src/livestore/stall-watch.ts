/** Milliseconds one look counts at most, so that a blocked event loop or a sleeping machine is not taken for a stall. */
const longestLookMs = 500

/** Notices that something which should move has stood still. Told once for each standstill, and again after a rest. */
export class StallWatch {
  readonly stallMs: number
  #position: string | undefined
  #lastLook = 0
  #stoodStillMs = 0

  constructor(stallMs: number) {
    this.stallMs = stallMs
  }

  /** Takes note of where things are. True when they have been there for `stallMs`, the first time it is so. */
  look(position: string): boolean {
    const now = performance.now()
    const elapsed = Math.min(now - this.#lastLook, longestLookMs)
    this.#lastLook = now
    if (position !== this.#position) {
      this.#position = position
      this.#stoodStillMs = 0
      return false
    }
    const before = this.#stoodStillMs
    this.#stoodStillMs += elapsed
    return before < this.stallMs && this.#stoodStillMs >= this.stallMs
  }

  /** Nothing is waited for. */
  rest(): void {
    this.#position = undefined
  }
}
