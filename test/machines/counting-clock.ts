import { SimulatedClock } from 'xstate'

/** XState's simulated clock that also knows how many timers are set. */
export class CountingClock extends SimulatedClock {
  readonly #live = new Set<number>()

  get timers(): number {
    return this.#live.size
  }

  override setTimeout(callback: (...args: unknown[]) => void, delayMs: number): number {
    const id = super.setTimeout(() => {
      this.#live.delete(id)
      callback()
    }, delayMs)
    this.#live.add(id)
    return id
  }

  override clearTimeout(id: number): void {
    this.#live.delete(id)
    super.clearTimeout(id)
  }
}
