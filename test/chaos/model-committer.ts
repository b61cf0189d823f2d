import { StoreDiedError } from '../../src/errors.js'
import type {
  CommitEvents,
  Committer,
  StoreFailure,
  Submission,
  SubmitOptions,
} from '../../src/livestore/committer.js'
import { createSubmission, type PendingSubmission } from '../../src/livestore/submission.js'
import type { ModelStore } from './model-store.js'

const maxBatch = 100

/**
 * A committer with the rules of the real one, that commits when it is told to instead of when it can. In a notebook of one process it
 * has a journal.
 */
export class ModelCommitter implements Committer {
  status: Committer['status'] = 'open'
  readonly #store: ModelStore
  readonly #deathListeners = new Set<(failure: StoreFailure) => void>()
  #queued: PendingSubmission[] = []
  #isUrgent = false
  #committed = new Set<PendingSubmission>()
  #idleWaiters: (() => void)[] = []
  readonly #journal = new Map<PendingSubmission, CommitEvents>()

  constructor(store: ModelStore) {
    this.#store = store
  }

  /** Nobody can tell in a model; while something is on its way, the backend of a shared store counts as away. */
  get isOffline(): boolean {
    return this.#store.options.isShared && this.#store.unsettled > 0
  }

  get pending(): number {
    return this.#queued.length + this.#committed.size
  }

  get listeners(): number {
    return this.#deathListeners.size
  }

  /** What the journal still has. */
  get journaled(): CommitEvents {
    return [...this.#journal.values()].flat()
  }

  submit(
    events: CommitEvents | (() => CommitEvents),
    { fresh = true, mayWait = false, expected = () => [] }: SubmitOptions = {},
  ): Submission {
    const submission = createSubmission(events, fresh)
    if (this.status === 'open') {
      this.#keep(submission, typeof events === 'function' ? expected() : events)
      this.#queued.push(submission)
      this.#isUrgent ||= !mayWait
    } else submission.reject(new StoreDiedError('The store is dead.'))
    return submission
  }

  #keep(submission: PendingSubmission, events: CommitEvents): void {
    if (this.#store.options.isShared || events.length === 0) return
    this.#journal.set(submission, events)
    submission.forget = () => this.#journal.delete(submission)
    submission.isKept = !this.#isUrgent
  }

  onDeath(listener: (failure: StoreFailure) => void): () => void {
    this.#deathListeners.add(listener)
    return () => this.#deathListeners.delete(listener)
  }

  idle(): Promise<void> {
    if (this.status !== 'open') return Promise.reject(new StoreDiedError('The store is dead.'))
    if (this.pending === 0) return Promise.resolve()
    return new Promise((resolve) => this.#idleWaiters.push(resolve))
  }

  announceClose(): void {}

  flush(): void {}

  close(): void {
    this.status = 'closed'
  }

  /** Commits what is queued, unless something committed before is not final yet. */
  pump(): void {
    if (this.status !== 'open' || this.#store.unsettled > 0 || this.#store.isBehind) return
    let room = maxBatch
    while (this.#queued.length > 0 && room > 0) {
      const group = this.#takeGroup()
      for (const [submission, events] of group) {
        room -= events.length
        this.#commit(submission, events)
      }
    }
    this.#isUrgent &&= this.#queued.length > 0
    this.#tellIdle()
  }

  /** The store dies; what was not final is refused. */
  die(code: StoreFailure['code']): void {
    if (this.status !== 'open') return
    const failure = { code, message: 'The store was ended by the test.' }
    if (code === 'storeDied') {
      this.status = 'dead'
      this.#store.isDead = true
      const refused = [...this.#queued.splice(0), ...this.#committed]
      this.#committed.clear()
      for (const submission of refused) submission.reject(new StoreDiedError(failure.message))
      this.#tellIdle()
    }
    for (const listener of this.#deathListeners) queueMicrotask(() => listener(failure))
  }

  /** What stands in one commit: up to the next function that must see it. */
  #takeGroup(): [PendingSubmission, CommitEvents][] {
    const group: [PendingSubmission, CommitEvents][] = []
    for (;;) {
      const next = this.#queued[0]
      const isFunction = typeof next?.events === 'function'
      if (!next || (group.length > 0 && isFunction && next.fresh)) return group
      this.#queued.shift()
      group.push([next, typeof next.events === 'function' ? next.events() : next.events])
    }
  }

  #commit(submission: PendingSubmission, events: CommitEvents): void {
    let left = events.length
    if (left === 0) return this.#settle(submission)
    this.#committed.add(submission)
    this.#store.commit(events, () => {
      left--
      if (left === 0) this.#settle(submission)
    })
  }

  #settle(submission: PendingSubmission): void {
    this.#committed.delete(submission)
    submission.becomeDurable()
    submission.becomeConfirmed()
    this.#tellIdle()
  }

  #tellIdle(): void {
    if (this.pending > 0 && this.status === 'open') return
    for (const waiter of this.#idleWaiters.splice(0)) waiter()
  }
}
