import {
  cellReferences$,
  type CellReference,
  type CellType,
  createCellBetween,
  events,
  moveCellBetweenWithRebalancing,
  type Store,
  tables,
} from '@runtimed/schema'
import {
  type Committer,
  committerFor,
  type CommitEvents,
  type CommitterOptions,
  type StoreFailure,
  type Submission,
} from './committer.js'
import { type CodeCell, codeCells$, planCancellations, planRequests, unknownCell } from './execution-plan.js'
import type { QueuedExecution } from './queue-queries.js'

/** A place next to a cell; without one, the end of the notebook. */
export type CellPlace = { readonly above: string } | { readonly below: string } | Record<never, never>

/**
 * Writes what a user does in a notebook that other processes share, whoever opened its store.
 *
 * `store.commit` may lose what it is given while the store takes in what others wrote, and arguments that do not fit shut the store
 * down. A writer waits for its turn, looks at the rows as they are then, and tells two moments of each submission: `durable`, in the
 * log of this machine, and `confirmed`, in the order that all share. Both reject with `INVALID_EVENT` or `UNKNOWN_CELL`, and then
 * nothing was committed, and with `STORE_DIED`; neither needs to be awaited. `confirmed` waits without a limit for a backend that is
 * away.
 */
export class NotebookWriter {
  readonly #store: Store
  readonly #userId: string
  readonly #committer: Committer

  /**
   * `userId` is recorded as the one who asks, edits and cancels. All writers and agents of a store share what the first of them was
   * given as options.
   */
  constructor(store: Store, userId: string, options: CommitterOptions = {}) {
    this.#store = store
    this.#userId = userId
    this.#committer = committerFor(store, options)
  }

  /**
   * Records events of the notebook's schema, together and in order. A function is asked for them when it is their turn, and with a
   * journal once before; it must do nothing but read.
   */
  commit(plan: CommitEvents | (() => CommitEvents)): Submission {
    return this.#committer.submit(plan, typeof plan === 'function' ? { expected: plan } : {})
  }

  /** Resolves when everything that was submitted is durable. Rejects with `STORE_DIED`, and with `STORE_STALLED`. */
  idle(): Promise<void> {
    return this.#committer.idle()
  }

  /** Calls back when the store dies, at once when it has, and each time that it stands still. Returns the stop function. */
  onFailure(listener: (failure: StoreFailure) => void): () => void {
    return this.#committer.onDeath(listener)
  }

  /**
   * Asks for one run of each of these code cells, in this order; whichever process has an agent of the notebook runs them. A cell that
   * waits or runs already is left out. Rejects with `UNKNOWN_CELL`, and asks for none, when the notebook has no such code cell.
   */
  requestExecution(...cellIds: readonly string[]): Submission {
    return this.commit(() => planRequests(this.#store, cellIds, this.#userId))
  }

  /**
   * Asks for one run of each code cell that has a source and is chosen, default all, in the order of the notebook; otherwise as
   * {@link requestExecution}.
   */
  requestAllExecutions(isChosen: (cell: CodeCell) => boolean = () => true): Submission {
    return this.commit(() => {
      const cells = this.#store.query(codeCells$).filter((cell) => cell.source.trim() && isChosen(cell))
      return planRequests(
        this.#store,
        cells.map(({ id }) => id),
        this.#userId,
      )
    })
  }

  /** Cancels the cell's execution, waiting or running, in whichever process. Without one: no effect. */
  cancelExecution(cellId: string, reason?: string): Submission {
    return this.cancelAllExecutions(reason, (queued) => queued.cellId === cellId)
  }

  /** Cancels the executions that wait or run and are chosen, default all. */
  cancelAllExecutions(
    reason = 'cancelled by the user',
    isChosen: (queued: QueuedExecution) => boolean = () => true,
  ): Submission {
    const by = { cancelledBy: this.#userId, reason }
    return this.commit(() => planCancellations(this.#store, isChosen, by))
  }

  /** Adds a cell at the place, and tells its id at once. Next to a cell that is gone it comes to the end. */
  createCell(
    cellType: CellType = 'code',
    { source = '', ...place }: CellPlace & { readonly source?: string } = {},
  ): Submission & { readonly cellId: string } {
    const cellId = crypto.randomUUID()
    const submission = this.commit(() => {
      const cells = this.#store.query(cellReferences$)
      const { before, after } = gapAt(cells, place)
      const cell = { id: cellId, cellType, createdBy: this.#userId }
      const created = createCellBetween(cell, before, after, cells).events
      return source === '' ? created : [...created, this.#sourceChanged(cellId, source)]
    })
    return { cellId, ...submission }
  }

  /** Removes a cell with its outputs. */
  deleteCell(cellId: string): Submission {
    return this.commit(() => [events.cellDeleted({ id: this.#cell(cellId).id, actorId: this.#userId })])
  }

  /**
   * Moves a cell to the place, or by so many cells down, or up if negative. Next to a cell that is gone, or without a place, it comes
   * to the end.
   */
  moveCell(cellId: string, place: CellPlace | { readonly by: number }): Submission {
    return this.commit(() => {
      const cells = this.#store.query(cellReferences$)
      const index = cells.findIndex(({ id }) => id === cellId)
      const cell = cells[index]
      if (!cell) throw unknownCell(this.#store.storeId, cellId)
      const others = cells.toSpliced(index, 1)
      const { before, after } = 'by' in place ? gapBefore(others, index + place.by) : gapAt(others, place)
      return moveCellBetweenWithRebalancing(cell, before, after, cells, this.#userId).events
    })
  }

  setCellType(cellId: string, cellType: CellType): Submission {
    return this.commit(() => [
      events.cellTypeChanged({ id: this.#cell(cellId).id, cellType, actorId: this.#userId }),
    ])
  }

  /** Gives a cell its source; nothing is written when it has it. */
  setCellSource(cellId: string, source: string): Submission {
    return this.commit(() =>
      this.#cell(cellId).source === source ? [] : [this.#sourceChanged(cellId, source)],
    )
  }

  /** Removes the outputs of these cells. */
  clearOutputs(...cellIds: readonly string[]): Submission {
    return this.commit(() =>
      cellIds.map((id) =>
        events.cellOutputsCleared({ cellId: this.#cell(id).id, wait: false, clearedBy: this.#userId }),
      ),
    )
  }

  #cell(cellId: string) {
    const [cell] = this.#store.query(tables.cells.where({ id: cellId }))
    if (cell) return cell
    throw unknownCell(this.#store.storeId, cellId)
  }

  #sourceChanged(id: string, source: string) {
    return events.cellSourceChanged({ id, source, modifiedBy: this.#userId })
  }
}

function gapAt(cells: readonly CellReference[], place: CellPlace) {
  const isAbove = 'above' in place
  const anchor = isAbove ? place.above : 'below' in place ? place.below : undefined
  const index = cells.findIndex(({ id }) => id === anchor)
  return gapBefore(cells, index === -1 ? cells.length : isAbove ? index : index + 1)
}

/** The neighbours of a place between cells; before the first or after the last where there is no such place. */
function gapBefore(cells: readonly CellReference[], index: number) {
  const next = Math.min(Math.max(index, 0), cells.length)
  return { before: cells[next - 1] ?? null, after: cells[next] ?? null }
}
