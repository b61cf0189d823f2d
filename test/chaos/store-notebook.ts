import { closeNotebookStore, openNotebookStore } from '../../src/livestore/open-notebook-store.js'
import { type CommitEvents, committerFor } from '../../src/livestore/committer.js'
import { attachJournal } from '../../src/livestore/store-info.js'
import { readStoredEvents } from '../../src/livestore/stored-events.js'
import { createStoreView } from '../../src/livestore/store-view.js'
import { events, type Store } from '@runtimed/schema'
import type { NotebookEvent } from '../../src/livestore/fact-to-events.js'
import { aloneAdapter, createOwnStore } from '../support/own-stores.js'
import { dumpModel, ModelTables } from './model-tables.js'
import type { Profile } from './profile.js'
import { isTerminal, type LogEvent, type QueueEntry, type SessionEntry } from './rows.js'
import { claimIn, RunLedger } from './run-ledger.js'
import type { Verdict } from './verdict.js'

const batchSize = 10

const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve))

/** One notebook in a real store, and the record of what ran in it. */
export class StoreNotebook {
  readonly id: string
  readonly ledger: RunLedger
  lastRequest = 0
  store: Store
  /** The next look of an intake throws. */
  isNextLookBroken = false
  /** Subscriptions of the store that have not been ended. */
  listeners = 0
  readonly #profile: Profile
  readonly #verdict: Verdict
  readonly #ended = new Map<string, string>()
  readonly #journaled = new Set<CommitEvents>()
  /** What was committed to the store, in the order of its log. */
  #log: LogEvent[] = []

  private constructor(id: string, store: Store, profile: Profile, verdict: Verdict) {
    this.id = id
    this.store = store
    this.#profile = profile
    this.#verdict = verdict
    this.#watchStore()
    this.ledger = new RunLedger({
      notebookId: id,
      verdict,
      isRepeatable: profile.isRepeatable,
      isFaithful: profile.isFaithful,
      rowOf: (executionId) =>
        claimIn([...this.#journaled].flat(), executionId) ??
        createStoreView(this.store).queueRow(executionId),
    })
  }

  static async open(id: string, profile: Profile, verdict: Verdict): Promise<StoreNotebook> {
    const store = await openStore(id, profile)
    const notebook = new StoreNotebook(id, store, profile, verdict)
    const cells = Array.from({ length: profile.cellsPerNotebook }, (_, index) => notebook.cellAt(index))
    notebook.write(
      ...cells.map((cellId) =>
        events.cellCreated2({ id: cellId, fractionalIndex: 'm', cellType: 'code', createdBy: 'user' }),
      ),
    )
    await notebook.untilQuiet()
    return notebook
  }

  cellAt(pick: number): string {
    return `c${pick % this.#profile.cellsPerNotebook}`
  }

  /** Somebody at a screen writes. */
  write(...written: NotebookEvent[]): void {
    this.store.commit(...(written as [NotebookEvent]))
  }

  /** Resolves when everything that was committed or submitted is in the log. */
  async untilQuiet(): Promise<void> {
    const committer = committerFor(this.store)
    const isWritten = () => this.#profile.isAlone || this.store.syncStatus().pendingCount === 0
    for (; committer.pending > 0 || !isWritten(); await nextTurn()) committer.flush()
  }

  rows(): QueueEntry[] {
    return this.#query<QueueEntry>('SELECT * FROM executionQueue ORDER BY requestSeq')
  }

  sessions(): SessionEntry[] {
    return this.#query<SessionEntry>('SELECT * FROM runtimeSessions ORDER BY startedSeq')
  }

  /** Rows that have ended have not changed since, and one session at most is at work. */
  check(): void {
    for (const row of this.rows()) this.#checkRow(row)
    const owners = this.sessions().filter((session) => session.isActive && session.status !== 'starting')
    const names = () => `${this.id}: ${owners.map(({ sessionId }) => sessionId).join(' and ')}`
    this.#verdict.require('oneOwner', owners.length < 2, names)
  }

  /** The log, carried out by the rules alone, gives the rows that the store has. */
  async checkReplay(): Promise<void> {
    const replayed = new ModelTables()
    for (const event of await this.#readLog()) replayed.apply(event)
    const stored = new Map(this.rows().map((row) => [row.id, row]))
    const sessions = new Map(this.sessions().map((row) => [row.sessionId, row]))
    const same = dumpModel(replayed) === dumpModel({ queue: stored, sessions })
    this.#verdict.require('replay', same, () => `${this.id}: the log gives other rows than the store has`)
  }

  /** As after a kill, or under an agent that goes on: the store is closed, and its log goes into a new one. */
  async reopen(): Promise<void> {
    await this.untilQuiet()
    await this.close()
    const log = this.#log
    this.store = await openStore(this.id, this.#profile)
    this.#watchStore()
    this.ledger.reopen()
    for (let index = 0; index < log.length; index += batchSize) {
      this.write(...(log.slice(index, index + batchSize) as NotebookEvent[]))
      await nextTurn()
    }
    await this.untilQuiet()
  }

  close(): Promise<void> {
    if (this.#profile.isAlone) return this.store.shutdownPromise()
    return closeNotebookStore(this.store, { timeoutMs: 30_000 })
  }

  /** Without a backend LiveStore tells no events; then the store has one writer, and its commits are its log. */
  async #readLog(): Promise<LogEvent[]> {
    if (this.#profile.isAlone) return this.#log
    const log: LogEvent[] = []
    for await (const { name, args } of readStoredEvents(this.store)) log.push({ name, args })
    return log
  }

  #checkRow(row: QueueEntry): void {
    if (!isTerminal(row.status)) return
    const now = JSON.stringify(row)
    const before = this.#ended.get(row.id) ?? now
    this.#ended.set(row.id, now)
    this.#verdict.require('terminalIsFinal', before === now, () => `${this.id}: ${before} became ${now}`)
  }

  #query<Row>(query: string): Row[] {
    return this.store.query<Row[]>({ query, bindValues: {} })
  }

  /** Sees what is kept; a store in memory, which ends with its process, needs no more. */
  #watchJournal(): void {
    if (this.#profile.isAlone) return
    attachJournal(this.store, {
      isDurable: true,
      keep: (kept) => {
        this.#journaled.add(kept)
        return () => this.#journaled.delete(kept)
      },
    })
  }

  #watchStore(): void {
    this.#countListeners()
    this.#breakLooks()
    this.#keepCommits()
    this.#watchJournal()
  }

  #keepCommits(): void {
    const log: LogEvent[] = []
    const commit = this.store.commit.bind(this.store) as (...written: LogEvent[]) => void
    this.#log = log
    this.store.commit = ((...written: LogEvent[]) => {
      commit(...written)
      log.push(...written)
    }) as Store['commit']
  }

  /** An intake is the only one that asks for some of what waits. */
  #breakLooks(): void {
    const query = this.store.query.bind(this.store) as (asked: { bindValues?: unknown }) => unknown
    this.store.query = ((asked: { query?: string; bindValues?: readonly unknown[] }) => {
      const isLook = asked.query?.includes('LIMIT ?') && asked.bindValues?.[0] !== Number.MAX_SAFE_INTEGER
      if (!this.isNextLookBroken || !isLook) return query(asked)
      this.isNextLookBroken = false
      throw new TypeError('The test breaks this look.')
    }) as Store['query']
  }

  #countListeners(): void {
    const { store } = this
    const subscribe = store.subscribe.bind(store) as (...args: unknown[]) => () => void
    this.listeners = 0
    store.subscribe = ((...args: unknown[]) => {
      const unsubscribe = subscribe(...args)
      this.listeners++
      return () => {
        if (this.store === store) this.listeners--
        unsubscribe()
      }
    }) as Store['subscribe']
  }
}

const openStore = (id: string, { isAlone }: Profile): Promise<Store> =>
  isAlone ? createOwnStore(id, aloneAdapter(), 0) : openNotebookStore({ notebookId: id, storage: 'memory' })
