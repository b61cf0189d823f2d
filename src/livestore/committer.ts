import type { LiveStoreSchema, Store as LiveStore, SyncStatus } from '@livestore/livestore'
import { RegistryError, StoreDiedError } from '../errors.js'
import { type BackendView, declareBackend, hasBackend, viewBackend } from './backend-view.js'
import { checkEvents, type CommitEvents } from './check-events.js'
import type { Committer, CommitterOptions, StoreFailure, SubmitOptions } from './committer-types.js'
import type { CommitJournal } from './commit-journal.js'
import { type AnyStore, hasStoreEnded, reasonOfEnd, storeInfo, storeJournal, storeLog } from './store-info.js'
import { StallWatch } from './stall-watch.js'
import { globalNumber, isConfirmed, writtenHead } from './sync-position.js'
import { createSubmission, type PendingSubmission, type Submission } from './submission.js'

export type { CommitEvents, StoreEvent } from './check-events.js'
export type { CommitJournal } from './commit-journal.js'
export type { Committer, CommitterOptions, StoreFailure, SubmitOptions } from './committer-types.js'
export type { Submission } from './submission.js'

/** Milliseconds between the starts of two commits of what may wait: a commit costs some 10 ms, however few its events are. */
const lateMs = 50

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
  readonly #ownJournal: CommitJournal | undefined
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
  #isUrgent = false
  #committedAt = -Infinity
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
    this.#ownJournal = options.journal
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

  get #journal(): CommitJournal | undefined {
    return this.#ownJournal ?? storeJournal(this.#store)
  }

  submit(
    events: CommitEvents | (() => CommitEvents),
    { fresh = true, mayWait = false, expected }: SubmitOptions = {},
  ): Submission {
    const submission = createSubmission(typeof events === 'function' ? events : [...events], fresh)
    if (this.status === 'open') {
      this.#keep(submission, typeof events === 'function' ? expectation(expected) : events)
      submission.isKept &&= !this.#isUrgent
      this.#queued.push(submission)
      this.#isUrgent ||= !mayWait
      if (this.#isDue) this.#schedulePump()
      else this.#scheduleLatePump()
    } else {
      submission.reject(this.#refusal())
    }
    const { durable, confirmed, isKept } = submission
    return { durable, confirmed, isKept }
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
    else {
      this.#idleWaiters.push(waiter)
      this.flush()
    }
    return waiter.durable
  }

  flush(): void {
    this.#isUrgent ||= this.#queued.length > 0
    if (this.#isUrgent) this.#schedulePump()
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

  /** What is queued waits for nothing more to be committed with. */
  get #isDue(): boolean {
    return this.#isUrgent || this.#queued.length >= this.#maxBatch
  }

  /** Milliseconds until what may wait has waited long enough. */
  get #restMs(): number {
    return Math.max(0, this.#committedAt + lateMs - performance.now())
  }

  #scheduleLatePump(): void {
    this.#latePump ??= setTimeout(() => this.#pump(), this.#restMs)
  }

  #pump(): void {
    clearTimeout(this.#latePump)
    this.#latePump = undefined
    if (this.status !== 'open' || this.#suspicion !== undefined) return
    try {
      this.#settle(this.#store.syncStatus())
      if (this.#queued.length > 0) this.#pumpQueue()
      if (this.pending === 0) for (const waiter of this.#idleWaiters.splice(0)) waiter.becomeDurable()
    } catch (error) {
      return this.#suspectDeath(error)
    }
    this.#schedulePoll()
  }

  #pumpQueue(): void {
    if (!this.#isDue && this.#restMs > 0) this.#scheduleLatePump()
    else if (this.#mayCommit(this.#store.syncStatus())) this.#commitTurn()
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
    this.#committedAt = performance.now()
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
    this.#isUrgent &&= this.#queued.length > 0
  }

  #eventsOf(submission: PendingSubmission): CommitEvents | undefined {
    try {
      const events = typeof submission.events === 'function' ? submission.events() : submission.events
      checkEvents(this.#store, events)
      if (typeof submission.events === 'function' && !this.#journal?.isDurable) this.#keep(submission, events)
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
    const journal = this.#journal
    if (journal === undefined) return
    const { forget } = submission
    const kept = events.length > 0 ? journal.keep(events, this.#logHead()) : undefined
    submission.forget = kept ?? (() => undefined)
    submission.isKept = kept !== undefined && journal.isDurable === true
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
    const isViewUseful = this.#embedded ? this.#polls % 5 === 1 : this.#committed.length === 0
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
