import { cellReferences$, events, getNotebookInfo, notebookMetadata$, type Store } from '@runtimed/schema'
import { closeNotebookStore, NotebookWriter, type RuntimeAgentRegistry } from '../../browser.js'
import { Listeners } from '../../react/listeners.js'
import { createJournal, journalKey, journalsOf } from '../store/journal.js'
import { openStore, pageId } from '../store/open-store.js'
import { endedPages, whenPageEnds } from '../store/page-life.js'
import { recoverJournals } from '../store/recover-journals.js'
import { AgentHost } from './agent-host.js'
import { type NotebookRuntime, toNotebookRuntime } from './runtimes.js'

/** Milliseconds that the opening of a notebook waits for what ended pages have left. */
const recoveryMs = 5_000

/**
 * Milliseconds after which a store that takes nothing any more counts as stuck. LiveStore's leader can be lost for good with the tab
 * that had it; a slow one needs less for each of its steps.
 */
const stallMs = 10_000

/** Who edits, asks and cancels in this browser. */
const user = 'local'

/** A notebook that is open in this tab: its store, its agent, and the one way to change it. */
export class Notebook {
  readonly id: string
  readonly store: Store
  readonly host: AgentHost
  readonly writer: NotebookWriter
  readonly #ended = new Set<string>()
  readonly #listeners = new Listeners()
  #isStuck = false
  #runtime: NotebookRuntime = 'python'

  constructor(store: Store, registry: RuntimeAgentRegistry) {
    this.id = store.storeId
    this.store = store
    this.writer = new NotebookWriter(store, user, {
      ownsBackend: true,
      stallMs,
      journal: createJournal(localStorage, this.id, pageId),
    })
    this.writer.onFailure(({ code }) => code === 'storeStalled' && this.#stuck())
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

  /** Asks for a run of a code cell that has a source. */
  run(cellId: string): void {
    this.writer.requestAllExecutions(({ id }) => id === cellId)
  }

  /** Asks for a run of the cells above this one, without it. */
  runAbove(cellId: string): void {
    const ids = this.store.query(cellReferences$).map(({ id }) => id)
    const above = new Set(ids.slice(0, ids.indexOf(cellId)))
    this.writer.requestAllExecutions(({ id }) => above.has(id))
  }

  rename(title: string): void {
    this.writer.commit([events.notebookMetadataSet({ key: 'title', value: title })])
  }

  readonly subscribe = (listener: () => void): (() => void) => this.#listeners.add(listener)

  /** Ends its agent and its store in this tab. */
  async close(): Promise<void> {
    removeEventListener('storage', this.#seeJournal)
    await this.host.close()
    await closeNotebookStore(this.store).catch(() => undefined)
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
