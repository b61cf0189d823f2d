import { shallowEqual } from '@xstate/react'
import type { Store } from '@runtimed/schema'
import { NotebookWriter } from '../livestore/notebook-writer.js'
import { toCellExecution, type CellExecution } from './cell-execution.js'
import { ExecutionRows } from './execution-rows.js'
import { LiveExecution } from './live-execution.js'
import { QueueSource } from './queue-source.js'
import type { AgentSource } from './agent-source.js'

/** The executions of one notebook in one provider: what is known of each cell's. */
export class ExecutionBoard {
  readonly queue: QueueSource
  readonly #store: Store
  readonly #rows: ExecutionRows
  readonly #live: LiveExecution
  readonly #seen = new Map<string, CellExecution>()

  constructor(store: Store, source: AgentSource) {
    this.#store = store
    this.queue = new QueueSource(store)
    this.#rows = new ExecutionRows(store)
    this.#live = new LiveExecution(source)
  }

  /** The latest execution of a cell; the same object until something visible has changed. */
  getSnapshot(cellId: string): CellExecution {
    const row = this.#rows.row(cellId)
    const id = row?.id ?? ''
    const next = toCellExecution(row, {
      running: this.#live.running(),
      end: this.#live.endOf(id),
      place: this.#rows.place(id),
    })
    const seen = this.#seen.get(cellId)
    if (seen && shallowEqual(seen, next)) return seen
    this.#seen.set(cellId, next)
    return next
  }

  subscribe(cellId: string, listener: () => void): () => void {
    const stopLive = this.#live.subscribe(listener)
    const stopRows = this.#rows.subscribe(cellId, listener)
    return () => {
      stopRows()
      stopLive()
    }
  }

  /** What the user of this id writes. */
  writer(userId: string): NotebookWriter {
    return new NotebookWriter(this.#store, userId)
  }
}
