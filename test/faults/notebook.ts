import { events, generateFractionalIndices, tables, type CellType, type Store } from '@runtimed/schema'
import type { NotebookEvent } from '../../src/livestore/fact-to-events.js'
import { committerFor, type Submission } from '../../src/livestore/committer.js'

/** Who makes the cells and asks for their execution. */
export const reader = 'reader'

/** Cells `c0`, `c1`, … of the given sources. */
export function cellsOf(sources: readonly string[], cellType: CellType = 'code'): NotebookEvent[] {
  return generateFractionalIndices(null, null, sources.length).flatMap((fractionalIndex, index) => [
    events.cellCreated2({ id: `c${index}`, fractionalIndex, cellType, createdBy: reader }),
    events.cellSourceChanged({ id: `c${index}`, source: sources[index] ?? '', modifiedBy: reader }),
  ])
}

export const requestOf = (queueId: string, cellId: string) =>
  events.executionRequested({ queueId, cellId, executionCount: 1, requestedBy: reader })

/** Writes events; resolves when they are durable. */
export function write(store: Store, batch: readonly NotebookEvent[]): Promise<void> {
  return durable(committerFor(store).submit(batch))
}

/** Resolves when the submission is durable; nobody waits for its confirmation. */
function durable(submission: Submission): Promise<void> {
  submission.confirmed.catch(() => undefined)
  return submission.durable.then(() => undefined)
}

export const queueRows = (store: Store) => store.query(tables.executionQueue.orderBy('requestSeq', 'asc'))

export const rowOf = (store: Store, id: string) => queueRows(store).find((row) => row.id === id)

export const sessionRows = (store: Store) => store.query(tables.runtimeSessions.orderBy('startedSeq', 'asc'))

export const outputsOf = (store: Store, cellId: string) =>
  store.query(tables.outputs.where({ cellId }).orderBy('position', 'asc'))

const terminal: readonly string[] = ['completed', 'failed', 'cancelled']

export const isTerminal = (row: { readonly status: string }) => terminal.includes(row.status)

/** True when there are requests, and each of them has ended. */
export const allEnded = (store: Store, count = 1) => {
  const rows = queueRows(store)
  return rows.length >= count && rows.every(isTerminal)
}
