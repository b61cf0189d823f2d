import {
  events,
  tables,
  type CellData,
  type CellType,
  type ExecutionQueueData,
  type Store,
} from '@runtimed/schema'
import { startingClear } from './execution-run.js'
import type { StoreEvent } from './output-event.js'
import type { RuntimeCapabilities } from './types.js'

/** The queue row with this id, as it is now. */
export function readQueueRow(store: Store, queueId: string): ExecutionQueueData | undefined {
  return store.query(tables.executionQueue.where({ id: queueId }).first())
}

/** The cell with this id, as it is now. */
export function readCell(store: Store, cellId: string): CellData | undefined {
  return store.query(tables.cells.where({ id: cellId }).first())
}

/** The next row to run: what was assigned to the session, else the oldest pending request. */
export function readNextRow(
  store: Store,
  sessionId: string,
  skipped: ReadonlySet<string>,
): ExecutionQueueData | undefined {
  const assigned = store.query(
    tables.executionQueue
      .where({ assignedRuntimeSession: sessionId, status: 'assigned' })
      .orderBy('requestSeq', 'asc'),
  )
  const pending = tables.executionQueue.where({ status: 'pending' }).orderBy('requestSeq', 'asc')
  const isNew = (row: ExecutionQueueData) => !skipped.has(row.id)
  const next = assigned.find(isNew) ?? store.query(pending.limit(1))[0]
  return next === undefined || isNew(next) ? next : store.query(pending).find(isNew)
}

/** Why a runtime with these capabilities cannot run the cell; `undefined` when it can. */
export function refusalOf(cell: CellData, capabilities: RuntimeCapabilities): string | undefined {
  const abilities: Partial<Record<CellType, boolean>> = {
    code: capabilities.canExecuteCode,
    sql: capabilities.canExecuteSql,
    ai: capabilities.canExecuteAi,
  }
  if (abilities[cell.cellType] === true) return undefined
  return `This runtime does not execute ${cell.cellType} cells. Start a runtime that does, or change the type of the cell.`
}

/** Ends a request that cannot run: a visible error where there is a cell, and a failed completion. */
export function refusalEvents(
  store: Store,
  row: ExecutionQueueData,
  cell: CellData | undefined,
  runtimeId: string,
  refusal: string,
): StoreEvent[] {
  const output =
    cell === undefined
      ? []
      : [...startingClear(store, cell.id, runtimeId), errorOutput(cell.id, 0, 'ExecutionRefused', refusal)]
  return [...output, failedCompletion(row, refusal, 0)]
}

/**
 * Ends the executions of sessions that are gone. A new session takes over from all others, so every
 * claimed row that is not its own belongs to a session that will not finish it.
 */
export function lostExecutionEvents(store: Store, sessionId: string, now: Date): StoreEvent[] {
  const claimed = store.query(
    tables.executionQueue
      .where({ status: { op: 'IN', value: ['assigned', 'executing'] } })
      .orderBy('requestSeq', 'asc'),
  )
  return claimed
    .filter((row) => row.assignedRuntimeSession !== sessionId)
    .flatMap((row) => lostEvents(store, row, now))
}

function lostEvents(store: Store, row: ExecutionQueueData, now: Date): StoreEvent[] {
  const text = `lost: runtime session ${row.assignedRuntimeSession ?? '(unknown)'} ended before this execution did`
  const duration = row.startedAt === null ? 0 : Math.max(0, now.getTime() - row.startedAt.getTime())
  const completion = failedCompletion(row, text, duration)
  if (readCell(store, row.cellId) === undefined) return [completion]
  return [errorOutput(row.cellId, nextPosition(store, row.cellId), 'ExecutionLost', text), completion]
}

function nextPosition(store: Store, cellId: string): number {
  const last = store.query(
    tables.outputs.select('position').where({ cellId }).orderBy('position', 'desc').limit(1),
  )[0]
  return last === undefined ? 0 : Math.floor(last) + 1
}

function errorOutput(cellId: string, position: number, ename: string, evalue: string): StoreEvent {
  const data = { ename, evalue, traceback: [] }
  return events.errorOutputAdded({
    id: crypto.randomUUID(),
    cellId,
    position,
    content: { type: 'inline', data },
  })
}

function failedCompletion(row: ExecutionQueueData, error: string, durationMs: number): StoreEvent {
  return events.executionCompleted({
    queueId: row.id,
    cellId: row.cellId,
    status: 'error',
    error,
    completedAt: new Date(),
    executionDurationMs: durationMs,
  })
}
