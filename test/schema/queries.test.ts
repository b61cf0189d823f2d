import {
  adjacentCells,
  applyDeltas,
  cellFractionalIndex,
  cellIDs$,
  cellList$,
  cellOrdering$,
  cellPositionInfo,
  cellQuery,
  cellReferences$,
  cells$,
  cellsAfter,
  cellsBefore,
  cellsInRange,
  cellsWithIndices$,
  events,
  firstCell$,
  getAdjacentCells,
  getFinalContent,
  lastCell$,
  materializers,
  maxAiIterations$,
  neighboringCells,
  notebookMetadata$,
  outputDeltas$,
  outputDeltasQuery,
  runtimeSessions$,
  type Store,
} from '@runtimed/schema'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type NotebookStore, openNotebookStore } from './notebook-store.js'

type Statements = { sql: string } | Array<{ sql: string }>

let notebook: NotebookStore
let store: Store

beforeAll(async () => {
  notebook = await openNotebookStore()
  store = notebook.store
  expect(store.query(firstCell$)).toBeNull()
  expect(store.query(lastCell$)).toBeNull()
  const place = (id: string, fractionalIndex: string) =>
    events.cellCreated2({ id, fractionalIndex, cellType: 'code', createdBy: 'ann' })
  store.commit(place('d', 'y'), place('c', 'm'), place('b', 'm'), place('a', 'b'))
})
afterAll(() => notebook.close())

const at = (id: string, fractionalIndex: string) => ({ id, fractionalIndex })
const A = at('a', 'b')
const B = at('b', 'm')
const C = at('c', 'm')
const D = at('d', 'y')
const withType = (place: { id: string; fractionalIndex: string }) => ({ ...place, cellType: 'code' })

describe('queries over the order of cells', () => {
  test('D75 equal indices are ordered by id in every query', () => {
    const references = [A, B, C, D].map(withType)
    expect(store.query(cellsWithIndices$)).toEqual(references)
    expect(store.query(cellReferences$)).toEqual(references)
    expect(store.query(cellOrdering$)).toEqual([A, B, C, D])
    expect(store.query(cellIDs$)).toEqual(['a', 'b', 'c', 'd'])
    expect(store.query(cells$).map(({ id }) => id)).toEqual(['a', 'b', 'c', 'd'])
    expect(store.query(cellsBefore('n', 9))).toEqual([C, B, A])
    expect(store.query(cellsAfter('c', 9))).toEqual([B, C, D])
    expect(store.query(cellsInRange('c', 'n'))).toEqual([B, C].map(withType))
  })

  test('the ends of the notebook', () => {
    expect(store.query(firstCell$)).toEqual(A)
    expect(store.query(lastCell$)).toEqual(D)
  })

  test('cells before and after an index exclude it and are one by default', () => {
    expect(store.query(cellsBefore('m'))).toEqual([A])
    expect(store.query(cellsAfter('m'))).toEqual([D])
    expect(store.query(cellsBefore('b'))).toEqual([])
  })

  test('a range includes its bounds, and a falsy bound is open', () => {
    expect(store.query(cellsInRange('b', 'm'))).toEqual([A, B, C].map(withType))
    expect(store.query(cellsInRange(null, 'b'))).toEqual([withType(A)])
    expect(store.query(cellsInRange('n', null))).toEqual([withType(D)])
    expect(store.query(cellsInRange('', null))).toHaveLength(4)
  })

  test('D76 neighbours of a cell are the cell and the ones next to it', () => {
    expect(store.query(neighboringCells('b'))).toEqual([A, B, C])
    expect(store.query(neighboringCells('a'))).toEqual([A, B])
    expect(store.query(neighboringCells('none'))).toEqual([])
    expect(store.query(adjacentCells('c'))).toEqual([B, C, D].map(withType))
  })

  test('D75 the cells next to a place see cells of the same index', () => {
    const { previousCell$, nextCell$ } = getAdjacentCells('b', 'm')
    expect([store.query(previousCell$), store.query(nextCell$)]).toEqual([A, C])
    const ends = [getAdjacentCells('a', 'b').previousCell$, getAdjacentCells('d', 'y').nextCell$] as const
    expect([store.query(ends[0]), store.query(ends[1])]).toEqual([null, null])
  })

  test('one cell', () => {
    expect(store.query(cellPositionInfo('c'))).toEqual(C)
    expect(store.query(cellFractionalIndex('c'))).toBe('m')
    expect(store.query(cellQuery.byId('c'))).toMatchObject({ id: 'c', cellType: 'code', source: '' })
    expect([
      store.query(cellPositionInfo('none')),
      store.query(cellFractionalIndex('none')),
      store.query(cellQuery.byId('none')),
    ]).toEqual([null, null, null])
  })

  test('cellList$ is another name of cellReferences$', () => {
    expect(cellList$).toBe(cellReferences$)
  })
})

describe('other queries', () => {
  test('the limit of AI rounds is text and 10 by default', () => {
    expect(store.query(maxAiIterations$)).toBe('10')
    store.commit(events.notebookMetadataSet({ key: 'max_ai_iterations', value: '3' }))
    expect(store.query(maxAiIterations$)).toBe('3')
  })

  test('a query is not called again after it was unsubscribed', () => {
    const seen: Array<number> = []
    const unsubscribe = store.subscribe(notebookMetadata$, (rows) => void seen.push(rows.length))
    store.commit(events.notebookMetadataSet({ key: 'one', value: '' }))
    unsubscribe()
    store.commit(events.notebookMetadataSet({ key: 'two', value: '' }))
    expect(seen).toEqual([1, 2])
  })

  test('a subscription sees what a materializer writes into another table', () => {
    const seen: Array<string | undefined> = []
    const unsubscribe = store.subscribe(cellQuery.byId('a'), (cell) => void seen.push(cell?.executionState))
    store.commit(
      events.executionRequested({ queueId: 'q', cellId: 'a', executionCount: 1, requestedBy: 'ann' }),
    )
    store.commit(events.allExecutionsCancelled())
    unsubscribe()
    expect(seen).toEqual(['idle', 'queued', 'idle'])
  })

  test('raw queries are called again when their table changes', () => {
    const seen: Array<number> = []
    const unsubscribe = store.subscribe(neighboringCells('d'), (rows) => void seen.push(rows.length))
    store.commit(events.cellCreated2({ id: 'e', fractionalIndex: 'z', cellType: 'raw', createdBy: 'ann' }))
    store.commit(events.cellDeleted({ id: 'e' }))
    unsubscribe()
    expect(seen).toEqual([2, 3, 2])
  })

  test('have the labels that tools look for', () => {
    expect(
      [
        cellsWithIndices$,
        cellReferences$,
        cellOrdering$,
        firstCell$,
        lastCell$,
        cellsBefore('x'),
        cellsAfter('x'),
        neighboringCells('i'),
        getAdjacentCells('i', 'x').previousCell$,
        getAdjacentCells('i', 'x').nextCell$,
        cellPositionInfo('i'),
        cellsInRange('x', 'y'),
        cellIDs$,
        cells$,
        cellFractionalIndex('i'),
        cellQuery.byId('i'),
        cellQuery.outputs('i'),
        cellQuery.executionQueue('i'),
        runtimeSessions$,
        outputDeltasQuery('o'),
        outputDeltas$,
      ].map(({ label }) => label),
    ).toEqual([
      'cells.withIndices',
      'notebook.cellReferences',
      'cells.ordering',
      'cells.first',
      'cells.last',
      'cells.before.x',
      'cells.after.x',
      'cells.neighbors.i',
      'cells.previous.i',
      'cells.next.i',
      'cells.positionInfo.i',
      'cells.range.x-y',
      'notebook.cellIds',
      'notebook.cells',
      'cell.fractionalIndex.i',
      'cell.i',
      'outputs:i',
      'queue:i',
      'runtime.sessions',
      'outputDeltas',
      'notebook.outputDeltas',
    ])
  })
})

describe('deltas', () => {
  const delta = (id: string, sequenceNumber: number) => ({ id, outputId: 'o', delta: id, sequenceNumber })

  test('are applied in the order of the array', () => {
    expect(applyDeltas('x', [delta('b', 2), delta('a', 1), delta('a', 1)])).toBe('xbaa')
    expect(getFinalContent('x', [])).toEqual({ content: 'x', hasDeltas: false, deltaCount: 0 })
    expect(getFinalContent('x', [delta('a', 1)])).toEqual({ content: 'xa', hasDeltas: true, deltaCount: 1 })
  })

  test('of one output come in sequence', () => {
    store.commit(
      events.markdownOutputAdded({
        id: 'o',
        cellId: 'a',
        position: 0,
        content: { type: 'inline', data: '' },
      }),
      events.markdownOutputAppended2(delta('z', 1)),
      events.markdownOutputAppended2(delta('y', 0)),
      events.markdownOutputAppended2(delta('x', 1)),
    )
    expect(store.query(outputDeltasQuery('o')).map(({ id }) => id)).toEqual(['y', 'x', 'z'])
    expect(store.query(outputDeltasQuery('none'))).toEqual([])
  })
})

describe('D60 queries on a hot path use an index', () => {
  const planOf = (query: string): string =>
    store
      .query<Array<{ detail: string }>>({ query: `explain query plan ${query}`, bindValues: {} })
      .map(({ detail }) => detail)
      .join('; ')

  test.each([
    ['queue by status', `select * from executionQueue where status = 'pending' order by requestSeq`],
    ['queue by cell', `select * from executionQueue where cellId = 'x' order by requestSeq desc`],
    [
      'queue by session',
      `select * from executionQueue where assignedRuntimeSession = 'x' and status = 'assigned'`,
    ],
    ['the next place in the queue', 'select max(requestSeq) from executionQueue'],
    ['outputs of a cell', `select * from outputs where cellId = 'x' order by position, id`],
    ['displays of an id', `select * from outputs where displayId = 'x'`],
    ['deltas of an output', `select * from output_deltas where outputId = 'x' order by sequenceNumber, id`],
    ['active sessions', 'select * from runtimeSessions where isActive = 1'],
    [
      'the cell after a place',
      `select * from cells where (fractionalIndex, id) > ('x', 'y') order by fractionalIndex, id limit 1`,
    ],
    [
      'clearing a cell',
      `delete from output_deltas where outputId in (select id from outputs where cellId = 'x')`,
    ],
  ])('%s', (_, query) => {
    const plan = planOf(query)
    expect(plan).toContain('SEARCH')
    expect(plan).not.toContain('SCAN')
    expect(plan).not.toContain('TEMP B-TREE')
  })

  const AT = new Date(0)
  const HOT_EVENTS = [
    events.executionRequested({ queueId: 'q', cellId: 'c', executionCount: 1, requestedBy: 'ann' }),
    events.executionAssigned({ queueId: 'q', runtimeSessionId: 's' }),
    events.executionStarted({ queueId: 'q', cellId: 'c', runtimeSessionId: 's', startedAt: AT }),
    events.executionCompleted({
      queueId: 'q',
      cellId: 'c',
      status: 'success',
      completedAt: AT,
      executionDurationMs: 1,
    }),
    events.executionCancelled({ queueId: 'q', cellId: 'c', cancelledBy: 'ann', reason: 'r' }),
    events.cellOutputsCleared({ cellId: 'c', wait: false, clearedBy: 'ann' }),
    events.terminalOutputAdded({
      id: 'o',
      cellId: 'c',
      position: 0,
      content: { type: 'inline', data: '' },
      streamName: 'stdout',
    }),
    events.terminalOutputAppended2({ id: 'd', outputId: 'o', delta: '', sequenceNumber: 0 }),
    events.multimediaDisplayOutputUpdated({ displayId: 'x', representations: {} }),
  ]

  test.each(HOT_EVENTS)('the statements of $name read no table from end to end', ({ name, args }) => {
    const materialize = materializers[name] as (args: unknown, context: unknown) => Statements
    const plans = [materialize(args, {})].flat().map(({ sql }) => planOf(sql))
    expect(plans.filter((plan) => /SCAN (?!\(|CONSTANT)/.test(plan))).toEqual([])
  })

  test('all cells in order are read along an index', () => {
    expect(planOf('select * from cells order by fractionalIndex, id')).toBe(
      'SCAN cells USING INDEX cells_order',
    )
  })
})
