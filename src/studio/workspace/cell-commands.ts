import {
  cellReferences$,
  createCellBetween,
  events,
  moveCellBetweenWithRebalancing,
  tables,
  type CellReference,
  type CellType,
} from '@runtimed/schema'
import type { QueuedExecution } from '../../browser.js'
import { codeCells$, planCancellations, planRequests } from '../../livestore/execution-plan.js'
import type { Notebook } from './notebook.js'

const user = 'local'

/** What a person does to the cells of a notebook; each resolves when it is on disk. */
export class CellCommands {
  readonly #notebook: Notebook

  constructor(notebook: Notebook) {
    this.#notebook = notebook
  }

  /** Adds an empty cell; next to no cell it goes to the end. Returns its id at once. */
  add(cellType: CellType, place: { readonly above?: string; readonly below?: string } = {}): string {
    const id = crypto.randomUUID()
    void this.#notebook.write(() => {
      const cells = this.#cells()
      const { before, after } = gapOf(cells, place)
      return createCellBetween({ id, cellType, createdBy: user }, before, after, cells).events
    })
    return id
  }

  remove(id: string): Promise<void> {
    return this.#notebook.write([events.cellDeleted({ id, actorId: user })])
  }

  /** Moves a cell up (-1) or down (1); at the end nothing happens. */
  move(id: string, by: -1 | 1): Promise<void> {
    return this.#notebook.write(() => {
      const cells = this.#cells()
      const index = cells.findIndex((cell) => cell.id === id)
      const cell = cells[index]
      const neighbour = cells[index + by]
      if (!cell || !neighbour) return []
      const beyond = cells[index + 2 * by] ?? null
      const [before, after] = by === 1 ? [neighbour, beyond] : [beyond, neighbour]
      return moveCellBetweenWithRebalancing(cell, before, after, cells, user).events
    })
  }

  setType(id: string, cellType: CellType): Promise<void> {
    return this.#notebook.write([events.cellTypeChanged({ id, cellType, actorId: user })])
  }

  setSource(id: string, source: string): Promise<void> {
    return this.#notebook.write(() => {
      const [cell] = this.#notebook.store.query(tables.cells.where({ id }))
      if (!cell || cell.source === source) return []
      return [events.cellSourceChanged({ id, source, modifiedBy: user })]
    })
  }

  /** Asks for a run of each of these code cells that does not wait or run already. */
  run(ids: readonly string[]): Promise<void> {
    return this.#notebook.write(() => {
      const { store } = this.#notebook
      const runnable = new Set(
        store
          .query(codeCells$)
          .filter(({ source }) => source.trim())
          .map(({ id }) => id),
      )
      return planRequests(
        store,
        ids.filter((id) => runnable.has(id)),
        user,
      )
    })
  }

  runAll(): Promise<void> {
    return this.run(this.#cells().map(({ id }) => id))
  }

  /** The cells above this one, without it. */
  runAbove(id: string): Promise<void> {
    const ids = this.#cells().map((cell) => cell.id)
    return this.run(ids.slice(0, ids.indexOf(id)))
  }

  /** Takes back everything that waits; what runs goes on. */
  cancelQueued(): Promise<void> {
    return this.#cancel(({ state }) => state === 'waiting')
  }

  /** Takes back or stops the run of one cell. */
  cancel(id: string): Promise<void> {
    return this.#cancel(({ cellId }) => cellId === id)
  }

  clearOutputs(ids: readonly string[]): Promise<void> {
    return this.#notebook.write(
      ids.map((cellId) => events.cellOutputsCleared({ cellId, wait: false, clearedBy: user })),
    )
  }

  rename(title: string): Promise<void> {
    return this.#notebook.write([events.notebookMetadataSet({ key: 'title', value: title })])
  }

  #cancel(isChosen: (queued: QueuedExecution) => boolean): Promise<void> {
    const by = { cancelledBy: user, reason: 'cancelled by the user' }
    return this.#notebook.write(() => planCancellations(this.#notebook.store, isChosen, by))
  }

  #cells(): readonly CellReference[] {
    return this.#notebook.store.query(cellReferences$)
  }
}

function gapOf(cells: readonly CellReference[], place: { readonly above?: string; readonly below?: string }) {
  const anchor = place.above ?? place.below
  const index = cells.findIndex(({ id }) => id === anchor)
  if (index === -1) return { before: null, after: null }
  return place.above === undefined
    ? { before: cells[index] ?? null, after: cells[index + 1] ?? null }
    : { before: cells[index - 1] ?? null, after: cells[index] ?? null }
}
