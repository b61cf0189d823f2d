import { createCellBetween, events } from '@runtimed/schema'
import { RuntimeAgentRegistry } from '../../browser.js'
import { importNotebook, parseNotebook, type ParsedNotebook } from '../../notebook/index.js'
import { samples } from '../samples.js'
import { InspectorSwitch } from '../inspector/inspector-switch.js'
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
  readonly inspector = new InspectorSwitch(sessionStorage)
  readonly registry = new RuntimeAgentRegistry({
    maxConcurrentAgents: mostAgents,
    limitPolicy: 'evictIdle',
    inspect: this.transitions.inspect,
  })
  readonly #open = new Map<string, Promise<Notebook>>()

  constructor() {
    for (const type of runtimeTypes) this.registry.registerRuntimeType(type)
    this.catalog.onRemoved((id) => void this.#close(id))
  }

  /** The notebook, opened when it is not; the same promise until it is closed. */
  open(id: string): Promise<Notebook> {
    const open = this.#open.get(id) ?? this.#openNow(id)
    this.#open.set(id, open)
    open.catch(() => this.#open.delete(id))
    return open
  }

  /** Puts the samples into an empty list; each is filled when somebody opens it. */
  addSamples(): void {
    if (this.catalog.getSnapshot().length > 0) return
    for (const { name, title } of samples) this.catalog.add({ id: newId(), title, sample: name })
  }

  /** Begins an empty notebook; resolves with its id when it is in the list. */
  async create(title: string, runtime: NotebookRuntime): Promise<string> {
    const id = newId()
    const notebook = await this.open(id)
    await notebook.writer.commit([
      events.notebookMetadataSet({ key: 'title', value: title }),
      events.notebookMetadataSet({ key: 'runtimeType', value: runtime }),
      ...createCellBetween(firstCell(), null, null, []).events,
    ]).durable
    this.catalog.add({ id, title })
    return id
  }

  /**
   * Reads an .ipynb file into a notebook of its own; resolves with its id, and what in the file was put right. Throws a
   * `NotebookError` for any other file.
   */
  async import(name: string, file: Uint8Array): Promise<{ id: string; warnings: readonly string[] }> {
    const parsed = parseNotebook(file, name)
    const id = newId()
    await this.#fill(await this.open(id), parsed)
    this.catalog.add({ id, title: titleOf(name, parsed.metadata['title']) })
    return { id, warnings: parsed.warnings }
  }

  /** Also when another tab has removed the notebook. */
  async #close(id: string): Promise<void> {
    const open = this.#open.get(id)
    this.#open.delete(id)
    const notebook = await open?.catch(() => undefined)
    await notebook?.close()
  }

  async #openNow(id: string): Promise<Notebook> {
    const entry = this.catalog.getSnapshot().find((known) => known.id === id)
    const sample = samples.find(({ name }) => name === entry?.sample)
    const notebook = await openNotebook(id, this.registry)
    if (sample && notebook.isEmpty) await this.#fill(notebook, parseNotebook(sample.text, sample.name))
    return notebook
  }

  #fill(notebook: Notebook, parsed: ParsedNotebook): Promise<void> {
    const runtimeType = toNotebookRuntime(parsed.kernelName ?? parsed.language ?? undefined)
    return notebook.writer.commit(() => importNotebook(notebook.store, parsed, { createdBy, runtimeType }))
      .durable
  }

  /** Ends the notebook in this tab and forgets all of it, files included. */
  async remove(id: string): Promise<void> {
    this.catalog.remove(id)
    await this.#close(id)
    for (const storage of [localStorage, sessionStorage]) {
      for (const key of Object.keys(storage)) if (key.includes(id)) storage.removeItem(key)
    }
    await removeFiles(id)
  }
}

const createdBy = 'local'

const firstCell = () => ({ id: crypto.randomUUID(), cellType: 'code' as const, createdBy })

const newId = () => `n-${crypto.randomUUID().slice(0, 13)}`

function titleOf(name: string, title: unknown): string {
  return typeof title === 'string' ? title : name.replace(/^.*[/\\]/, '').replace(/\.ipynb$/, '')
}

/** How often it is tried to remove files that a worker still has open, and the milliseconds between two tries. */
const removal = { tries: 50, pauseMs: 200 } as const

/** LiveStore keeps each store in folders that begin with its name; its worker lets go of them a moment after the store has ended. */
async function removeFiles(id: string): Promise<void> {
  const root = await navigator.storage.getDirectory()
  for (let count = 0; count < removal.tries; count += 1) {
    const names: string[] = []
    for await (const name of root.keys()) if (name.includes(id)) names.push(name)
    const isGone = (name: string) => root.removeEntry(name, { recursive: true }).then(...asBoolean)
    if ((await Promise.all(names.map(isGone))).every(Boolean)) return
    await new Promise((resolve) => setTimeout(resolve, removal.pauseMs))
  }
}

const asBoolean = [() => true, () => false] as const
