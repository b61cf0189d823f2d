import { cells$, events, notebookMetadata$, type Store, tables } from '@runtimed/schema'
import { describe, expect, it } from 'vitest'
import { importNotebook, notebookToEvents, parseNotebook } from '../../src/notebook/index.js'
import { FIXTURE_NAMES, readFixture } from './fixtures.js'
import { execute, openMemoryStore, stream } from './notebook-store.js'

const options = { createdBy: 'user-1' }

function notebook(cells: readonly (readonly [id: string, source: string])[], metadata = {}): string {
  return JSON.stringify({
    cells: cells.map(([id, source]) => ({
      cell_type: 'code',
      id,
      metadata: {},
      execution_count: null,
      outputs: [],
      source,
    })),
    metadata,
    nbformat: 4,
    nbformat_minor: 5,
  })
}

function importText(store: Store, text: string): string[] {
  const planned = importNotebook(store, parseNotebook(text), options)
  store.commit(...planned)
  return planned.map((event) => event.name)
}

function contentOf(store: Store): [string, string][] {
  return store.query(cells$).map((cell) => [cell.id, cell.source])
}

describe('notebookToEvents', () => {
  it('makes a store with the cells, sources, types and outputs of the file, in order', async () => {
    const store = await openMemoryStore()
    const parsed = parseNotebook(readFixture('jupyterlab-4.5.ipynb'), 'dir/pictures.ipynb')
    store.commit(...notebookToEvents(parsed, options))
    expect(store.query(cells$).map(({ id, cellType, source }) => [id, cellType, source])).toEqual(
      parsed.cells.map(({ id, type, source }) => [id, type, source]),
    )
    const outputs = store.query(
      tables.outputs.orderBy([
        { col: 'cellId', direction: 'asc' },
        { col: 'position', direction: 'asc' },
      ]),
    )
    expect(
      outputs.map(({ cellId, outputType, position, streamName }) => [
        cellId,
        outputType,
        position,
        streamName,
      ]),
    ).toEqual([
      ['0c9a6f14', 'multimedia_display', 0, null],
      ['a-1_B', 'terminal', 0, 'stdout'],
      ['a-1_B', 'terminal', 1, 'stderr'],
      ['a-1_B', 'terminal', 2, 'stdout'],
      ['err', 'error', 0, null],
      ['json', 'multimedia_display', 0, null],
      ['json', 'multimedia_display', 1, null],
    ])
    expect(outputs[0]?.representations?.['image/png']).toMatchObject({ metadata: { width: 40, height: 30 } })
  })

  it('names the notebook and its runtime type, and keeps what has no table as JSON with its numbers spelled as before', async () => {
    const store = await openMemoryStore()
    const parsed = parseNotebook(readFixture('jupyterlab-4.5.ipynb'), 'dir/pictures.ipynb')
    store.commit(...notebookToEvents(parsed, options))
    const metadata = Object.fromEntries(store.query(notebookMetadata$).map(({ key, value }) => [key, value]))
    expect(Object.keys(metadata).sort()).toEqual([
      'ipynb',
      'ipynb:cell:0c9a6f14',
      'ipynb:cell:5f3c1a2e-8f5d-4a57-9c41-2b7f7f5f9d10',
      'ipynb:cell:a-1_B',
      'ipynb:cell:err',
      'ipynb:cell:json',
      'ipynb:cell:raw-1',
      'runtimeType',
      'title',
    ])
    expect(metadata['title']).toBe('Pictures')
    expect(metadata['runtimeType']).toBe('python3')
    expect(metadata['ipynb']).toContain('"widths":[1.0,0.5,12345678901234567890]')
    expect(metadata['ipynb:cell:err']).toBe('{"execution_count":4}')
  })

  it('takes the title from the file name and the runtime type from the caller where the file has none', () => {
    const parsed = parseNotebook(notebook([]), '/home/me/My notes.ipynb')
    const set = notebookToEvents(parsed, { ...options, runtimeType: 'html' }).map((event) => event.args)
    expect(set).toContainEqual({ key: 'title', value: 'My notes' })
    expect(set).toContainEqual({ key: 'runtimeType', value: 'html' })
  })

  it('is the same for the same file', () => {
    for (const name of FIXTURE_NAMES) {
      const [first, second] = [1, 2].map(() => notebookToEvents(parseNotebook(readFixture(name)), options))
      expect(first).toEqual(second)
    }
  })
})

describe('importNotebook', () => {
  it.each(FIXTURE_NAMES)('writes nothing when the store already has the notebook: %s', async (name) => {
    const store = await openMemoryStore()
    importText(store, readFixture(name))
    expect(importText(store, readFixture(name))).toEqual([])
  })

  it('writes nothing again for text that SQLite cannot hold as it is', async () => {
    const store = await openMemoryStore()
    const text = notebook([
      ['a', 'x = "\ud800"'],
      ['b', 'nul \u0000 here'],
      ['c', '\u0000'],
    ])
    importText(store, text)
    expect(importText(store, text)).toEqual([])
    expect(contentOf(store)[0]).toEqual(['a', 'x = "\uFFFD"'])
  })

  it('only changes the sources of cells whose sources changed', async () => {
    const store = await openMemoryStore()
    importText(
      store,
      notebook([
        ['a', '1'],
        ['b', '2'],
      ]),
    )
    expect(
      importText(
        store,
        notebook([
          ['a', '1'],
          ['b', '20'],
        ]),
      ),
    ).toEqual(['v1.CellSourceChanged'])
    expect(contentOf(store)).toEqual([
      ['a', '1'],
      ['b', '20'],
    ])
  })

  it('deletes removed cells, puts new ones in their places and leaves the others alone', async () => {
    const store = await openMemoryStore()
    importText(
      store,
      notebook([
        ['a', '1'],
        ['b', '2'],
        ['c', '3'],
      ]),
    )
    const names = importText(
      store,
      notebook([
        ['x', '0'],
        ['a', '1'],
        ['y', '1.5'],
        ['c', '3'],
        ['z', ''],
      ]),
    )
    expect(contentOf(store)).toEqual([
      ['x', '0'],
      ['a', '1'],
      ['y', '1.5'],
      ['c', '3'],
      ['z', ''],
    ])
    expect(names).toEqual([
      'v1.CellDeleted',
      'v2.CellCreated',
      'v1.CellSourceChanged',
      'v2.CellCreated',
      'v1.CellSourceChanged',
      'v2.CellCreated',
    ])
  })

  it('moves as few cells as possible', async () => {
    const store = await openMemoryStore()
    const cells = ['a', 'b', 'c', 'd', 'e'].map((id) => [id, id] as const)
    importText(store, notebook(cells))
    const [first, ...others] = cells
    expect(importText(store, notebook(first ? [...others, first] : []))).toEqual(['v2.CellMoved'])
    expect(contentOf(store).map(([id]) => id)).toEqual(['b', 'c', 'd', 'e', 'a'])
    importText(store, notebook(cells.toReversed()))
    expect(contentOf(store).map(([id]) => id)).toEqual(['e', 'd', 'c', 'b', 'a'])
  })

  it('puts a cell between cells whose indices leave no room or are equal', async () => {
    const store = await openMemoryStore()
    const created = [
      ['p', 'a'],
      ['q', 'a0'],
      ['r', 'a0'],
      ['s', 'b'],
    ] as const
    store.commit(
      ...created.map(([id, fractionalIndex]) =>
        events.cellCreated2({ id, fractionalIndex, cellType: 'code', createdBy: 'x' }),
      ),
    )
    const order = ['p', 'new', 'q', 'newer', 'r', 's']
    importText(store, notebook(order.map((id) => [id, ''])))
    expect(contentOf(store).map(([id]) => id)).toEqual(order)
  })

  it('follows a changed cell type, and knows SQL cells by their mark', async () => {
    const store = await openMemoryStore()
    const text = notebook([['a', 'select 1']])
    importText(store, text)
    const marked = text.replace(
      '"id":"a","metadata":{}',
      '"id":"a","metadata":{"runtimed":{"cell_type":"sql"}}',
    )
    expect(importText(store, marked)).toEqual(['v1.NotebookMetadataSet', 'v1.CellTypeChanged'])
    expect(store.query(cells$)[0]?.cellType).toBe('sql')
  })

  it('keeps outputs, title and runtime type of the store', async () => {
    const store = await openMemoryStore()
    const text = notebook([['a', '1']], { kernelspec: { name: 'python3', display_name: 'P' } })
    importText(store, text)
    execute(store, { cellId: 'a', outputs: [stream('stdout', 'kept')] })
    store.commit(
      events.notebookTitleChanged({ title: 'Mine' }),
      events.notebookMetadataSet({ key: 'runtimeType', value: 'html' }),
    )
    expect(importText(store, text)).toEqual([])
    expect(store.query(tables.outputs).map((row) => row.data)).toEqual(['kept'])
  })

  it('imports a thousand cells in order with short indices', async () => {
    const store = await openMemoryStore()
    const ids = Array.from({ length: 1000 }, (_, index) => `cell-${index}`)
    importText(store, notebook(ids.map((id) => [id, ''])))
    expect(contentOf(store).map(([id]) => id)).toEqual(ids)
    expect(Math.max(...store.query(cells$).map((cell) => cell.fractionalIndex?.length ?? 0))).toBeLessThan(80)
  })
})
