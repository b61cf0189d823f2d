import { getNotebookInfo, notebookMetadata$, type Store } from '@runtimed/schema'
import { closeNotebookStore, type RuntimeAgentRegistry } from '../../browser.js'
import { committerFor } from '../../livestore/committer.js'
import type { CommitEvents } from '../../livestore/check-events.js'
import { Listeners } from '../../react/listeners.js'
import { Journal, journalKey, journalsOf } from '../store/journal.js'
import { openStore, pageId } from '../store/open-store.js'
import { endedPages, whenPageEnds } from '../store/page-life.js'
import { recoverJournals } from '../store/recover-journals.js'
import { StoreGuard } from '../store/store-guard.js'
import { AgentHost } from './agent-host.js'
import { type NotebookRuntime, toNotebookRuntime } from './runtimes.js'

/** Milliseconds that the opening of a notebook waits for what ended pages have left. */
const recoveryMs = 5_000

type Plan = CommitEvents | (() => CommitEvents)

const eventsOf = (plan: Plan): CommitEvents => (typeof plan === 'function' ? plan() : plan)

/** A notebook that is open in this tab: its store, its agent, and the one way to change it. */
export class Notebook {
  readonly id: string
  readonly store: Store
  readonly host: AgentHost
  readonly #journal: Journal
  readonly #guard: StoreGuard
  readonly #ended = new Set<string>()
  readonly #listeners = new Listeners()
  #isStuck = false
  #runtime: NotebookRuntime = 'python'

  constructor(store: Store, registry: RuntimeAgentRegistry) {
    this.id = store.storeId
    this.store = store
    committerFor(store, { ownsBackend: true })
    this.#journal = new Journal(localStorage, this.id, pageId)
    this.#guard = new StoreGuard(store, this.#journal, () => this.#stuck())
    this.host = new AgentHost(this, registry)
  }

  /**
   * Commits what ended pages had left, so that an agent does not take for lost what was only not written; then looks after the
   * agent, and after what pages leave that end from now on.
   */
  async begin(): Promise<void> {
    for (const page of await endedPages(journalsOf(localStorage, this.id).keys())) this.#ended.add(page)
    await Promise.race([this.#recover(), new Promise((resolve) => setTimeout(resolve, recoveryMs))])
    addEventListener('storage', this.#seeJournal)
    for (const page of journalsOf(localStorage, this.id).keys()) this.#recoverAfter(page)
    this.host.open()
  }

  /** The runtime that the notebook says it wants; what it said last, once its store has ended. */
  get runtime(): NotebookRuntime {
    try {
      this.#runtime = toNotebookRuntime(getNotebookInfo(this.store.query(notebookMetadata$)).runtimeType)
    } catch {
      return this.#runtime
    }
    return this.#runtime
  }

  /** True while nothing was ever recorded in it. */
  get isEmpty(): boolean {
    return this.store.query(notebookMetadata$).length === 0
  }

  /** True once the store takes nothing any more; the page has to load again. */
  readonly isStuck = (): boolean => this.#isStuck

  readonly subscribe = (listener: () => void): (() => void) => this.#listeners.add(listener)

  /**
   * Records events; a function is asked for them when it is their turn, and once before for the journal. Resolves when they are on
   * disk.
   */
  write(plan: Plan): Promise<void> {
    const forget = this.#guard.keep(this.#expected(plan))
    const submission = committerFor(this.store).submit(() => {
      forget()
      return eventsOf(plan)
    })
    submission.confirmed.catch(() => undefined)
    submission.durable.catch(() => undefined)
    return submission.durable
  }

  /** Ends its agent and its store in this tab. */
  async close(): Promise<void> {
    removeEventListener('storage', this.#seeJournal)
    await this.host.close()
    this.#guard.close()
    await closeNotebookStore(this.store).catch(() => undefined)
  }

  /** Keeps events that say the same as what the agent has submitted just now, until that is committed. */
  keepUntilWritten(events: CommitEvents): void {
    const forget = this.#guard.keep(events)
    committerFor(this.store).submit([]).durable.then(forget, forget)
  }

  /** What a plan would come to now; should the page end before its turn, that is what another page does. */
  #expected(plan: Plan): CommitEvents {
    try {
      return eventsOf(plan)
    } catch {
      return []
    }
  }

  #stuck(): void {
    this.#isStuck = true
    this.#listeners.notify()
  }

  /** Another tab has committed something: should it end before that is on disk, this one does it in its place. */
  readonly #seeJournal = (event: StorageEvent): void => {
    const place = event.newValue === null ? undefined : journalKey(event.key)
    if (place?.notebookId === this.id) this.#recoverAfter(place.page)
  }

  readonly #watched = new Set<string>()

  #recoverAfter(page: string): void {
    if (this.#watched.has(page)) return
    this.#watched.add(page)
    whenPageEnds(page, () => {
      this.#ended.add(page)
      void this.#recover()
    })
  }

  /** What cannot be recovered stays in the journal, for the next time. */
  async #recover(): Promise<void> {
    const hasEnded = (page: string) => this.#ended.has(page)
    await recoverJournals(this.store, localStorage, hasEnded).catch(() => undefined)
  }
}

/** Opens a notebook of this browser, or begins it. */
export async function openNotebook(id: string, registry: RuntimeAgentRegistry): Promise<Notebook> {
  const notebook = new Notebook(await openStore(id), registry)
  await notebook.begin()
  return notebook
}
