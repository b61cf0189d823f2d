import type { ExecutionOutcome, FailureCode } from '../../../machines/index.js'
import { decodeEnd } from '../../livestore/stored-end.js'
import type { StoredEvent } from '../../livestore/stored-events.js'

/** One recorded transition. */
export interface LogEntry {
  /** Place of the event in the notebook's log, from 1. */
  readonly position: number
  /** ISO time; null where the event carries none. */
  readonly time: string | null
  /** What happened, for example `execution.finished`. */
  readonly transition: LogTransition
  readonly sessionId?: string
  readonly executionId?: string
  readonly cellId?: string
  /** Place of the cell in the notebook as it is now, from 1; absent when it was deleted. */
  readonly cell?: number
  readonly label?: string
  readonly executionCount?: number
  readonly runtime?: string
  /** How an execution ended. */
  readonly outcome?: ExecutionOutcome
  /** What was wrong with the runtime, when that was why an execution ended so. */
  readonly failure?: FailureCode
  readonly durationMs?: number
  readonly reason?: string
  /** Outputs and pieces of output that the execution wrote. */
  readonly outputs?: number
  /** Name of the event that changed the notebook. */
  readonly change?: string
}

/** The transitions of a log. */
export type LogTransition =
  | 'notebook.changed'
  | 'session.started'
  | 'session.ready'
  | 'session.busy'
  | 'session.ended'
  | 'execution.requested'
  | 'execution.claimed'
  | 'execution.started'
  | 'execution.finished'
  | 'execution.cancelled'

/** What is known of the cells, by id. */
export type CellNames = ReadonlyMap<string, { readonly number: number; readonly label: string }>

type Arguments = StoredEvent['args']

interface Execution {
  readonly cellId: string
  readonly executionCount: number
  outputs: number
  claimed: boolean
}

/**
 * Makes the function that turns the events of one log, given in order, into entries. Outputs have no entry of their own: they
 * are counted and told with the end of their execution; renewals of a session are left out.
 */
export function createLogReader(cells: CellNames): (event: StoredEvent) => LogEntry[] {
  const executions = new Map<string, Execution>()
  const runningByCell = new Map<string, string>()

  const request = (id: string, cellId: string, executionCount: number): void => {
    if (!executions.has(id)) executions.set(id, { cellId, executionCount, outputs: 0, claimed: false })
  }
  const named = (executionId: string, cellId: unknown): Partial<LogEntry> => {
    const execution = executions.get(executionId)
    const id = execution?.cellId ?? text(cellId)
    const cell = cells.get(id)
    return {
      executionId,
      cellId: id,
      ...(cell && { cell: cell.number, label: cell.label }),
      ...(execution && { executionCount: execution.executionCount }),
    }
  }
  const finished = (args: Arguments): Partial<LogEntry> => {
    const execution = executions.get(text(args['queueId']))
    return {
      ...named(text(args['queueId']), args['cellId']),
      ...(execution?.claimed && { outputs: execution.outputs }),
    }
  }

  return (event) => {
    const { args } = event
    const entry = (transition: LogTransition, time: unknown, details: Partial<LogEntry>): LogEntry[] => [
      { position: event.seqNum.global, time: isoTime(time), transition, ...details },
    ]
    const queueId = text(args['queueId'])
    switch (event.name) {
      case 'v1.RuntimeSessionStarted':
        return entry('session.started', null, {
          sessionId: text(args['sessionId']),
          runtime: text(args['runtimeType']),
        })
      case 'v1.RuntimeSessionStatusChanged':
        if (args['status'] === 'restarting') return []
        return entry(args['status'] === 'busy' ? 'session.busy' : 'session.ready', null, {
          sessionId: text(args['sessionId']),
        })
      case 'v1.RuntimeSessionTerminated':
        return entry('session.ended', null, {
          sessionId: text(args['sessionId']),
          reason: text(args['reason']),
        })
      case 'v1.ExecutionRequested':
        request(queueId, text(args['cellId']), Number(args['executionCount']))
        return entry('execution.requested', null, named(queueId, args['cellId']))
      case 'v1.MultipleExecutionRequested':
        return (args['cellsInfo'] as readonly Arguments[]).flatMap((info) => {
          request(text(info['queueId']), text(info['id']), Number(info['executionCount']))
          return entry('execution.requested', null, named(text(info['queueId']), info['id']))
        })
      case 'v1.ExecutionAssigned':
        return entry('execution.claimed', null, {
          ...named(queueId, ''),
          sessionId: text(args['runtimeSessionId']),
        })
      case 'v1.ExecutionStarted': {
        const execution = executions.get(queueId)
        if (execution) execution.claimed = true
        runningByCell.set(text(args['cellId']), queueId)
        return entry('execution.started', args['startedAt'], named(queueId, args['cellId']))
      }
      case 'v1.ExecutionCompleted':
        return entry('execution.finished', args['completedAt'], {
          ...finished(args),
          durationMs: Number(args['executionDurationMs']),
          ...endOf(rowStatuses[text(args['status'])], args['error']),
        })
      case 'v1.ExecutionCancelled':
        return entry('execution.cancelled', null, {
          ...finished(args),
          ...endOf('cancelled', args['reason']),
        })
      case 'v1.AllExecutionsCancelled':
        return entry('execution.cancelled', null, { reason: 'All executions were cancelled.' })
      default: {
        const running = executions.get(runningByCell.get(text(args['cellId'])) ?? '')
        if (running && event.name.endsWith('OutputAdded')) running.outputs += 1
        return isNotebookChange(event.name) ? entry('notebook.changed', null, changeOf(event)) : []
      }
    }
  }
}

/** What an execution's row becomes by the statuses of `v1.ExecutionCompleted`. */
const rowStatuses: Readonly<Record<string, string>> = {
  success: 'completed',
  error: 'failed',
  cancelled: 'cancelled',
}

function endOf(status = 'failed', said: unknown): Partial<LogEntry> {
  const end = decodeEnd({ status, error: text(said), cancelReason: null })
  return {
    ...(end && { outcome: end.outcome }),
    ...(end?.reason && { reason: end.reason }),
    ...(end?.failure && { failure: end.failure.code }),
  }
}

const isNotebookChange = (name: string) => /^v\d\.(Cell(?!Outputs)|Notebook)/.test(name)

function changeOf({ name, args }: StoredEvent): Partial<LogEntry> {
  const cellId = /^v\d\.Cell/.test(name) ? text(args['cellId'] ?? args['id']) : ''
  return { change: name, ...(cellId !== '' && { cellId }) }
}

const text = (value: unknown) => (typeof value === 'string' ? value : '')

function isoTime(value: unknown): string | null {
  if (value instanceof Date) return value.toISOString()
  return typeof value === 'string' ? value : null
}
