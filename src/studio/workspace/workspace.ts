import { createCellBetween, events } from '@runtimed/schema'
import { RuntimeAgentRegistry } from '../../browser.js'
import { importNotebook, parseNotebook } from '../../notebook/index.js'
import { dropJournals } from '../store/journal.js'
import { Catalog } from './catalog.js'
import { type Notebook, openNotebook } from './notebook.js'
import { runtimeTypes, toNotebookRuntime, type NotebookRuntime } from './runtimes.js'
import { TransitionFeed } from './transition-feed.js'

/** Agents at a time; one more ends the idle one that was used least recently. */
const mostAgents = 8

/** What this tab works with: the list of notebooks, those that are open here, and the registry of their agents. */
export class Workspace {
  readonly catalog = new Catalog(localStorage)
  readonly transitions = new TransitionFeed()
  readonly registry = new RuntimeAgentRegistry({
    maxConcurrentAgents: mostAgents,
    limitPolicy: 'evictIdle',
    inspect: this.transitions.inspect,
  })
  readonly #open = new Map<string, Promise<Notebook>>()

  constructor() {
    for (const type of runtimeTypes) this.registry.registerRuntimeType(type)
  }

  /** The notebook, opened when it is not; the same promise until it is closed. */
  open(id: string): Promise<Notebook> {
    const open = this.#open.get(id) ?? openNotebook(id, this.registry)
    this.#open.set(id, open)
    open.catch(() => this.#open.delete(id))
    return open
  }

  /** Begins an empty notebook; resolves with its id when it is in the list. */
  async create(title: string, runtime: NotebookRuntime): Promise<string> {
    const id = newId()
    const notebook = await this.open(id)
    await notebook.write([
      events.notebookMetadataSet({ key: 'title', value: title }),
      events.notebookMetadataSet({ key: 'runtimeType', value: runtime }),
      ...createCellBetween(firstCell(), null, null, []).events,
    ])
    this.catalog.add({ id, title })
    return id
  }

  /** Reads an .ipynb file into a notebook of its own; resolves with its id. Throws a `NotebookError` for any other file. */
  async import(name: string, text: string): Promise<string> {
    const parsed = parseNotebook(text, name)
    const runtimeType = toNotebookRuntime(parsed.kernelName ?? parsed.language ?? undefined)
    const id = newId()
    const notebook = await this.open(id)
    await notebook.write(() => importNotebook(notebook.store, parsed, { createdBy, runtimeType }))
    this.catalog.add({ id, title: titleOf(name, parsed.metadata['title']) })
    return id
  }

  /** Ends the notebook in this tab and forgets all of it, files included. */
  async remove(id: string): Promise<void> {
    this.catalog.remove(id)
    const open = this.#open.get(id)
    this.#open.delete(id)
    const notebook = await open?.catch(() => undefined)
    await notebook?.close()
    dropJournals(localStorage, id)
    localStorage.removeItem(`studio.agent.${id}`)
    await removeFiles(id)
  }
}

const createdBy = 'local'

const firstCell = () => ({ id: crypto.randomUUID(), cellType: 'code' as const, createdBy })

const newId = () => `n-${crypto.randomUUID().slice(0, 13)}`

function titleOf(name: string, title: unknown): string {
  return typeof title === 'string' ? title : name.replace(/^.*[/\\]/, '').replace(/\.ipynb$/, '')
}

/** LiveStore keeps each store in folders that begin with its name. */
async function removeFiles(id: string): Promise<void> {
  const root = await navigator.storage.getDirectory()
  for await (const name of root.keys()) {
    if (name.includes(id)) await root.removeEntry(name, { recursive: true }).catch(() => undefined)
  }
}
