import type { Store } from '@runtimed/schema'
import { type Committer, committerFor } from '../../livestore/committer.js'
import { StallWatch } from '../../livestore/stall-watch.js'
import { globalNumber } from '../../livestore/sync-position.js'
import { encodeEvent } from './event-codec.js'
import type { Journal } from './journal.js'

/** Milliseconds between looks. */
const lookMs = 100

/** Milliseconds after which a store that takes nothing any more counts as stuck. */
const stuckMs = 3_000

interface CommittedEvent {
  readonly name: string
  readonly args: unknown
}

/**
 * Stands between a notebook's store and whoever commits to it: keeps what is committed in the journal until it is on disk, and tells
 * once when the store takes nothing any more although something waits; nothing but a new store helps then.
 */
export class StoreGuard {
  readonly #store: Store
  readonly #journal: Journal
  readonly #onStuck: () => void
  readonly #watch = new StallWatch(stuckMs)
  readonly #timer: ReturnType<typeof setInterval>

  constructor(store: Store, journal: Journal, onStuck: () => void) {
    this.#store = store
    this.#journal = journal
    this.#onStuck = onStuck
    const commit = store.commit as (...events: CommittedEvent[]) => void
    const guarded = (...events: CommittedEvent[]): void => {
      journal.note(events.map(encodeEvent), this.writtenHead)
      commit(...events)
    }
    Object.assign(store, { commit: guarded })
    this.#keepSubmissions()
    this.#timer = setInterval(() => this.#look(), lookMs)
  }

  /** Outputs wait for their turn in the committer; until then they are in the journal as well. */
  #keepSubmissions(): void {
    const committer = committerFor(this.#store)
    const submit: Committer['submit'] = committer.submit.bind(committer)
    const kept: Committer['submit'] = (events, options) => {
      if (typeof events === 'function') return submit(events, options)
      const forget = this.keep(events)
      return submit(() => (forget(), events), { ...options, fresh: false })
    }
    Object.assign(committer, { submit: kept })
  }

  /** Keeps events that wait for their commit; returns the function to call when they are committed. */
  keep(events: readonly CommittedEvent[]): () => void {
    try {
      return this.#journal.keep(events.map(encodeEvent), this.writtenHead)
    } catch {
      return () => undefined
    }
  }

  /** Number of the last event that is known to be in the log. */
  get writtenHead(): number {
    const status = this.#status()
    return status ? globalNumber(status.upstreamHead) : 0
  }

  close(): void {
    clearInterval(this.#timer)
  }

  #look(): void {
    const status = this.#status()
    if (!status) return
    if (status.pendingCount === 0) this.#journal.settle()
    const waits = committerFor(this.#store).pending > 0 || status.pendingCount > 0
    if (!waits) return this.#watch.rest()
    const isStuck = this.#watch.look(`${status.upstreamHead} ${status.localHead}`)
    if (isStuck) this.#onStuck()
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
