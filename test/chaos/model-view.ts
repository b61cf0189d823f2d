import type { CellData } from '@runtimed/schema'
import type { ExecutionRequest } from '../../machines/index.js'
import type { StoreView } from '../../src/livestore/store-view.js'
import type { ModelTables } from './model-tables.js'
import type { QueueEntry, SessionEntry } from './rows.js'

/** What the mirror and the intake read, answered by tables in memory. */
export const createModelView = (tables: ModelTables): StoreView => ({
  queueRow: (executionId) => tables.queue.get(executionId),
  cell: (id) => cellOf(tables, id),
  cellDetails: () => undefined,
  hasOutputs: (cellId) => tables.nextPositions.has(cellId),
  nextOutputPosition: (cellId) => tables.nextPositions.get(cellId) ?? 0,
  pending: (limit) => inOrder(tables, tables.pendingIds).slice(0, limit).map(toRequest),
  sessionHasEnded: (sessionId) => tables.sessions.has(sessionId) && !tables.activeSessions.has(sessionId),
  otherActiveSessions: (sessionId, now) =>
    [...tables.activeSessions]
      .filter((other) => other !== sessionId)
      .map((other) => tables.sessions.get(other) as SessionEntry)
      .map((other) => ({
        sessionId: other.sessionId,
        expired: hasExpired(other, now),
        isNewer: other.startedSeq > (tables.sessions.get(sessionId)?.startedSeq ?? Infinity),
        isUp: other.status === 'ready' || other.status === 'busy',
      })),
  openExecutions: (dead) =>
    inOrder(tables, tables.openIds)
      .filter(({ assignedRuntimeSession: owner }) => {
        return owner === null || dead.includes(owner) || !tables.activeSessions.has(owner)
      })
      .map((row) => ({
        executionId: row.id,
        cellId: row.cellId,
        sessionId: row.assignedRuntimeSession,
        executionCount: row.executionCount,
        requestedBy: row.requestedBy,
        status: row.status,
      })),
})

function cellOf(tables: ModelTables, id: string): CellData | undefined {
  const cellType = tables.cells.get(id)
  return cellType && ({ id, cellType, source: '' } as CellData)
}

const inOrder = (tables: ModelTables, ids: ReadonlySet<string>): QueueEntry[] =>
  [...ids]
    .map((id) => tables.queue.get(id) as QueueEntry)
    .sort((left, right) => left.requestSeq - right.requestSeq)

const toRequest = ({
  id,
  cellId,
  executionCount,
  requestedBy,
  requestSeq,
}: QueueEntry): ExecutionRequest => ({
  executionId: id,
  cellId,
  executionCount,
  requestedBy,
  requestSeq,
})

const hasExpired = ({ expiresAt }: SessionEntry, now: Date): boolean =>
  expiresAt !== null && new Date(expiresAt) < now
