import { cellQuery, events, type QueueStatus, tables } from '@runtimed/schema'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type NotebookStore, openNotebookStore } from './notebook-store.js'

const AT = new Date('2024-01-01T00:00:00.000Z')

let notebook: NotebookStore
let cellId: string
let count = 0

beforeAll(async () => {
  notebook = await openNotebookStore()
})
afterAll(async () => {
  expect(notebook.isAlive()).toBe(true)
  await notebook.close()
})
beforeEach(() => {
  count += 1
  cellId = `cell-${count}`
  notebook.store.commit(
    events.cellCreated2({ id: cellId, fractionalIndex: 'm', cellType: 'code', createdBy: 'ann' }),
  )
})

const queueIdOf = (name: string): string => `${name}-${cellId}`
const request = (name: string, executionCount = 1) =>
  events.executionRequested({ queueId: queueIdOf(name), cellId, executionCount, requestedBy: 'ann' })
const assigned = (name: string, runtimeSessionId = 's1') =>
  events.executionAssigned({ queueId: queueIdOf(name), runtimeSessionId })
const started = (name: string, runtimeSessionId = 's1') =>
  events.executionStarted({ queueId: queueIdOf(name), cellId, runtimeSessionId, startedAt: AT })
const completed = (name: string, status: 'success' | 'error' | 'cancelled' = 'success', error?: string) =>
  events.executionCompleted({
    queueId: queueIdOf(name),
    cellId,
    status,
    error,
    completedAt: AT,
    executionDurationMs: 12.7,
  })
const cancelled = (name: string) =>
  events.executionCancelled({
    queueId: queueIdOf(name),
    cellId,
    cancelledBy: 'bob',
    reason: 'changed my mind',
  })

type ExecutionEvent = ReturnType<
  typeof request | typeof assigned | typeof started | typeof completed | typeof cancelled
>

const commit = (...list: Array<ExecutionEvent>): void => notebook.store.commit(...list)
const row = (name: string) =>
  notebook.store.query(tables.executionQueue.where({ id: queueIdOf(name) }).first({ behaviour: 'error' }))
const cell = () => notebook.store.query(tables.cells.where({ id: cellId }).first({ behaviour: 'error' }))

const REACH: Record<QueueStatus, (name: string) => Array<ExecutionEvent>> = {
  pending: (name) => [request(name)],
  assigned: (name) => [request(name), assigned(name)],
  executing: (name) => [request(name), assigned(name), started(name)],
  completed: (name) => [request(name), assigned(name), started(name), completed(name)],
  failed: (name) => [request(name), assigned(name), started(name), completed(name, 'error', 'boom')],
  cancelled: (name) => [request(name), cancelled(name)],
}

describe('a plain execution', () => {
  test('moves the cell through queued, queued, running and completed', () => {
    const states = REACH.completed('q').map((event) => {
      commit(event)
      return [row('q').status, cell().executionState]
    })
    expect(states).toEqual([
      ['pending', 'queued'],
      ['assigned', 'queued'],
      ['executing', 'running'],
      ['completed', 'completed'],
    ])
    expect(row('q')).toMatchObject({
      assignedRuntimeSession: 's1',
      startedAt: AT,
      completedAt: AT,
      executionDurationMs: 12,
      outcome: 'success',
      error: null,
    })
    expect(cell()).toMatchObject({
      executionCount: 1,
      assignedRuntimeSession: 's1',
      lastExecutionDurationMs: 12,
    })
  })

  test('D87 keeps the error text of a failure', () => {
    commit(...REACH.failed('q'))
    expect(row('q')).toMatchObject({ status: 'failed', outcome: 'error', error: 'boom' })
    expect(cell().executionState).toBe('error')
  })

  test('D87 keeps who cancelled and why', () => {
    commit(...REACH.cancelled('q'))
    expect(row('q')).toMatchObject({
      status: 'cancelled',
      outcome: 'cancelled',
      cancelledBy: 'bob',
      cancelReason: 'changed my mind',
    })
    expect(cell().executionState).toBe('idle')
  })

  test('D88 a completion with status cancelled cancels the row and idles the cell', () => {
    commit(...REACH.executing('q'), completed('q', 'cancelled'))
    expect(row('q')).toMatchObject({ status: 'cancelled', outcome: 'cancelled', completedAt: AT })
    expect(cell().executionState).toBe('idle')
  })
})

describe('D2 D4 the state of a request allows or ignores an event', () => {
  const EVENTS: Record<string, (name: string) => ExecutionEvent> = {
    assigned: (name) => assigned(name, 's2'),
    'started by its session': (name) => started(name),
    'started by another session': (name) => started(name, 's2'),
    success: (name) => completed(name, 'success', 'late'),
    error: (name) => completed(name, 'error', 'late'),
    'cancelled completion': (name) => completed(name, 'cancelled', 'late'),
    cancelled,
    'repeated request': (name) => request(name, 99),
  }

  const CHANGES: Record<QueueStatus, Record<string, QueueStatus>> = {
    pending: {
      assigned: 'assigned',
      error: 'failed',
      'cancelled completion': 'cancelled',
      cancelled: 'cancelled',
    },
    assigned: {
      'started by its session': 'executing',
      success: 'completed',
      error: 'failed',
      'cancelled completion': 'cancelled',
      cancelled: 'cancelled',
    },
    executing: {
      success: 'completed',
      error: 'failed',
      'cancelled completion': 'cancelled',
      cancelled: 'cancelled',
    },
    completed: {},
    failed: {},
    cancelled: {},
  }

  const pairs = (Object.keys(REACH) as Array<QueueStatus>).flatMap((status) =>
    Object.keys(EVENTS).map((event) => [status, event] as const),
  )

  test.each(pairs)('%s: %s', (status, event) => {
    commit(...REACH[status]('q'))
    const before = { row: row('q'), cell: cell() }
    expect(before.row.status).toBe(status)
    const make = EVENTS[event]
    if (make !== undefined) commit(make('q'))
    const next = CHANGES[status][event]
    if (next === undefined) expect({ row: row('q'), cell: cell() }).toEqual(before)
    else expect(row('q').status).toBe(next)
  })

  test('cancelling everything spares what has ended', () => {
    const names = Object.keys(REACH) as Array<QueueStatus>
    for (const status of names) commit(...REACH[status](status))
    notebook.store.commit(events.allExecutionsCancelled())
    expect(names.map((name) => row(name).status)).toEqual([
      'cancelled',
      'cancelled',
      'cancelled',
      'completed',
      'failed',
      'cancelled',
    ])
    expect(row('pending')).toMatchObject({
      outcome: 'cancelled',
      cancelledBy: null,
      cancelReason: 'all executions cancelled',
    })
    expect(row('cancelled').cancelReason).toBe('changed my mind')
    expect(cell().executionState).toBe('idle')
  })

  test('events of an unknown request change nothing', () => {
    const before = cell()
    commit(assigned('none'), started('none'), completed('none'), cancelled('none'))
    expect(cell()).toEqual(before)
  })
})

describe('D14 requests have an order', () => {
  test('each request counts one up in the order of the log, and a repeated one keeps its place', () => {
    commit(request('z'), request('a'), request('z'))
    notebook.store.commit(
      events.multipleExecutionRequested({
        requestedBy: 'ann',
        cellsInfo: ['y', 'b', 'a'].map((name) => ({
          id: cellId,
          executionCount: 3,
          queueId: queueIdOf(name),
        })),
      }),
    )
    const first = row('z').requestSeq
    expect(['z', 'a', 'y', 'b'].map((name) => row(name).requestSeq - first)).toEqual([0, 1, 2, 3])
  })

  test('D77 the requests of a cell come latest first, whatever their ids', () => {
    commit(request('b'), request('c'), request('a'))
    const ids = notebook.store.query(cellQuery.executionQueue(cellId)).map(({ id }) => id)
    expect(ids).toEqual(['a', 'c', 'b'].map(queueIdOf))
  })

  test('several requests queue their cells and need no cell row', () => {
    notebook.store.commit(
      events.multipleExecutionRequested({
        requestedBy: 'ann',
        cellsInfo: [
          { id: cellId, executionCount: 7, queueId: queueIdOf('x') },
          { id: 'missing', executionCount: 1, queueId: queueIdOf('y') },
        ],
      }),
    )
    expect(cell()).toMatchObject({ executionState: 'queued', executionCount: 7 })
    expect(row('y')).toMatchObject({ cellId: 'missing', status: 'pending', requestedBy: 'ann' })
  })
})

describe('a cell with several requests', () => {
  test('D15 a repeated queue id does not put a finished cell back into the queue', () => {
    commit(...REACH.completed('q'), request('q', 5))
    expect(cell()).toMatchObject({ executionState: 'completed', executionCount: 1 })
  })

  test('the end of an old execution does not hide that the cell is queued again', () => {
    commit(...REACH.executing('old'), request('new', 2), completed('old', 'error'))
    expect(row('old').status).toBe('failed')
    expect(cell()).toMatchObject({ executionState: 'queued', executionCount: 2 })
  })

  test('cancelling the newer request shows the older one that still runs', () => {
    commit(...REACH.executing('old'), request('new', 2), cancelled('new'))
    expect(cell().executionState).toBe('running')
    commit(completed('old'))
    expect(cell().executionState).toBe('completed')
  })

  test('an older execution that ends last does not hide the newer result', () => {
    commit(...REACH.executing('old'), ...REACH.completed('new'))
    expect(cell().executionState).toBe('running')
    commit(completed('old', 'error'))
    expect(cell().executionState).toBe('completed')
  })

  test('an older start does not touch a cell whose newer request waits', () => {
    commit(request('old'), assigned('old'), request('new', 2), started('old'))
    expect(row('old').status).toBe('executing')
    expect(cell()).toMatchObject({ executionState: 'queued', assignedRuntimeSession: null })
  })
})

describe('tool approvals', () => {
  const ask = events.toolApprovalRequested({
    toolCallId: 't1',
    cellId: 'c',
    toolName: 'search',
    arguments: { query: ['a', 1] },
    requestedAt: AT,
  })
  const approval = () =>
    notebook.store.query(tables.toolApprovals.where({ toolCallId: 't1' }).first({ behaviour: 'error' }))

  test('D87 keeps the arguments; an answer is recorded and asking again resets it', () => {
    notebook.store.commit(ask)
    expect(approval()).toEqual({
      toolCallId: 't1',
      cellId: 'c',
      toolName: 'search',
      status: 'pending',
      approvedBy: null,
      requestedAt: AT,
      respondedAt: null,
      arguments: { query: ['a', 1] },
    })
    notebook.store.commit(
      events.toolApprovalResponded({
        toolCallId: 't1',
        status: 'approved_once',
        approvedBy: 'ann',
        respondedAt: AT,
      }),
    )
    expect(approval()).toMatchObject({ status: 'approved_once', approvedBy: 'ann', respondedAt: AT })
    notebook.store.commit(ask)
    expect(approval()).toMatchObject({ status: 'pending', approvedBy: null, respondedAt: null })
  })
})
