import { shallowEqual } from '@xstate/react'
import { events, queryDb, tables, type Store } from '@runtimed/schema'
import { committerFor } from '../livestore/committer.js'
import { toCellExecution, type CellExecution } from './cell-execution.js'
import { ExecutionRows } from './execution-rows.js'
import { LiveExecution } from './live-execution.js'
import type { AgentSource } from './agent-source.js'

/** The executions of one notebook in one provider: what is known of each cell's, and what can be done to it. */
export class ExecutionBoard {
  readonly #store: Store
  readonly #rows: ExecutionRows
  readonly #live: LiveExecution
  readonly #seen = new Map<string, CellExecution>()

  constructor(store: Store, source: AgentSource) {
    this.#store = store
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

  /** Asks for a run of the cell, unless one is open. Resolves when the request is recorded. */
  run(cellId: string, userId: string): Promise<void> {
    return this.#record(() => {
      if (isOpen(this.#latest(cellId)?.status)) return []
      const executionCount = (this.#countOf(cellId) ?? 0) + 1
      const queueId = crypto.randomUUID()
      return [events.executionRequested({ queueId, cellId, executionCount, requestedBy: userId })]
    })
  }

  /** Cancels the cell's execution, unless it has ended. Resolves when that is recorded. */
  cancel(cellId: string, userId: string, reason: string): Promise<void> {
    return this.#record(() => {
      const row = this.#latest(cellId)
      if (!row || !isOpen(row.status)) return []
      return [events.executionCancelled({ queueId: row.id, cellId, cancelledBy: userId, reason })]
    })
  }

  /** A rejection that nobody handles is no unhandled one. */
  #record(decide: Parameters<ReturnType<typeof committerFor>['submit']>[0]): Promise<void> {
    const { durable, confirmed } = committerFor(this.#store).submit(decide)
    durable.catch(() => undefined)
    confirmed.catch(() => undefined)
    return durable
  }

  #latest(cellId: string) {
    const latest = tables.executionQueue.where({ cellId }).orderBy('requestSeq', 'desc').limit(1)
    return this.#store.query(queryDb(latest, { label: 'react.latest' }))[0]
  }

  #countOf(cellId: string): number | null | undefined {
    return this.#store.query(queryDb(tables.cells.where({ id: cellId }).limit(1)))[0]?.executionCount
  }
}

const isOpen = (status: string | undefined) =>
  status === 'pending' || status === 'assigned' || status === 'executing'
