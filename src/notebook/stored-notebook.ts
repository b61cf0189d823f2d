import {
  applyDeltas,
  type CellData,
  cells$,
  type ExecutionQueueData,
  notebookMetadata$,
  outputDeltas$,
  type Store,
  tables,
} from '@runtimed/schema'
import { languageInfoKey } from '../livestore/language-info.js'
import { createCellId, isValidCellId } from './cell-id.js'
import type { PrintableObject } from './json-value.js'
import { cellDetailsKey, decodeDetails, decodeOutputMetadata, NOTEBOOK_DETAILS_KEY } from './notebook-keys.js'
import type { NotebookCellType, NotebookOutput } from './parsed-notebook.js'
import { type StoredOutput, toNotebookOutputs } from './stored-outputs.js'

/** A cell of a store, in the terms of a notebook file. */
export interface StoredCell {
  /** The store's id; where nbformat does not allow it, an id made from it. */
  readonly id: string
  readonly type: NotebookCellType
  /** Set for a code cell that the store knows as a SQL or AI cell. */
  readonly specialType: 'sql' | 'ai' | undefined
  readonly source: string
  /** Whether the newest execution of the cell ended after it had begun, or was refused. */
  readonly wasExecuted: boolean
  /** The count of that execution; `null` when there is none. */
  readonly executionCount: number | null
  readonly outputs: readonly NotebookOutput[]
  /** What the file said about the cell when it was imported. */
  readonly details: PrintableObject
}

/** What a store holds of a notebook, in the terms of a notebook file. */
export interface StoredNotebook {
  readonly cells: readonly StoredCell[]
  readonly details: PrintableObject
  readonly runtimeType: string | undefined
  /** What the runtime that ran cells said about their language; undefined when it said nothing. */
  readonly language: PrintableObject | undefined
}

type QueryableStore = Pick<Store, 'query'>

/** Reads a whole notebook out of a store, cells in order. */
export function readStoredNotebook(store: QueryableStore): StoredNotebook {
  const metadata = new Map(store.query(notebookMetadata$).map(({ key, value }) => [key, value]))
  const outputs = outputsByCell(store, metadata)
  const executions = newestExecutions(store)
  const rows = store.query(cells$)
  const takenIds = new Set(rows.map((row) => row.id))
  const cells = rows.map((row) => ({
    id: isValidCellId(row.id) ? row.id : createCellId(row.id, takenIds),
    ...cellTypesOf(row),
    source: row.source,
    ...executionOf(executions.get(row.id)),
    outputs: toNotebookOutputs(outputs.get(row.id) ?? []),
    details: decodeDetails(metadata.get(cellDetailsKey(row.id))),
  }))
  return {
    cells,
    details: decodeDetails(metadata.get(NOTEBOOK_DETAILS_KEY)),
    runtimeType: metadata.get('runtimeType'),
    language: metadata.has(languageInfoKey) ? decodeDetails(metadata.get(languageInfoKey)) : undefined,
  }
}

function cellTypesOf({ cellType }: CellData): Pick<StoredCell, 'type' | 'specialType'> {
  if (cellType === 'sql' || cellType === 'ai') return { type: 'code', specialType: cellType }
  return { type: cellType, specialType: undefined }
}

function executionOf(
  execution: ExecutionQueueData | undefined,
): Pick<StoredCell, 'wasExecuted' | 'executionCount'> {
  if (!execution || !hasRun(execution)) return { wasExecuted: false, executionCount: null }
  return { wasExecuted: true, executionCount: execution.executionCount }
}

function hasRun({ status, startedAt }: ExecutionQueueData): boolean {
  return status === 'failed' || status === 'completed' || (status === 'cancelled' && startedAt !== null)
}

function newestExecutions(store: QueryableStore): Map<string, ExecutionQueueData> {
  const rows = store.query(tables.executionQueue.orderBy('requestSeq', 'asc'))
  return new Map(rows.map((row) => [row.cellId, row]))
}

function outputsByCell(
  store: QueryableStore,
  metadata: ReadonlyMap<string, string>,
): ReadonlyMap<string, readonly StoredOutput[]> {
  const deltas = groupBy(store.query(outputDeltas$), (delta) => delta.outputId)
  const rows = store.query(
    tables.outputs.orderBy([
      { col: 'position', direction: 'asc' },
      { col: 'id', direction: 'asc' },
    ]),
  )
  const byCell = groupBy(rows, (row) => row.cellId)
  return new Map(
    [...byCell].map(([cellId, cellRows]) => {
      const fileMetadata = decodeOutputMetadata(metadata.get(cellDetailsKey(cellId)))
      return [
        cellId,
        cellRows.map((row) => ({
          row,
          appended: applyDeltas('', deltas.get(row.id) ?? []),
          unplacedMetadata: fileMetadata[row.id] ?? {},
        })),
      ]
    }),
  )
}

function groupBy<Item>(items: readonly Item[], keyOf: (item: Item) => string): Map<string, Item[]> {
  const groups = new Map<string, Item[]>()
  for (const item of items) {
    const group = groups.get(keyOf(item))
    if (group) group.push(item)
    else groups.set(keyOf(item), [item])
  }
  return groups
}
