import { getNotebookInfo, notebookMetadata$, type Store } from '@runtimed/schema'
import { closeNotebookStore, type RuntimeAgentRegistry } from '../../browser.js'
import { committerFor } from '../../livestore/committer.js'
import type { CommitEvents } from '../../livestore/check-events.js'
import { Listeners } from '../../react/listeners.js'
import { encodeEvent } from '../store/event-codec.js'
import { Journal, journalKey, journalsOf } from '../store/journal.js'
import { openStore, pageId } from '../store/open-store.js'
import { whenPageEnds } from '../store/page-life.js'
import { recoverJournals } from '../store/recover-journals.js'
import { StoreGuard } from '../store/store-guard.js'
import { AgentHost } from './agent-host.js'
import { type NotebookRuntime, toNotebookRuntime } from './runtimes.js'

type Plan = CommitEvents | (() => CommitEvents)

/** A notebook that is open in this tab: its store, its agent, and the one way to change it. */
export class Notebook {
  readonly id: string
  readonly store: Store
  readonly host: AgentHost
  readonly #journal: Journal
  readonly #guard: StoreGuard
  readonly #ended = new Set<string>()
  readonly #listeners = new Listeners()
  readonly #waiting = new Set<Plan>()
  #isStuck = false

  constructor(store: Store, registry: RuntimeAgentRegistry) {
    this.id = store.storeId
    this.store = store
    this.#journal = new Journal(localStorage, this.id, pageId)
    this.#guard = new StoreGuard(store, this.#journal, () => this.#stuck())
    addEventListener('storage', this.#seeJournal)
    for (const page of journalsOf(localStorage, this.id).keys()) this.#recoverAfter(page)
    this.host = new AgentHost(this, registry)
  }

  /** The runtime that the notebook says it wants. */
  get runtime(): NotebookRuntime {
    return toNotebookRuntime(getNotebookInfo(this.store.query(notebookMetadata$)).runtimeType)
  }

  /** True once the store takes nothing any more; the page has to load again. */
  readonly isStuck = (): boolean => this.#isStuck

  readonly subscribe = (listener: () => void): (() => void) => this.#listeners.add(listener)

  /** Records events; a function is asked for them when it is their turn. Resolves when they are on disk. */
  write(plan: Plan): Promise<void> {
    this.#waiting.add(plan)
    const submission = committerFor(this.store).submit(plan)
    submission.confirmed.catch(() => undefined)
    const written = submission.durable.finally(() => this.#waiting.delete(plan))
    written.catch(() => undefined)
    return written
  }

  /** Ends its agent and its store in this tab. */
  async close(): Promise<void> {
    removeEventListener('storage', this.#seeJournal)
    await this.host.close()
    this.#guard.close()
    await closeNotebookStore(this.store).catch(() => undefined)
  }

  /** Puts what waits for its commit into the journal too, for the page that comes after this one. */
  keepWaiting(): void {
    for (const plan of this.#waiting) {
      const events = typeof plan === 'function' ? plan() : plan
      if (events.length > 0) this.#journal.note(events.map(encodeEvent), this.#guard.writtenHead)
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
      const hasEnded = (other: string) => this.#ended.has(other)
      void recoverJournals(this.store, localStorage, hasEnded).catch(() => undefined)
    })
  }
}

/** Opens a notebook of this browser, or begins it. */
export async function openNotebook(id: string, registry: RuntimeAgentRegistry): Promise<Notebook> {
  return new Notebook(await openStore(id), registry)
}
