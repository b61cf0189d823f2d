import { events, isValidFractionalIndex, notebookMetadata$, tables } from '@runtimed/schema'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type NotebookStore, openNotebookStore } from './notebook-store.js'

const AT = new Date('2024-01-01T00:00:00.000Z')

let notebook: NotebookStore
let id: string
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
  id = `cell-${count}`
  notebook.store.commit(events.cellCreated2({ id, fractionalIndex: 'm', cellType: 'code', createdBy: 'ann' }))
})

const cell = (cellId = id) => notebook.store.query(tables.cells.where({ id: cellId }).first())
const presenceOf = (userId: string) => notebook.store.query(tables.presence.where({ userId }).first())

describe('cells', () => {
  test('start idle, empty and visible', () => {
    expect(cell()).toEqual({
      id,
      cellType: 'code',
      source: '',
      fractionalIndex: 'm',
      executionCount: null,
      executionState: 'idle',
      assignedRuntimeSession: null,
      lastExecutionDurationMs: null,
      sqlConnectionId: null,
      sqlResultVariable: null,
      aiProvider: null,
      aiModel: null,
      aiSettings: null,
      sourceVisible: true,
      outputVisible: true,
      aiContextVisible: true,
      createdBy: 'ann',
      sqlChangedBy: null,
    })
  })

  test('a cell that exists is not created again, but its creator is there', () => {
    notebook.store.commit(
      events.cellCreated2({ id, fractionalIndex: 'z', cellType: 'ai', createdBy: 'late' }),
      events.cellCreated({ id, position: 1, cellType: 'sql', createdBy: 'x', actorId: 'later' }),
    )
    expect(cell()).toMatchObject({ fractionalIndex: 'm', cellType: 'code', createdBy: 'ann' })
    expect([presenceOf('late')?.cellId, presenceOf('later')?.cellId, presenceOf('x')]).toEqual([
      id,
      id,
      undefined,
    ])
  })

  test('take changes of source, kind, place and visibility', () => {
    notebook.store.commit(
      events.cellSourceChanged({ id, source: 'print(1)', modifiedBy: 'ann' }),
      events.cellTypeChanged({ id, cellType: 'markdown' }),
      events.cellMoved2({ id, fractionalIndex: 'q' }),
      events.cellSourceVisibilityToggled({ id, sourceVisible: false }),
      events.cellOutputVisibilityToggled({ id, outputVisible: false }),
      events.cellAiContextVisibilityToggled({ id, aiContextVisible: false }),
    )
    expect(cell()).toMatchObject({
      source: 'print(1)',
      cellType: 'markdown',
      fractionalIndex: 'q',
      sourceVisible: false,
      outputVisible: false,
      aiContextVisible: false,
    })
  })

  test('D87 take AI and SQL settings and remember who changed the SQL ones', () => {
    notebook.store.commit(
      events.aiSettingsChanged({ cellId: id, provider: 'p', model: 'm', settings: { temperature: 0.5 } }),
      events.sqlConnectionChanged({ cellId: id, connectionId: 'db', changedBy: 'ann' }),
      events.sqlResultVariableChanged({ cellId: id, resultVariable: 'df', changedBy: 'bob' }),
    )
    expect(cell()).toMatchObject({
      aiProvider: 'p',
      aiModel: 'm',
      aiSettings: { temperature: 0.5 },
      sqlConnectionId: 'db',
      sqlResultVariable: 'df',
      sqlChangedBy: 'bob',
    })
    notebook.store.commit(
      events.sqlConnectionChanged({ cellId: id, changedBy: 'ann' }),
      events.sqlResultVariableChanged({ cellId: id, changedBy: 'ann' }),
    )
    expect(cell()).toMatchObject({ sqlConnectionId: null, sqlResultVariable: null })
  })

  test('events about a missing cell create nothing', () => {
    notebook.store.commit(
      events.cellSourceChanged({ id: 'none', source: 'x', modifiedBy: 'ann' }),
      events.cellMoved({ id: 'none', newPosition: 1 }),
      events.cellDeleted({ id: 'none' }),
    )
    expect(cell('none')).toBeUndefined()
  })
})

describe('D67 legacy positions', () => {
  const POSITIONS = [
    -1e300,
    -40_000,
    -1297,
    -1296,
    -37,
    -36,
    -35,
    -2,
    -1,
    0,
    1,
    9,
    10,
    34,
    35,
    36,
    37,
    71,
    72,
    1331,
    1332,
    1e6,
    Number.MAX_SAFE_INTEGER,
  ]

  const indicesOf = (positions: ReadonlyArray<number>): Array<string> => {
    const ids = positions.map((position) => `${id} at ${position}`)
    notebook.store.commit(
      ...positions.map((position, place) =>
        events.cellCreated({ id: ids[place] ?? '', position, cellType: 'code', createdBy: 'ann' }),
      ),
    )
    return ids.map((cellId) => cell(cellId)?.fractionalIndex ?? '')
  }

  test('0 to 35 are a0 to az', () => {
    const digits = '0123456789abcdefghijklmnopqrstuvwxyz'
    expect(indicesOf(Array.from({ length: 36 }, (_, place) => place))).toEqual(
      Array.from(digits, (digit) => `a${digit}`),
    )
  })

  test('all positions sort by value and are valid indices', () => {
    const indices = indicesOf(POSITIONS)
    expect(indices.every(isValidFractionalIndex)).toBe(true)
    expect(indices.toSorted()).toEqual(indices)
    expect(new Set(indices).size).toBe(POSITIONS.length)
    expect(indices.filter((index) => index.endsWith('0'))).toEqual(['a0'])
  })

  test('a fraction is rounded down, and a move uses the same indices', () => {
    expect(indicesOf([2.9, -0.5])).toEqual(indicesOf([2, -1]))
    notebook.store.commit(events.cellMoved({ id, newPosition: 40 }))
    expect(cell()?.fractionalIndex).toBe(indicesOf([40])[0])
  })
})

describe('presence', () => {
  test('follows what an actor does; an absent or empty cell is nowhere', () => {
    notebook.store.commit(events.cellTypeChanged({ id, cellType: 'sql', actorId: 'eve' }))
    expect(presenceOf('eve')).toEqual({ userId: 'eve', cellId: id })
    notebook.store.commit(events.presenceSet({ userId: 'eve', cellId: '' }))
    expect(presenceOf('eve')).toEqual({ userId: 'eve', cellId: null })
    notebook.store.commit(
      events.presenceSet({ userId: 'eve', cellId: 'x' }),
      events.presenceSet({ userId: 'eve' }),
    )
    expect(presenceOf('eve')).toEqual({ userId: 'eve', cellId: null })
  })

  test.each([
    ['moving', () => events.cellMoved2({ id, fractionalIndex: 'n', actorId: 'zoe' })],
    ['moving the old way', () => events.cellMoved({ id, newPosition: 3, actorId: 'zoe' })],
    ['hiding source', () => events.cellSourceVisibilityToggled({ id, sourceVisible: false, actorId: 'zoe' })],
    ['hiding output', () => events.cellOutputVisibilityToggled({ id, outputVisible: false, actorId: 'zoe' })],
    [
      'hiding from AI',
      () => events.cellAiContextVisibilityToggled({ id, aiContextVisible: false, actorId: 'zoe' }),
    ],
    ['editing', () => events.cellSourceChanged({ id, source: 's', modifiedBy: 'zoe' })],
    ['clearing', () => events.cellOutputsCleared({ cellId: id, wait: false, clearedBy: 'zoe' })],
    [
      'requesting',
      () => events.executionRequested({ queueId: id, cellId: id, executionCount: 1, requestedBy: 'zoe' }),
    ],
    [
      'cancelling',
      () => events.executionCancelled({ queueId: id, cellId: id, cancelledBy: 'zoe', reason: 'r' }),
    ],
  ])('%s puts the actor at the cell', (_, make) => {
    notebook.store.commit(events.presenceSet({ userId: 'zoe' }))
    notebook.store.commit(make())
    expect(presenceOf('zoe')).toEqual({ userId: 'zoe', cellId: id })
  })

  test.each(['runtime-abc', 'system', 'ann-rebalance'])('D64 %s leaves no presence', (actor) => {
    notebook.store.commit(
      events.cellOutputsCleared({ cellId: id, wait: false, clearedBy: actor }),
      events.cellMoved2({ id, fractionalIndex: 'n', actorId: actor }),
      events.presenceSet({ userId: actor, cellId: id }),
    )
    expect(presenceOf(actor)).toBeUndefined()
  })
})

describe('D89 deleting a cell', () => {
  test('takes everybody off it and lets go of what waits for it', () => {
    const queueIds = { pending: `p-${id}`, assigned: `a-${id}`, executing: `e-${id}`, completed: `c-${id}` }
    const { assigned, executing, completed } = queueIds
    notebook.store.commit(
      ...Object.values(queueIds).map((queueId) =>
        events.executionRequested({ queueId, cellId: id, executionCount: 1, requestedBy: 'bob' }),
      ),
      ...[assigned, executing, completed].map((queueId) =>
        events.executionAssigned({ queueId, runtimeSessionId: 's' }),
      ),
      ...[executing, completed].map((queueId) =>
        events.executionStarted({ queueId, cellId: id, runtimeSessionId: 's', startedAt: AT }),
      ),
      events.executionCompleted({
        queueId: completed,
        cellId: id,
        status: 'success',
        completedAt: AT,
        executionDurationMs: 1,
      }),
      events.cellOutputsCleared({ cellId: id, wait: true, clearedBy: 'cat' }),
      events.cellDeleted({ id, actorId: 'dan' }),
    )
    expect(cell()).toBeUndefined()
    expect([presenceOf('bob'), presenceOf('cat'), presenceOf('dan')]).toEqual([
      { userId: 'bob', cellId: null },
      { userId: 'cat', cellId: null },
      undefined,
    ])
    expect(notebook.store.query(tables.pendingClears.where({ cellId: id }))).toEqual([])
    const rows = notebook.store.query(
      tables.executionQueue.where({ cellId: id }).orderBy('requestSeq', 'asc'),
    )
    expect(rows.map((row) => [row.status, row.cancelReason, row.cancelledBy])).toEqual([
      ['cancelled', 'cell deleted', 'dan'],
      ['cancelled', 'cell deleted', 'dan'],
      ['executing', null, null],
      ['completed', null, null],
    ])
  })
})

describe('notebook', () => {
  test('metadata is kept by key', () => {
    notebook.store.commit(
      events.notebookInitialized({ id: 'n', title: 'Old', ownerId: 'ann' }),
      events.notebookTitleChanged({ title: 'New' }),
      events.notebookMetadataSet({ key: 'isPublic', value: 'true' }),
    )
    const records = notebook.store.query(notebookMetadata$)
    expect(Object.fromEntries(records.map(({ key, value }) => [key, value]))).toEqual({
      title: 'New',
      ownerId: 'ann',
      isPublic: 'true',
    })
    expect(notebook.store.query(tables.debug.where({ id: 'n' }))).toEqual([{ id: 'n', version: '1' }])
  })

  test('a debug marker is kept once', () => {
    notebook.store.commit(events.debug1({ id: 'd' }), events.debug1({ id: 'd' }))
    expect(notebook.store.query(tables.debug.where({ id: 'd' }))).toEqual([{ id: 'd', version: '1' }])
  })

  test('files are uploaded, marked as deleted, uploaded again and removed', () => {
    const upload = {
      artifactId: 'a',
      mimeType: 'text/csv',
      fileName: 'f.csv',
      createdAt: AT,
      createdBy: 'ann',
    }
    const files = () => notebook.store.query(tables.files.where({ fileName: 'f.csv' }))
    notebook.store.commit(
      events.fileUploaded({ ...upload, fileUrl: 'https://x/f' }),
      events.fileDeleted2({ fileName: 'f.csv', deletedAt: AT }),
    )
    expect(files()).toEqual([{ ...upload, fileUrl: 'https://x/f', deletedAt: AT }])
    notebook.store.commit(events.fileUploaded(upload))
    expect(files()).toEqual([{ ...upload, fileUrl: null, deletedAt: null }])
    notebook.store.commit(events.fileDeleted({ fileName: 'f.csv' }))
    expect(files()).toEqual([])
  })

  test('an actor profile is replaced as a whole', () => {
    const profile = { id: 'ann', type: 'human', displayName: 'Ann' } as const
    notebook.store.commit(
      events.actorProfileSet({ ...profile, avatar: 'a.png' }),
      events.actorProfileSet(profile),
    )
    expect(notebook.store.query(tables.actors.where({ id: 'ann' }))).toEqual([{ ...profile, avatar: null }])
  })
})
