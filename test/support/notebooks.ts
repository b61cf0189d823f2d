import { events, generateFractionalIndices, tables, type CellType, type Store } from '@runtimed/schema'
import type { NotebookEvent } from '../../src/livestore/fact-to-events.js'
import { openNotebookStore } from '../../src/livestore/open-notebook-store.js'

let opened = 0

/** A real store in memory, with cells `c0`, `c1`, … of the given sources. */
export async function openTestNotebook(
  sources: readonly string[] = [],
  cellType: CellType = 'code',
): Promise<Store> {
  const store = await openNotebookStore({ notebookId: `test-${++opened}`, storage: 'memory' })
  addCells(store, sources, cellType)
  return store
}

/** Adds cells `c0`, `c1`, … of the given sources to a notebook without any. */
export const addCells = (store: Store, sources: readonly string[], cellType: CellType = 'code'): void =>
  commitInBatches(
    store,
    generateFractionalIndices(null, null, sources.length).flatMap((fractionalIndex, index) => [
      events.cellCreated2({ id: `c${index}`, fractionalIndex, cellType, createdBy: 'user' }),
      events.cellSourceChanged({ id: `c${index}`, source: sources[index] ?? '', modifiedBy: 'user' }),
    ]),
  )

/** Commits as a client does, ten events at a time. */
export function commitInBatches(store: Store, batch: readonly NotebookEvent[]): void {
  for (let index = 0; index < batch.length; index += 10) {
    store.commit(...(batch.slice(index, index + 10) as [NotebookEvent]))
  }
}

/** A request to run `cellId`, as a client makes it. */
export const requestOf = (queueId: string, cellId: string, executionCount = 1) =>
  events.executionRequested({ queueId, cellId, executionCount, requestedBy: 'user' })

/** The queue rows by id. */
export const queueRows = (store: Store) => store.query(tables.executionQueue.orderBy('requestSeq', 'asc'))
