import type { CellData, Store } from '@runtimed/schema'
import type { ExecutionRequest } from '../../machines/index.js'
import { reasonIn } from './stored-end.js'

/** The queue row of one execution, as far as claims and ends look at it. */
export interface QueueRow {
  readonly status: string
  readonly cellId: string
  readonly assignedRuntimeSession: string | null
  readonly cancelReason: string | null
}

/** Why the row of an execution that goes on here has ended all the same; undefined when it has not. */
export function endedBySomebody(row: QueueRow | undefined): string | undefined {
  if (row?.status === 'cancelled') return row.cancelReason ?? 'cancelled'
  return row?.status === 'completed' || row?.status === 'failed' ? 'ended by another client' : undefined
}

/** Another session that calls itself active. */
export interface OtherSession {
  readonly sessionId: string
  /** Its validity has run out, so it is dead rather than displaced. */
  readonly expired: boolean
  /** It started later in the log, and so the notebook is its own once it is up. */
  readonly isNewer: boolean
  /** Its runtime runs. */
  readonly isUp: boolean
}

/** An execution that a session left unfinished. */
export interface OpenExecution {
  readonly executionId: string
  readonly cellId: string
  readonly sessionId: string | null
  readonly executionCount: number
  readonly requestedBy: string
  /** `assigned`: claimed, and never started. */
  readonly status: string
}

/**
 * What the mirror and the intake read from a notebook's store, as cheap single statements. All reads see the state of this
 * very turn, so that a decision and its commit can stand together.
 */
export interface StoreView {
  queueRow(executionId: string): QueueRow | undefined
  cell(cellId: string): CellData | undefined
  /** What the notebook's file said about a cell, as the text of an object. */
  cellDetails(cellId: string): string | undefined
  hasOutputs(cellId: string): boolean
  nextOutputPosition(cellId: string): number
  /** The first requests that wait, in request order. */
  pending(limit: number): ExecutionRequest[]
  /**
   * True once the session has ended. One that is not there has not: its start may still wait for its commit, or be rolled back
   * for a moment while the events of another client are put before it.
   */
  sessionHasEnded(sessionId: string): boolean
  otherActiveSessions(sessionId: string, now: Date): OtherSession[]
  /** Assigned or executing rows of sessions that are not active any more, or that are in `dead`. */
  openExecutions(dead: readonly string[]): OpenExecution[]
}

/** How far the clocks of two processes may be apart without a living session being taken for a dead one, in milliseconds. */
const clockSkewMs = 60_000

const upStatuses: readonly string[] = ['ready', 'busy']

const hasExpired = (expiresAt: Date, now: Date) => now.getTime() - expiresAt.getTime() > clockSkewMs

export function createStoreView(store: Store): StoreView {
  const rows = <Row>(query: string, ...values: (string | number)[]) =>
    store.query<Row[]>({ query, bindValues: values as never })
  return {
    queueRow: (executionId) =>
      rows<QueueRow>(
        'SELECT status, cellId, assignedRuntimeSession, cancelReason FROM executionQueue WHERE id = ?',
        executionId,
      ).map((row) => ({ ...row, cancelReason: row.cancelReason && reasonIn(row.cancelReason) }))[0],
    cell: (cellId) => rows<CellRow>('SELECT * FROM cells WHERE id = ?', cellId).map(toCell)[0],
    cellDetails: (cellId) =>
      rows<{ value: string }>('SELECT value FROM notebookMetadata WHERE key = ?', `ipynb:cell:${cellId}`)[0]
        ?.value,
    hasOutputs: (cellId) => rows('SELECT 1 FROM outputs WHERE cellId = ? LIMIT 1', cellId).length > 0,
    nextOutputPosition: (cellId) =>
      rows<{ next: number }>(
        'SELECT coalesce(max(position), -1) + 1 AS next FROM outputs WHERE cellId = ?',
        cellId,
      )[0]?.next ?? 0,
    pending: (limit) =>
      rows<Omit<ExecutionRequest, 'executionId'> & { id: string }>(
        `SELECT id, cellId, executionCount, requestedBy, requestSeq FROM executionQueue
         WHERE status = 'pending' ORDER BY requestSeq LIMIT ?`,
        limit,
      ).map(({ id, ...request }) => ({ executionId: id, ...request })),
    sessionHasEnded: (sessionId) =>
      rows('SELECT 1 FROM runtimeSessions WHERE sessionId = ? AND isActive = 0', sessionId).length > 0,
    otherActiveSessions: (sessionId, now) =>
      rows<{ sessionId: string; status: string; expiresAt: string | null; isNewer: number | null }>(
        `SELECT other.sessionId, other.status, other.expiresAt, other.startedSeq > own.startedSeq AS isNewer
         FROM runtimeSessions AS other LEFT JOIN runtimeSessions AS own ON own.sessionId = ?1
         WHERE other.isActive = 1 AND other.sessionId <> ?1`,
        sessionId,
      ).map((row) => ({
        sessionId: row.sessionId,
        expired: row.expiresAt !== null && hasExpired(new Date(row.expiresAt), now),
        isNewer: row.isNewer === 1,
        isUp: upStatuses.includes(row.status),
      })),
    openExecutions: (dead) =>
      rows<OpenExecution>(
        `SELECT queue.id AS executionId, queue.cellId AS cellId, queue.assignedRuntimeSession AS sessionId,
           queue.executionCount AS executionCount, queue.requestedBy AS requestedBy, queue.status AS status
         FROM executionQueue AS queue
         LEFT JOIN runtimeSessions AS session ON session.sessionId = queue.assignedRuntimeSession
         WHERE queue.status IN ('assigned', 'executing')
           AND (session.isActive IS NOT 1 OR queue.assignedRuntimeSession IN (SELECT value FROM json_each(?)))
         ORDER BY queue.requestSeq`,
        JSON.stringify(dead),
      ),
  }
}

type StoredAs<Row, Names extends keyof Row, Stored> = Omit<Row, Names> & Record<Names, Stored>

type CellFlag = 'sourceVisible' | 'outputVisible' | 'aiContextVisible'

/** A cell as SQLite has it; decoding it here costs a quarter of what the query builder takes. */
type CellRow = StoredAs<StoredAs<CellData, CellFlag, number>, 'aiSettings', string | null>

const toCell = (row: CellRow): CellData => ({
  ...row,
  sourceVisible: row.sourceVisible === 1,
  outputVisible: row.outputVisible === 1,
  aiContextVisible: row.aiContextVisible === 1,
  aiSettings: row.aiSettings === null ? null : (JSON.parse(row.aiSettings) as unknown),
})
