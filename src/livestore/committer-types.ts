import type { CommitEvents } from './check-events.js'
import type { CommitJournal } from './commit-journal.js'
import type { Submission } from './submission.js'

/** What a committer tells when its store no longer works. */
export interface StoreFailure {
  /** `storeDied`: final. `storeStalled`: nothing has moved for a while; the work still waits and may go on. Told again while it does. */
  readonly code: 'storeDied' | 'storeStalled'
  readonly message: string
}

/** Options of `committerFor`; those of the first call count. */
export interface CommitterOptions {
  /** Most events in one turn of commits, default 100. A single larger submission still goes in whole. */
  readonly maxBatch?: number
  /** Milliseconds without any progress, while something waits, after which the store counts as stalled. Default 15000. */
  readonly stallMs?: number
  /**
   * Whether the store has a sync backend; without one `confirmed` means durable. Default: found out where the store's leader is in
   * this thread. Elsewhere a store that was never connected, and has no event from a backend, counts as one without after
   * `aloneAfterMs`.
   */
  readonly hasBackend?: boolean
  /** Milliseconds, default 10000. */
  readonly aloneAfterMs?: number
  /**
   * True for a backend that nobody but the store's own leader writes to. Its order is final, so that a commit need not wait until the
   * one before is confirmed. Default false.
   */
  readonly ownsBackend?: boolean
  /**
   * Keeps what is not in the log yet. Default: that of a store which `openNotebookStore` has opened in Node; of any other store, what a
   * process has not written when it ends is gone.
   */
  readonly journal?: CommitJournal
}

/**
 * The one writer of a store. Everything submitted in one turn goes into one commit, in order; a commit starts only
 * when the one before is durable and no rebase is running, because LiveStore loses events that are committed into a
 * rebase. It also owns the single sync status subscription a store can have: subscribe nowhere else.
 */
export interface Committer {
  /**
   * Queues the events of one submission, which are never split over two commits. A function is called in the same
   * synchronous turn as its commit, with everything submitted earlier already in the tables, so it can read rows and
   * decide; it may return `[]`. An invalid or throwing submission is rejected alone.
   */
  submit(events: CommitEvents | (() => CommitEvents), options?: SubmitOptions): Submission
  readonly status: 'open' | 'dead' | 'closed'
  /** The store has a sync backend, or may have one, and it was not connected when last looked at. */
  readonly isOffline: boolean
  /** Submissions not yet durable. */
  readonly pending: number
  /** Calls the listener when the store dies (at most once, also when it is dead already) or stalls. Returns the stop function. */
  onDeath(listener: (failure: StoreFailure) => void): () => void
  /** Resolves when everything submitted is durable; rejects when the store dies, or has stood still for `stallMs`, first. */
  idle(): Promise<void>
  /** What may wait waits no longer. */
  flush(): void
  /** Tells the listeners that the store is about to be closed by its owner; what they submit at once is still written. @internal */
  announceClose(): void
  /** Takes no further submissions, and lets go of the store. What still waits is rejected: await {@link idle} first. */
  close(): void
}

/** Options of {@link Committer.submit}. */
export interface SubmitOptions {
  /**
   * False: the function does not look at what was submitted earlier in the same turn, so that both can stand in one commit,
   * which is several times cheaper. Default true.
   */
  readonly fresh?: boolean
  /**
   * True: nobody waits for it, so that it may stand in one commit with what is submitted within 50 ms of the commit before. Default
   * false: it is committed in this turn, with all before it.
   */
  readonly mayWait?: boolean
  /** What a function will come to if nothing changes before its turn: what a journal keeps until then. May throw for nothing. */
  readonly expected?: () => CommitEvents
}
