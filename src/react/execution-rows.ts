import { queryDb, Schema, type Store } from '@runtimed/schema'
import { hasStoreEnded } from '../livestore/store-info.js'
import { decodeEnd, endColumns, type EndRow, type StoredEnd } from '../livestore/stored-end.js'
import { Listeners } from './listeners.js'

/** The row of an execution, as far as it is shown. */
export interface ExecutionRow {
  readonly id: string
  readonly cellId: string
  readonly status: 'pending' | 'assigned' | 'executing' | 'completed' | 'failed' | 'cancelled'
  readonly executionCount: number
  readonly requestedBy: string
  readonly startedAt: Date | null
  readonly completedAt: Date | null
  readonly durationMs: number | null
  readonly cancelledBy: string | null
  /** Undefined until it has ended. */
  readonly end: StoredEnd | undefined
}

type StoredRow = Omit<ExecutionRow, 'startedAt' | 'completedAt' | 'end'> &
  EndRow & {
    readonly startedAt: string | null
    readonly completedAt: string | null
  }

const columns = `id, cellId, ${endColumns}, executionCount, requestedBy, startedAt, completedAt,
  executionDurationMs AS durationMs, cancelledBy`

/** Reads one row, and runs whenever one of the tables is written that tell how an execution ended. */
const trigger = queryDb(
  {
    query: `SELECT (SELECT 1 FROM executionQueue LIMIT 1) AS requests,
              (SELECT 1 FROM notebookMetadata LIMIT 1) AS records`,
    schema: Schema.Array(
      Schema.Struct({ requests: Schema.NullOr(Schema.Number), records: Schema.NullOr(Schema.Number) }),
    ),
  },
  { label: 'react.executions' },
)

/**
 * The latest execution of each cell that somebody looks at, and the places of those that wait, as something to subscribe to.
 *
 * One subscription for all cells of a notebook, only while somebody looks; a row is the same object until it has changed.
 * Reads cost what the watched cells and the waiting requests cost, whatever the length of the notebook's history.
 */
export class ExecutionRows {
  readonly #store: Store
  readonly #listeners = new Listeners(() => this.#store.subscribe(trigger, () => this.#schedule()))
  readonly #watched = new Map<string, number>()
  readonly #rows = new Map<string, { readonly text: string; readonly row: ExecutionRow | null }>()
  #places: ReadonlyMap<string, number> = new Map()
  #scheduled = false

  constructor(store: Store) {
    this.#store = store
  }

  /** The latest execution of the cell; null when it was never asked for. */
  row(cellId: string): ExecutionRow | null {
    if (!this.#rows.has(cellId)) this.#read([cellId])
    return this.#rows.get(cellId)?.row ?? null
  }

  /** The place of a request among those that wait, from 1; undefined when it does not wait. */
  place(executionId: string): number | undefined {
    return this.#places.get(executionId)
  }

  /** Calls back after changes, to this or to any other cell. */
  subscribe(cellId: string, listener: () => void): () => void {
    this.#watched.set(cellId, (this.#watched.get(cellId) ?? 0) + 1)
    const remove = this.#listeners.add(listener)
    this.#look()
    return () => {
      remove()
      this.#forget(cellId)
    }
  }

  /** Listeners run after the commit that caused it, so that none can harm the store. */
  #schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    queueMicrotask(() => {
      this.#scheduled = false
      if (this.#listeners.size > 0) this.#look()
    })
  }

  #look(): void {
    const hasMoved = this.#readPlaces()
    const hasChanged = this.#read([...this.#watched.keys()])
    if (hasMoved || hasChanged) this.#listeners.notify()
  }

  #forget(cellId: string): void {
    const count = (this.#watched.get(cellId) ?? 1) - 1
    if (count > 0) return void this.#watched.set(cellId, count)
    this.#watched.delete(cellId)
    this.#rows.delete(cellId)
  }

  #readPlaces(): boolean {
    const waiting = this.#query<{ readonly id: string }>(
      "SELECT id FROM executionQueue WHERE status = 'pending' ORDER BY requestSeq",
      [],
    )
    if (!waiting) return false
    const isSame =
      waiting.length === this.#places.size &&
      waiting.every(({ id }, index) => this.#places.get(id) === index + 1)
    if (!isSame) this.#places = new Map(waiting.map(({ id }, index) => [id, index + 1]))
    return !isSame
  }

  #read(cellIds: readonly string[]): boolean {
    const rows = this.#query<StoredRow>(
      `SELECT ${columns} FROM executionQueue WHERE id IN (
         SELECT (SELECT id FROM executionQueue WHERE cellId = watched.value ORDER BY requestSeq DESC LIMIT 1)
         FROM json_each(?) AS watched)`,
      [JSON.stringify(cellIds)],
    )
    if (!rows) return false
    const byCell = new Map(rows.map((row) => [row.cellId, row]))
    return cellIds.filter((cellId) => this.#keep(cellId, byCell.get(cellId) ?? null)).length > 0
  }

  #keep(cellId: string, stored: StoredRow | null): boolean {
    const text = JSON.stringify(stored)
    if (this.#rows.get(cellId)?.text === text) return false
    this.#rows.set(cellId, { text, row: stored && toRow(stored) })
    return true
  }

  /** Undefined for a store that has ended: what was seen last stays, and its agent tells that it failed. */
  #query<Row>(query: string, values: readonly string[]): readonly Row[] | undefined {
    if (hasStoreEnded(this.#store)) return undefined
    return this.#store.query<Row[]>({ query, bindValues: values as never })
  }
}

const toRow = (stored: StoredRow): ExecutionRow => ({
  ...stored,
  end: decodeEnd(stored),
  startedAt: stored.startedAt === null ? null : new Date(stored.startedAt),
  completedAt: stored.completedAt === null ? null : new Date(stored.completedAt),
})
