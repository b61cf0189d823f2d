import type { Store } from '@runtimed/schema'
import { StallWatch } from '../../livestore/stall-watch.js'
import { globalNumber } from '../../livestore/sync-position.js'
import { encodeEvent } from './event-codec.js'
import type { Journal } from './journal.js'

/** Milliseconds between looks while something may not be on disk. */
const lookMs = 40

/** Milliseconds after which a store that takes nothing any more counts as stuck. */
const stuckMs = 3_000

interface CommittedEvent {
  readonly name: string
  readonly args: unknown
}

/**
 * Stands between a notebook's store and whoever commits to it: keeps what is committed in the journal until it is on disk, and tells
 * once when the store takes nothing any more. LiveStore 0.4 gets into that state when the tab that leads is closed while another
 * commits (its issue 955); nothing but a new store helps then.
 */
export class StoreGuard {
  readonly #store: Store
  readonly #journal: Journal
  readonly #onStuck: () => void
  readonly #watch = new StallWatch(stuckMs)
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(store: Store, journal: Journal, onStuck: () => void) {
    this.#store = store
    this.#journal = journal
    this.#onStuck = onStuck
    const commit = store.commit as (...events: CommittedEvent[]) => void
    const guarded = (...events: CommittedEvent[]): void => {
      journal.note(events.map(encodeEvent), this.writtenHead)
      commit(...events)
      this.#schedule()
    }
    Object.assign(store, { commit: guarded })
  }

  close(): void {
    clearTimeout(this.#timer)
  }

  #schedule(): void {
    this.#timer ??= setTimeout(() => this.#look(), lookMs)
  }

  #look(): void {
    this.#timer = undefined
    const status = this.#status()
    if (!status) return
    if (status.pendingCount === 0) {
      this.#journal.settle()
      return this.#watch.rest()
    }
    if (this.#watch.look(status.upstreamHead)) return this.#onStuck()
    this.#schedule()
  }

  /** Number of the last event that is known to be in the log. */
  get writtenHead(): number {
    const status = this.#status()
    return status ? globalNumber(status.upstreamHead) : 0
  }

  /** Undefined for a store that has ended. */
  #status() {
    try {
      return this.#store.syncStatus()
    } catch {
      return undefined
    }
  }
}
