import { ModelTables, type RowRuleOverride } from './model-tables.js'
import { createModelView } from './model-view.js'
import type { LogEvent, QueueEntry } from './rows.js'

export interface ModelStoreOptions {
  readonly storeId: string
  /** True: other processes write to this notebook too, and their events come in between. */
  readonly isShared: boolean
  readonly override?: RowRuleOverride | undefined
  /** Told every row that an event of the log changed. */
  readonly onLogged: (before: QueueEntry | undefined, after: QueueEntry, event: LogEvent) => void
}

interface OptimisticEvent {
  readonly event: LogEvent
  readonly undo: () => void
  isPushed: boolean
  readonly settled: () => void
}

/**
 * A notebook's store without SQLite: what a process sees (`local`), and the log that everybody will agree on (`log`, with its
 * tables in `logged`).
 *
 * What is committed is seen here at once and gets into the log with `push`, in the order of the commits. What others have put
 * into a shared log meanwhile stands before it: `sync` takes the own events back, applies theirs, and the own ones again.
 */
export class ModelStore {
  readonly options: ModelStoreOptions
  readonly log: LogEvent[] = []
  readonly logged: ModelTables
  readonly loggedView
  readonly local: ModelTables
  readonly localView
  /** Takes nothing any more, until it is opened again; what is in the log stays. */
  isDead = false
  readonly #listeners = new Set<() => void>()
  #optimistic: OptimisticEvent[] = []
  #seen = 0

  constructor(options: ModelStoreOptions) {
    this.options = options
    const { override, onLogged } = options
    this.logged = new ModelTables({ override, onRowChanged: onLogged })
    this.local = new ModelTables({ override })
    this.loggedView = createModelView(this.logged)
    this.localView = createModelView(this.local)
  }

  get storeId(): string {
    return this.options.storeId
  }

  get listeners(): number {
    return this.#listeners.size
  }

  /** Events that are not known to be final: not in the log, or not seen where others have put theirs. */
  get unsettled(): number {
    return this.#optimistic.length
  }

  get isBehind(): boolean {
    return this.#seen < this.log.length
  }

  /** As LiveStore's: calls back at once, and after every commit and every batch of others. */
  subscribe(_query: unknown, listener: () => void): () => void {
    this.#listeners.add(listener)
    listener()
    return () => this.#listeners.delete(listener)
  }

  /** `settled` is called for each event whose place in the log is final and seen here. */
  commit(events: readonly LogEvent[], settled: () => void = () => undefined): void {
    if (this.isDead) return
    for (const event of events) {
      this.#optimistic.push({ event, undo: this.local.apply(event), isPushed: false, settled })
    }
    if (events.length > 0) this.#notify()
  }

  /** Puts what waits into the log; at most `limit` events, so that a process can die in between. */
  push(limit = Number.MAX_SAFE_INTEGER): void {
    if (this.isDead) return
    const waiting = this.#optimistic.filter((entry) => !entry.isPushed).slice(0, limit)
    for (const entry of waiting) {
      entry.isPushed = true
      this.#append(entry.event)
    }
    if (!this.options.isShared) this.#settlePushed()
  }

  /** Another client writes to the shared log. */
  pushForeign(events: readonly LogEvent[]): void {
    for (const event of events) this.#append(event)
  }

  /** Sees what the log has become. */
  sync(): void {
    if (!this.isBehind || this.isDead) return
    const optimistic = this.#optimistic
    for (const entry of optimistic.toReversed()) entry.undo()
    for (const event of this.log.slice(this.#seen)) this.local.apply(event)
    this.#seen = this.log.length
    this.#optimistic = optimistic
      .filter((entry) => !entry.isPushed)
      .map((entry) => ({ ...entry, undo: this.local.apply(entry.event) }))
    for (const entry of optimistic) if (entry.isPushed) entry.settled()
    this.#notify()
  }

  /** The process dies: what is not in the log is gone, unless it was on disk and `survives`. */
  forget(survives: boolean): void {
    this.#listeners.clear()
    if (survives) this.push()
    this.isDead = false
    for (const entry of this.#optimistic.toReversed()) entry.undo()
    this.#optimistic = []
    for (const event of this.log.slice(this.#seen)) this.local.apply(event)
    this.#seen = this.log.length
  }

  #settlePushed(): void {
    const pushed = this.#optimistic.filter((entry) => entry.isPushed)
    this.#optimistic = this.#optimistic.filter((entry) => !entry.isPushed)
    this.#seen += pushed.length
    for (const entry of pushed) entry.settled()
  }

  #append(event: LogEvent): void {
    this.log.push(event)
    this.logged.apply(event)
  }

  #notify(): void {
    for (const listener of this.#listeners) listener()
  }
}
