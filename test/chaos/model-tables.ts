import type { CellType } from '@runtimed/schema'
import type { LogEvent, QueueEntry, SessionEntry } from './rows.js'
import {
  cancelledWithAll,
  cancelledWithCell,
  isEvent,
  requestedRow,
  rowRules,
  sessionRules,
  startedSession,
} from './rules.js'

/** Replaces a rule for the queue's rows, so that a deliberate bug can stand in a table. */
export type RowRuleOverride = (before: QueueEntry, after: QueueEntry, event: LogEvent) => QueueEntry

export interface ModelTablesOptions {
  readonly override?: RowRuleOverride | undefined
  /** Told every row that an event changed. */
  readonly onRowChanged?: (before: QueueEntry | undefined, after: QueueEntry, event: LogEvent) => void
}

type Undo = () => void

const openStatuses: readonly string[] = ['assigned', 'executing']

/** The tables of one notebook in memory, filled by events, with each event revocable as a rebase needs it. */
export class ModelTables {
  readonly queue = new Map<string, QueueEntry>()
  readonly sessions = new Map<string, SessionEntry>()
  readonly cells = new Map<string, CellType>()
  /** By cell: the position after its last output; no entry for a cell without outputs. */
  readonly nextPositions = new Map<string, number>()
  readonly pendingIds = new Set<string>()
  readonly openIds = new Set<string>()
  readonly activeSessions = new Set<string>()
  readonly #options: ModelTablesOptions
  #requests = 0
  #starts = 0
  #undo: Undo[] = []

  constructor(options: ModelTablesOptions = {}) {
    this.#options = options
  }

  /** Carries out an event; the returned function takes it back, newest event first. */
  apply(event: LogEvent): Undo {
    const undo: Undo[] = []
    this.#undo = undo
    this.#applyToQueue(event)
    this.#applyToSessions(event)
    this.#applyToCells(event)
    return () => {
      for (const step of undo.reverse()) step()
    }
  }

  #applyToQueue(event: LogEvent): void {
    const rule = rowRules[event.name]
    if (rule) {
      const { queueId } = event.args as { queueId: string }
      const row = this.queue.get(queueId)
      if (row) this.#setRow(row, rule(row, event.args as never), event)
    } else if (isEvent(event, 'executionRequested')) {
      const { queueId, cellId, executionCount, requestedBy } = event.args
      this.#request(queueId, cellId, executionCount, requestedBy, event)
    } else if (isEvent(event, 'multipleExecutionRequested')) {
      for (const { queueId, id, executionCount } of event.args.cellsInfo) {
        this.#request(queueId, id, executionCount, event.args.requestedBy, event)
      }
    } else if (isEvent(event, 'allExecutionsCancelled')) {
      this.#changeLive(cancelledWithAll, event)
    } else if (isEvent(event, 'cellDeleted')) {
      const { id, actorId } = event.args
      this.#changeLive((row) => (row.cellId === id ? cancelledWithCell(row, actorId) : row), event)
    }
  }

  #request(queueId: string, cellId: string, count: number, requestedBy: string, event: LogEvent): void {
    if (this.queue.has(queueId)) return
    this.#requests++
    this.#undo.push(() => void this.#requests--)
    const row = requestedRow(queueId, cellId, count, requestedBy, this.#requests)
    this.#storeRow(queueId, undefined, row)
    this.#options.onRowChanged?.(undefined, row, event)
  }

  #changeLive(change: (row: QueueEntry) => QueueEntry, event: LogEvent): void {
    for (const id of [...this.pendingIds, ...this.openIds]) {
      const row = this.queue.get(id) as QueueEntry
      this.#setRow(row, change(row), event)
    }
  }

  #setRow(before: QueueEntry, ruled: QueueEntry, event: LogEvent): void {
    const after = this.#options.override?.(before, ruled, event) ?? ruled
    if (after === before) return
    this.#storeRow(before.id, before, after)
    this.#options.onRowChanged?.(before, after, event)
  }

  #storeRow(id: string, before: QueueEntry | undefined, after: QueueEntry): void {
    this.#index(id, after)
    this.#undo.push(() => this.#index(id, before))
  }

  #index(id: string, row: QueueEntry | undefined): void {
    if (row) this.queue.set(id, row)
    else this.queue.delete(id)
    this.pendingIds.delete(id)
    this.openIds.delete(id)
    if (row?.status === 'pending') this.pendingIds.add(id)
    if (row && openStatuses.includes(row.status)) this.openIds.add(id)
  }

  #applyToSessions(event: LogEvent): void {
    if (isEvent(event, 'runtimeSessionStarted')) {
      this.#starts++
      this.#undo.push(() => void this.#starts--)
      return this.#storeSession(startedSession(event.args, this.#starts))
    }
    const rule = sessionRules[event.name]
    if (!rule) return
    const row = this.sessions.get((event.args as { sessionId: string }).sessionId)
    if (row?.isActive === 1) this.#storeSession(rule(row, event.args as never))
  }

  #storeSession(after: SessionEntry): void {
    const before = this.sessions.get(after.sessionId)
    this.#indexSession(after.sessionId, after)
    this.#undo.push(() => this.#indexSession(after.sessionId, before))
  }

  #indexSession(sessionId: string, row: SessionEntry | undefined): void {
    if (row) this.sessions.set(sessionId, row)
    else this.sessions.delete(sessionId)
    if (row?.isActive === 1) this.activeSessions.add(sessionId)
    else this.activeSessions.delete(sessionId)
  }

  #applyToCells(event: LogEvent): void {
    if (isEvent(event, 'cellCreated2')) {
      const { id, cellType } = event.args
      if (!this.cells.has(id)) this.#put(this.cells, id, cellType)
    } else if (isEvent(event, 'cellTypeChanged')) {
      const { id, cellType } = event.args
      if (this.cells.has(id)) this.#put(this.cells, id, cellType)
    } else if (isEvent(event, 'cellDeleted')) {
      this.#put(this.cells, event.args.id, undefined)
    } else if (isEvent(event, 'cellOutputsCleared')) {
      this.#put(this.nextPositions, event.args.cellId, undefined)
    } else if (isEvent(event, 'errorOutputAdded')) {
      const { cellId, position } = event.args
      this.#put(this.nextPositions, cellId, Math.max(this.nextPositions.get(cellId) ?? 0, position + 1))
    }
  }

  #put<Value>(map: Map<string, Value>, key: string, value: Value | undefined): void {
    const before = map.get(key)
    const write = (written: Value | undefined) =>
      void (written === undefined ? map.delete(key) : map.set(key, written))
    write(value)
    this.#undo.push(() => write(before))
  }
}

/** Both tables as text, in primary-key order: equal texts are equal tables. */
export const dumpModel = (tables: Pick<ModelTables, 'queue' | 'sessions'>): string =>
  JSON.stringify([sortedRows(tables.queue), sortedRows(tables.sessions)])

const sortedRows = <Row>(rows: ReadonlyMap<string, Row>): Row[] =>
  [...rows].sort(([left], [right]) => (left < right ? -1 : 1)).map(([, row]) => row)
