import { events, type Store } from '@runtimed/schema'
import type { CommitEvents } from '../../src/livestore/committer.js'
import type { StoreView } from '../../src/livestore/store-view.js'
import { ModelCommitter } from './model-committer.js'
import { ModelStore } from './model-store.js'
import { dumpModel, ModelTables, type RowRuleOverride } from './model-tables.js'
import type { Profile } from './profile.js'
import { claimIn, RunLedger } from './run-ledger.js'
import { isTerminal, type LogEvent, type QueueEntry } from './rows.js'
import type { Verdict } from './verdict.js'

const progress: readonly string[] = ['pending', 'assigned', 'executing']

/** One notebook with its store, and the record of what ran in it. */
export class ChaosNotebook {
  readonly id: string
  readonly store: ModelStore
  committer: ModelCommitter
  readonly ledger: RunLedger
  /** Sessions whose end could not be written, because the store or the process had died. */
  readonly unended = new Set<string>()
  lastRequest = 0
  /** The next look of an intake throws. */
  isNextLookBroken = false
  readonly #profile: Profile
  readonly #verdict: Verdict
  readonly #override: RowRuleOverride | undefined

  constructor(id: string, profile: Profile, verdict: Verdict, override: RowRuleOverride | undefined) {
    this.id = id
    this.#profile = profile
    this.#verdict = verdict
    this.#override = override
    this.store = new ModelStore({
      storeId: id,
      isShared: profile.isShared,
      override,
      onLogged: (before, after, event) => this.#checkChange(before, after, event),
    })
    this.committer = new ModelCommitter(this.store)
    this.ledger = new RunLedger({
      notebookId: id,
      verdict,
      isRepeatable: profile.isRepeatable,
      isFaithful: profile.isFaithful,
      rowOf: (executionId) =>
        claimIn(this.committer.journaled, executionId) ?? this.store.logged.queue.get(executionId),
    })
    this.#createCells()
  }

  /** The store as the library sees it; it uses `subscribe` alone. */
  get asStore(): Store {
    return this.store as unknown as Store
  }

  /** What a process reads. An intake is the only one that asks for some of what waits. */
  get view(): StoreView {
    const { localView } = this.store
    return {
      ...localView,
      pending: (limit) => {
        if (this.isNextLookBroken && limit < Number.MAX_SAFE_INTEGER) {
          this.isNextLookBroken = false
          throw new TypeError('The test breaks this look.')
        }
        return localView.pending(limit)
      },
    }
  }

  /** Somebody at a screen writes: in a shared notebook from elsewhere, else through this process' store. */
  write(...written: LogEvent[]): void {
    if (this.#profile.isShared) this.store.pushForeign(written)
    else this.store.commit(written)
  }

  /** Everything committed gets into the log and is seen. */
  writeThrough(): void {
    this.committer.pump()
    this.store.push()
    this.store.sync()
  }

  get hasWork(): boolean {
    if (this.store.isDead) return false
    return this.committer.pending > 0 || this.store.unsettled > 0 || this.store.isBehind
  }

  /** The process that had it open is gone. `survives`: what it had written but not sent is on disk. */
  reopen(survives: boolean): void {
    this.ledger.reopen()
    this.committer.close()
    this.store.forget(survives)
    this.#recover(this.committer.journaled)
    for (const sessionId of this.store.logged.activeSessions) this.unended.add(sessionId)
    this.committer = new ModelCommitter(this.store)
  }

  /** The journal of the process that is gone has what is not in the log. */
  #recover(journaled: CommitEvents): void {
    const logged = new Set(this.store.log.map((event) => JSON.stringify(event)))
    this.store.commit(
      (journaled as readonly LogEvent[]).filter((event) => !logged.has(JSON.stringify(event))),
    )
    this.store.push()
    this.store.sync()
  }

  checkReplay(): void {
    const replayed = new ModelTables({ override: this.#override })
    for (const event of this.store.log) replayed.apply(event)
    const expected = dumpModel(replayed)
    const same = expected === dumpModel(this.store.logged)
    this.#verdict.require(
      'replay',
      same,
      () => `${this.id}: the log gives other tables than those that it made`,
    )
    if (this.store.unsettled > 0 || this.store.isBehind || this.store.isDead) return
    const seen = expected === dumpModel(this.store.local)
    this.#verdict.require(
      'replay',
      seen,
      () => `${this.id}: the process sees other tables than the log gives`,
    )
  }

  checkOwner(): void {
    const { activeSessions, sessions } = this.store.logged
    if (activeSessions.size < 2) return
    const owners = [...activeSessions].filter((id) => sessions.get(id)?.status !== 'starting')
    this.#verdict.require('oneOwner', owners.length < 2, () => `${this.id}: ${owners.join(' and ')}`)
  }

  #createCells(): void {
    const cells = Array.from({ length: this.#profile.cellsPerNotebook }, (_, index) => this.cellAt(index))
    this.write(
      ...cells.map((id) =>
        events.cellCreated2({ id, fractionalIndex: 'm', cellType: 'code', createdBy: 'user' }),
      ),
    )
    this.writeThrough()
  }

  cellAt(pick: number): string {
    return `c${pick % this.#profile.cellsPerNotebook}`
  }

  #checkChange(before: QueueEntry | undefined, after: QueueEntry, event: LogEvent): void {
    if (!before) return
    const what = () => `${this.id}: ${event.name} makes ${before.status} row ${before.id} ${after.status}`
    this.#verdict.require('terminalIsFinal', !isTerminal(before.status), what)
    const forward =
      isTerminal(after.status) || progress.indexOf(after.status) >= progress.indexOf(before.status)
    this.#verdict.require('onlyForward', forward, what)
  }
}
