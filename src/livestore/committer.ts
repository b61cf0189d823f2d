import type { LiveStoreSchema, Store as LiveStore, SyncStatus } from '@livestore/livestore'
import { RegistryError, StoreDiedError } from '../errors.js'
import { type BackendView, declareBackend, hasBackend, viewBackend } from './backend-view.js'
import { checkEvents, type CommitEvents } from './check-events.js'
import { type AnyStore, hasStoreEnded, reasonOfEnd, storeInfo, storeLog } from './store-info.js'
import { StallWatch } from './stall-watch.js'
import { globalNumber, isConfirmed, writtenHead } from './sync-position.js'
import { createSubmission, type PendingSubmission, type Submission } from './submission.js'

export type { CommitEvents, StoreEvent } from './check-events.js'
export type { Submission } from './submission.js'

/** What a committer tells when its store no longer works. */
export interface StoreFailure {
  /** `storeDied`: final. `storeStalled`: nothing has moved for a while; the work still waits and may go on. Told again while it does. */
  readonly code: 'storeDied' | 'storeStalled'
  readonly message: string
}

/** Options of {@link committerFor}; those of the first call count. */
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
  /** Keeps what is not in the log yet. Default: what a process has not written when it ends is gone. */
  readonly journal?: CommitJournal
}

/** A place that outlives the process, or the page, for events that a store's log may not have yet. */
export interface CommitJournal {
  /**
   * Keeps the events of one submission, in the turn in which they are submitted, and again as they are when they are committed. `head`
   * is the number of the last event that is in the log. Returns the function that forgets them; it is called once they are durable, or
   * refused, and not when the store dies before. Must not throw.
   */
  keep(events: CommitEvents, head: number): () => void
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
   * True: nothing else depends on it, so that it may wait for what the rest of the running task submits, and stand in one commit
   * with that. Default false.
   */
  readonly mayWait?: boolean
  /** What a function will come to if nothing changes before its turn: what a journal keeps until then. May throw for nothing. */
  readonly expected?: () => CommitEvents
}

const committers = new WeakMap<object, Committer>()

/** Milliseconds between looks at a store while something waits for it: first, and after it has waited for long. */
const pollMs = { first: 10, last: 250 } as const

/** Milliseconds after which the leader of a store is asked anew how far it is: well above what a busy page takes to answer. */
const viewTimeoutMs = 5_000

/** Milliseconds LiveStore may take to close a store; twice what it allows itself. */
const reasonTimeoutMs = 2000

/** Returns the committer of the store. Always the same one until it is closed. */
export function committerFor<Schema extends LiveStoreSchema.Any>(
  store: LiveStore<Schema>,
  options: CommitterOptions = {},
): Committer {
  if (options.hasBackend !== undefined) declareBackend(store, options.hasBackend)
  const existing = committers.get(store)
  if (existing !== undefined && existing.status !== 'closed') return existing
  const committer = new StoreCommitter(store as unknown as AnyStore, options)
  committers.set(store, committer)
  return committer
}

/** The committer of the store if {@link committerFor} has made one. @internal */
export function existingCommitter(store: object): Committer | undefined {
  return committers.get(store)
}

class StoreCommitter implements Committer {
  status: Committer['status'] = 'open'
  readonly #store: AnyStore
  readonly #maxBatch: number
  readonly #embedded: boolean
  readonly #aloneAt: number
  readonly #ownsBackend: boolean
  readonly #stallWatch: StallWatch
  readonly #journal: CommitJournal | undefined
  readonly #listeners = new Set<(failure: StoreFailure) => void>()
  readonly #unsubscribe: () => void
  #queued: PendingSubmission[] = []
  #committed: PendingSubmission[] = []
  #unconfirmed: PendingSubmission[] = []
  #idleWaiters: PendingSubmission[] = []
  #emitted: SyncStatus | undefined
  #view: BackendView | undefined
  #viewRequested = false
  #pumpScheduled = false
  #latePump: ReturnType<typeof setTimeout> | undefined
  #poll: ReturnType<typeof setTimeout> | undefined
  #suspicion: ReturnType<typeof setTimeout> | undefined
  #polls = 0
  #failure: StoreFailure | undefined

  constructor(store: AnyStore, options: CommitterOptions) {
    const { embedded, died } = storeInfo(store)
    this.#store = store
    this.#maxBatch = options.maxBatch ?? 100
    this.#embedded = embedded
    this.#aloneAt = performance.now() + (options.aloneAfterMs ?? 10_000)
    this.#ownsBackend = embedded || (options.ownsBackend ?? false)
    this.#stallWatch = new StallWatch(options.stallMs ?? 15_000)
    this.#journal = options.journal
    if (hasStoreEnded(store)) {
      this.#unsubscribe = () => undefined
      this.#die('it had been closed before')
      return
    }
    const stopStatus = store.subscribeSyncStatus((status) => {
      this.#emitted = status
      if (this.#isWaiting()) this.#schedulePump()
    })
    const stopLog = storeLog(store)?.onPush(() => this.#schedulePump())
    this.#unsubscribe = () => {
      stopStatus()
      stopLog?.()
    }
    void died.then((reason) => this.#die(reason))
  }

  get isOffline(): boolean {
    return hasBackend(this.#store) !== false && !this.#embedded && this.#view?.isConnected !== true
  }

  get pending(): number {
    return this.#queued.length + this.#committed.length
  }

  submit(
    events: CommitEvents | (() => CommitEvents),
    { fresh = true, mayWait = false, expected }: SubmitOptions = {},
  ): Submission {
    const submission = createSubmission(typeof events === 'function' ? events : [...events], fresh)
    if (this.status === 'open') {
      if (this.#journal) this.#keep(submission, typeof events === 'function' ? expectation(expected) : events)
      this.#queued.push(submission)
      if (mayWait) this.#latePump ??= setTimeout(() => this.#pump())
      else this.#schedulePump()
    } else {
      submission.reject(this.#refusal())
    }
    return { durable: submission.durable, confirmed: submission.confirmed }
  }

  onDeath(listener: (failure: StoreFailure) => void): () => void {
    this.#listeners.add(listener)
    const failure = this.#failure
    if (failure !== undefined) queueMicrotask(() => this.#listeners.delete(listener) && listener(failure))
    return () => this.#listeners.delete(listener)
  }

  idle(): Promise<void> {
    const waiter = createSubmission([])
    if (this.status === 'dead') waiter.reject(this.#refusal())
    else if (this.pending === 0) waiter.becomeDurable()
    else this.#idleWaiters.push(waiter)
    return waiter.durable
  }

  announceClose(): void {
    if (this.status !== 'open') return
    const message = `Store "${this.#store.storeId}" was closed. Open it again; what was recorded is kept.`
    this.#tell({ code: 'storeDied', message })
  }

  close(): void {
    if (this.status !== 'open') return
    this.status = 'closed'
    this.#detach()
    this.#rejectAll(this.#refusal())
    this.#listeners.clear()
  }

  #schedulePump(): void {
    if (this.#pumpScheduled) return
    this.#pumpScheduled = true
    queueMicrotask(() => {
      this.#pumpScheduled = false
      this.#pump()
    })
  }

  #pump(): void {
    clearTimeout(this.#latePump)
    this.#latePump = undefined
    if (this.status !== 'open' || this.#suspicion !== undefined) return
    try {
      this.#settle(this.#store.syncStatus())
      if (this.#queued.length > 0 && this.#mayCommit(this.#store.syncStatus())) this.#commitTurn()
    } catch (error) {
      return this.#suspectDeath(error)
    }
    this.#schedulePoll()
  }

  #settle(status: SyncStatus): void {
    const written = this.#committed.length > 0 ? writtenHead(this.#store, status) : 0
    while (this.#committed[0] !== undefined && this.#committed[0].head <= written) {
      this.#polls = 0
      if (hasBackend(this.#store) === undefined) this.#view = undefined
      const settled = this.#committed.shift()
      if (settled && !this.#embedded) settled.head = globalNumber(status.localHead)
      settled?.becomeDurable()
    }
    if (this.#embedded || this.#committed.length === 0) this.#confirm(status)
    if (this.pending === 0) for (const waiter of this.#idleWaiters.splice(0)) waiter.becomeDurable()
  }

  #confirm(status: SyncStatus): void {
    if (this.#unconfirmed.length === 0) return
    const view = this.#view
    const all = this.#isAlone(view) || (!this.#embedded && this.#isQuiet(status) && isConfirmed(status, view))
    const reached = all ? Infinity : this.#ownsBackend ? (view?.backendHead ?? 0) : -1
    this.#unconfirmed = this.#unconfirmed.filter((submission) => {
      if (submission.head > reached) return true
      this.#polls = 0
      submission.becomeConfirmed()
      return false
    })
  }

  /**
   * Nobody else can have seen what is in the store: it has no backend. Of one that may have, the view must be younger than the
   * commit, which a connection made meanwhile would show in.
   */
  #isAlone(view: BackendView | undefined): boolean {
    const known = hasBackend(this.#store)
    if (known !== undefined || view === undefined) return known === false
    return performance.now() >= this.#aloneAt
  }

  /** With other writers a rebase may be running until the status emitted last is also the current one. */
  #isQuiet(status: SyncStatus): boolean {
    if (status.pendingCount > 0) return false
    const emitted = this.#emitted
    return (
      this.#embedded ||
      (emitted?.pendingCount === 0 &&
        emitted.localHead === status.localHead &&
        emitted.upstreamHead === status.upstreamHead)
    )
  }

  /** While a shared store is connected, commits on top of unconfirmed events would be rebased over and over. */
  #mayCommit(status: SyncStatus): boolean {
    if (this.#committed.length > 0 || !this.#isQuiet(status)) return false
    if (this.#ownsBackend || hasBackend(this.#store) === false) return true
    return this.#view !== undefined && (!this.#view.isConnected || isConfirmed(status, this.#view))
  }

  #commitTurn(): void {
    let room = this.#maxBatch
    let group: CommitGroup = { submissions: [], events: [] }
    while (this.#queued.length > 0 && room > 0 && this.status === 'open') {
      const next = this.#queued[0] as PendingSubmission
      const isFunction = typeof next.events === 'function'
      if (!isFunction && next.events.length > room && room < this.#maxBatch) break
      this.#queued.shift()
      if (isFunction && next.fresh) group = this.#commitGroup(group)
      const events = this.#eventsOf(next)
      if (events === undefined) continue
      group.submissions.push(next)
      group.events.push(...events)
      room -= events.length
    }
    this.#commitGroup(group)
  }

  #eventsOf(submission: PendingSubmission): CommitEvents | undefined {
    try {
      const events = typeof submission.events === 'function' ? submission.events() : submission.events
      checkEvents(this.#store, events)
      if (this.#journal && typeof submission.events === 'function') this.#keep(submission, events)
      if (events.length > 0) return events
      submission.becomeDurable()
      submission.becomeConfirmed()
    } catch (error) {
      submission.forget()
      submission.reject(error)
    }
    return undefined
  }

  /** Keeps the events in place of what was kept of the submission before. */
  #keep(submission: PendingSubmission, events: CommitEvents): void {
    const { forget } = submission
    const isKept = this.#journal && events.length > 0
    submission.forget = isKept ? this.#journal.keep(events, this.#logHead()) : () => undefined
    forget()
  }

  /** Number of the last event in the log; 0 when the store does not tell. */
  #logHead(): number {
    try {
      return globalNumber(this.#store.syncStatus().upstreamHead)
    } catch {
      return 0
    }
  }

  /** LiveStore swallows what goes wrong in a commit, but from then on the store refuses to tell its status. */
  #commitGroup(group: CommitGroup): CommitGroup {
    if (group.events.length > 0) {
      this.#committed.push(...group.submissions)
      this.#unconfirmed.push(...group.submissions)
      const commit = this.#store.commit as (...events: CommitEvents) => void
      commit(...group.events)
      const head = globalNumber(this.#store.syncStatus().localHead)
      for (const submission of group.submissions) submission.head = head
    }
    return { submissions: [], events: [] }
  }

  #isWaiting(): boolean {
    return this.pending > 0 || this.#unconfirmed.length > 0
  }

  #schedulePoll(): void {
    if (this.status !== 'open' || this.#poll !== undefined) return
    if (!this.#isWaiting()) {
      this.#polls = 0
      return this.#stallWatch.rest()
    }
    const delay = this.#polls < 100 ? pollMs.first : pollMs.last
    this.#poll = setTimeout(() => this.#onPoll(), delay)
  }

  #onPoll(): void {
    this.#poll = undefined
    this.#polls += 1
    const isViewUseful = this.#embedded || this.#committed.length === 0
    if (hasBackend(this.#store) !== false && isViewUseful && !this.#viewRequested) this.#requestView()
    this.#watchForStall()
    this.#pump()
  }

  /** A leader that ends may leave the question without an answer; then it is asked again. */
  #requestView(): void {
    this.#viewRequested = true
    const settled = (view: BackendView | undefined): void => {
      clearTimeout(limit)
      this.#viewRequested = false
      this.#view = view ?? this.#view
      if (view && (view.isConnected || view.backendHead > 0)) this.#seeBackend()
      this.#schedulePump()
    }
    const limit = setTimeout(() => settled(undefined), viewTimeoutMs)
    viewBackend(this.#store).then(settled, () => settled(undefined))
  }

  /** A store that may have a backend has one. */
  #seeBackend(): void {
    if (hasBackend(this.#store) === undefined) declareBackend(this.#store, true)
  }

  #watchForStall(): void {
    if (this.status !== 'open') return
    const view = this.#view
    const offline = this.pending === 0 && (view === undefined || !view.isConnected)
    const position = this.#position()
    if (offline || !this.#stallWatch.look(position)) return
    this.#stallWatch.rest()
    const message = this.#stallMessage(position)
    const reason = new RegistryError('STORE_STALLED', message)
    for (const waiter of this.#idleWaiters.splice(0)) waiter.reject(reason)
    this.#tell({ code: 'storeStalled', message })
  }

  #stallMessage(position: string): string {
    const waiting = `${this.pending} submissions not durable, ${this.#unconfirmed.length} not confirmed`
    return (
      `Store "${this.#store.storeId}" has not moved for ${this.#stallWatch.stallMs} ms (${waiting}, ${position}). ` +
      'Look for a full disk or a sync backend that does not answer; closing and opening the store resumes from its log.'
    )
  }

  #position(): string {
    try {
      const { localHead, upstreamHead } = this.#store.syncStatus()
      return `local ${localHead}, written ${upstreamHead}, backend ${this.#view?.backendHead ?? 'unknown'}`
    } catch {
      return 'dead'
    }
  }

  /** A store that refuses to tell its status has ended or is about to; the reason comes with its end. */
  #suspectDeath(error: unknown): void {
    this.#suspicion ??= setTimeout(() => this.#die(reasonOfEnd(error)), reasonTimeoutMs)
  }

  #die(reason: string): void {
    if (this.status !== 'open') return
    this.status = 'dead'
    this.#failure = {
      code: 'storeDied',
      message:
        `Store "${this.#store.storeId}" died: ${reason}. ` +
        'Open it again; what was durable is in it, and the rest has to be submitted again.',
    }
    this.#detach()
    this.#rejectAll(this.#refusal())
    this.#tell(this.#failure)
  }

  #refusal(): RegistryError {
    if (this.#failure?.code === 'storeDied') return new StoreDiedError(this.#failure.message)
    return new RegistryError(
      'COMMITTER_CLOSED',
      `The committer of store "${this.#store.storeId}" is closed. Await idle() before closing, and submit nothing after.`,
    )
  }

  #rejectAll(reason: RegistryError): void {
    const all = [...this.#queued, ...this.#committed, ...this.#unconfirmed, ...this.#idleWaiters]
    this.#queued = []
    this.#committed = []
    this.#unconfirmed = []
    this.#idleWaiters = []
    for (const submission of all) submission.reject(reason)
  }

  #tell(failure: StoreFailure): void {
    for (const listener of this.#listeners) queueMicrotask(() => listener(failure))
  }

  #detach(): void {
    clearTimeout(this.#suspicion)
    clearTimeout(this.#poll)
    this.#poll = undefined
    this.#unsubscribe()
  }
}

function expectation(expected: (() => CommitEvents) | undefined): CommitEvents {
  try {
    return expected?.() ?? []
  } catch {
    return []
  }
}

interface CommitGroup {
  readonly submissions: PendingSubmission[]
  readonly events: CommitEvents[number][]
}
