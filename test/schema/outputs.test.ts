import {
  cellQuery,
  events,
  materializers,
  type MediaContainer,
  outputDeltas$,
  tables,
} from '@runtimed/schema'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type NotebookStore, openNotebookStore } from './notebook-store.js'

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
})

const inline = <T>(data: T, metadata?: Record<string, unknown>): MediaContainer<T> =>
  metadata === undefined ? { type: 'inline', data } : { type: 'inline', data, metadata }
const artifact = (artifactId: string, metadata?: Record<string, unknown>) =>
  ({ type: 'artifact', artifactId, metadata }) as const
const idOf = (name: string): string => `${name}-${cellId}`

const terminal = (name: string, content: MediaContainer = inline(name)) =>
  events.terminalOutputAdded({ id: idOf(name), cellId, position: 0, content, streamName: 'stdout' })
const markdown = (name: string, content: MediaContainer = inline(name)) =>
  events.markdownOutputAdded({ id: idOf(name), cellId, position: 1, content })
const display = (name: string, representations: Record<string, MediaContainer>, displayId?: string) =>
  events.multimediaDisplayOutputAdded({ id: idOf(name), cellId, position: 2, representations, displayId })
const result = (name: string, representations: Record<string, MediaContainer>) =>
  events.multimediaResultOutputAdded({
    id: idOf(name),
    cellId,
    position: 3,
    representations,
    executionCount: 4,
  })
const errorOutput = (name: string, content: MediaContainer) =>
  events.errorOutputAdded({ id: idOf(name), cellId, position: 5, content })
const append = (name: string, outputName: string, sequenceNumber: number, delta = name) =>
  events.terminalOutputAppended2({ id: idOf(name), outputId: idOf(outputName), delta, sequenceNumber })
const clear = (wait: boolean) => events.cellOutputsCleared({ cellId, wait, clearedBy: 'ann' })

const row = (name: string) =>
  notebook.store.query(tables.outputs.where({ id: idOf(name) }).first({ behaviour: 'error' }))
const outputNames = (): Array<string> =>
  notebook.store.query(cellQuery.outputs(cellId)).map(({ id }) => id.replace(`-${cellId}`, ''))
const deltaNames = (): Array<string> =>
  notebook.store
    .query(outputDeltas$)
    .filter(({ id }) => id.endsWith(`-${cellId}`))
    .map(({ id }) => id.replace(`-${cellId}`, ''))
const pendingClear = () => notebook.store.query(tables.pendingClears.where({ cellId }).first())

const empty = {
  streamName: null,
  executionCount: null,
  displayId: null,
  artifactId: null,
  metadata: null,
  representations: null,
}

describe('rows of outputs', () => {
  test('terminal text', () => {
    notebook.store.commit(terminal('o', inline('hello', { colour: 'red' })))
    expect(row('o')).toEqual({
      ...empty,
      id: idOf('o'),
      cellId,
      outputType: 'terminal',
      position: 0,
      streamName: 'stdout',
      data: 'hello',
      mimeType: 'text/plain',
      metadata: { colour: 'red' },
    })
  })

  test('terminal text in an artifact', () => {
    notebook.store.commit(terminal('o', artifact('blob')))
    expect(row('o')).toMatchObject({ data: null, artifactId: 'blob', mimeType: 'text/plain' })
  })

  test('markdown', () => {
    notebook.store.commit(markdown('o', inline('# Title')))
    expect(row('o')).toEqual({
      ...empty,
      id: idOf('o'),
      cellId,
      outputType: 'markdown',
      position: 1,
      data: '# Title',
      mimeType: 'text/markdown',
    })
  })

  test('an error is JSON text with its name', () => {
    const error = { ename: 'ValueError', evalue: 'bad', traceback: ['line'] }
    notebook.store.commit(errorOutput('o', inline(error)))
    const { data, ...rest } = row('o')
    expect(JSON.parse(data ?? '')).toEqual(error)
    expect(rest).toMatchObject({ outputType: 'error', position: 5, mimeType: 'application/json' })
  })

  test('a display and a result', () => {
    const representations = { 'text/plain': inline('1'), 'text/html': inline('<b>1</b>') }
    notebook.store.commit(display('d', representations, 'shown'), result('r', representations))
    const common = { ...empty, cellId, data: '<b>1</b>', mimeType: 'text/html', representations }
    expect(row('d')).toEqual({
      ...common,
      id: idOf('d'),
      outputType: 'multimedia_display',
      position: 2,
      displayId: 'shown',
    })
    expect(row('r')).toEqual({
      ...common,
      id: idOf('r'),
      outputType: 'multimedia_result',
      position: 3,
      executionCount: 4,
    })
  })

  test('outputs of a cell come by position, those of one position by id', () => {
    notebook.store.commit(
      errorOutput('z', inline(null)),
      markdown('m'),
      terminal('b'),
      terminal('a'),
      result('r', {}),
    )
    expect(outputNames()).toEqual(['a', 'b', 'm', 'r', 'z'])
  })

  test('outputs survive the deletion of their cell', () => {
    notebook.store.commit(
      events.cellCreated2({ id: cellId, fractionalIndex: 'm', cellType: 'code', createdBy: 'ann' }),
      terminal('o'),
      append('d', 'o', 0),
      events.cellDeleted({ id: cellId, actorId: 'ann' }),
    )
    expect(notebook.store.query(cellQuery.byId(cellId))).toBeNull()
    expect([outputNames(), deltaNames()]).toEqual([['o'], ['d']])
  })
})

describe('the primary representation', () => {
  const primary = (representations: Record<string, MediaContainer>) => {
    notebook.store.commit(result('o', representations))
    const { data, mimeType, artifactId, metadata } = row('o')
    return { data, mimeType, artifactId, metadata }
  }

  test('D54 an artifact keeps its id and metadata in the columns', () => {
    expect(primary({ 'image/png': artifact('blob', { width: 3 }), 'text/plain': inline('x') })).toEqual({
      data: '',
      mimeType: 'image/png',
      artifactId: 'blob',
      metadata: { width: 3 },
    })
  })

  test.each([
    ['application/json', { a: [1] }, '{"a":[1]}'],
    ['application/json', 0, '0'],
    ['application/json', false, 'false'],
    ['application/json', null, 'null'],
    ['application/json', '{"already": "text"}', '{"already": "text"}'],
    ['application/vnd.plotly.v1+json', { data: [] }, '{"data":[]}'],
    ['text/plain', 0, '0'],
    ['text/plain', '', ''],
  ])('D55 %s of %j is stored as text that says so', (mimeType, data, text) => {
    expect(primary({ [mimeType]: inline(data) })).toMatchObject({ mimeType, data: text })
  })

  test('content that has a field named toString does not make a materializer throw', () => {
    const { args } = result('o', { 'text/html': inline({ toString: 1 }) })
    const context = {} as Parameters<(typeof materializers)['v1.MultimediaResultOutputAdded']>[1]
    expect(() => materializers['v1.MultimediaResultOutputAdded'](args, context)).not.toThrow()
  })

  const RANKING = [
    'application/vnd.anode.aitool+json',
    'application/vnd.anode.aitool.result+json',
    'application/vnd.plotly.v1+json',
    ...[6, 5, 4, 3, 2].map((version) => `application/vnd.vegalite.v${version}+json`),
    ...[5, 4, 3].map((version) => `application/vnd.vega.v${version}+json`),
    'application/vnd.jupyter.widget-view+json',
    'application/vnd.jupyter.widget-state+json',
    'application/vnd.dataresource+json',
    'application/vdom.v1+json',
    'application/geo+json',
    'application/json',
    'application/javascript',
    'text/html',
    'image/svg+xml',
    'image/png',
    'image/jpeg',
    'image/gif',
    'text/latex',
    'text/markdown',
    'text/plain',
  ]

  test('D56 displays and results rank all types alike, tools first and plain text last', () => {
    const bundle = (mimeTypes: Array<string>) =>
      Object.fromEntries(mimeTypes.toReversed().map((mimeType) => [mimeType, inline(mimeType)]))
    notebook.store.commit(
      ...RANKING.flatMap((_, place) => [
        result(`r${place}`, bundle(RANKING.slice(place))),
        display(`d${place}`, bundle(RANKING.slice(place))),
      ]),
    )
    expect(RANKING.map((_, place) => row(`r${place}`).mimeType)).toEqual(RANKING)
    expect(RANKING.map((_, place) => row(`d${place}`).mimeType)).toEqual(RANKING)
  })

  test('without any known type it is empty plain text', () => {
    expect(primary({ 'x/y': inline('z') })).toEqual({
      data: '',
      mimeType: 'text/plain',
      artifactId: null,
      metadata: null,
    })
  })
})

describe('display updates', () => {
  test('replace the content of every display of that id, in every cell, and nothing else', () => {
    const displayId = idOf('shown')
    notebook.store.commit(display('a', { 'text/plain': inline('1') }, displayId))
    notebook.store.commit(
      events.multimediaDisplayOutputAdded({
        id: idOf('b'),
        cellId: 'elsewhere',
        position: 9,
        representations: { 'image/png': artifact('blob') },
        displayId,
      }),
      display('c', { 'text/plain': inline('other') }),
    )
    expect(row('a')).toMatchObject({ mimeType: 'image/png', artifactId: 'blob', data: '', position: 2 })
    const representations = { 'text/markdown': inline('*2*', { is: 'new' }) }
    notebook.store.commit(events.multimediaDisplayOutputUpdated({ displayId, representations }))
    const updated = {
      data: '*2*',
      mimeType: 'text/markdown',
      artifactId: null,
      metadata: { is: 'new' },
      representations,
    }
    expect(row('a')).toMatchObject({ ...updated, position: 2 })
    expect(row('b')).toMatchObject({ ...updated, position: 9 })
    expect(row('c')).toMatchObject({ data: 'other' })
  })

  test('D57 an update with no known type still replaces the content', () => {
    const displayId = idOf('shown')
    const representations = { 'x/y': inline('new') }
    notebook.store.commit(
      display('a', { 'text/html': inline('old') }, displayId),
      events.multimediaDisplayOutputUpdated({ displayId, representations }),
    )
    expect(row('a')).toMatchObject({ data: '', mimeType: 'text/plain', representations })
  })

  test('an update of an unknown display changes nothing', () => {
    notebook.store.commit(
      events.multimediaDisplayOutputUpdated({ displayId: idOf('none'), representations: {} }),
    )
    expect(outputNames()).toEqual([])
  })
})

describe('appended text', () => {
  test('the old form extends the text itself; artifacts and unknown outputs append nothing', () => {
    const old = events.terminalOutputAppended
    notebook.store.commit(
      terminal('o', inline('a')),
      markdown('m', artifact('blob')),
      old({ outputId: idOf('o'), content: inline('b') }),
      old({ outputId: idOf('o'), content: artifact('x') }),
      old({ outputId: idOf('none'), content: inline('c') }),
      events.markdownOutputAppended({ outputId: idOf('m'), content: inline(7) }),
    )
    expect([row('o').data, row('m').data]).toEqual(['ab', '7'])
  })

  test('the new form keeps rows that come by sequence number, then by id', () => {
    notebook.store.commit(
      terminal('o'),
      append('c', 'o', 2),
      append('b', 'o', 1),
      events.markdownOutputAppended2({ id: idOf('a'), outputId: idOf('o'), delta: 'x', sequenceNumber: 2 }),
    )
    expect(deltaNames()).toEqual(['b', 'a', 'c'])
    expect(row('o').data).toBe('o')
  })

  test('D50 a repeated delta is ignored and the store stays alive', () => {
    notebook.store.commit(terminal('o'), append('d', 'o', 0, 'first'))
    notebook.store.commit(append('d', 'o', 0, 'second'))
    expect(notebook.isAlive()).toBe(true)
    const deltas = notebook.store.query(tables.outputDeltas.where({ outputId: idOf('o') }))
    expect(deltas.map(({ delta }) => delta)).toEqual(['first'])
  })

  test('D49 a delta of an output that does not exist is not kept', () => {
    notebook.store.commit(append('d', 'none', 0))
    expect(deltaNames()).toEqual([])
  })
})

describe('clears', () => {
  test('D49 clearing a cell removes the deltas of its outputs and leaves other cells alone', () => {
    const others = () => notebook.store.query(tables.outputs.where({ cellId: 'other' })).length
    notebook.store.commit(
      terminal('o'),
      append('d', 'o', 0),
      events.markdownOutputAdded({ id: idOf('x'), cellId: 'other', position: 0, content: inline('') }),
      append('kept', 'x', 0),
    )
    const before = others()
    notebook.store.commit(clear(false))
    expect([outputNames(), deltaNames()]).toEqual([[], ['kept']])
    expect(others()).toBe(before)
  })

  const ADDED = {
    terminal: () => terminal('new'),
    markdown: () => markdown('new'),
    display: () => display('new', {}),
    result: () => result('new', {}),
    error: () => errorOutput('new', inline(null)),
  }

  test.each(Object.entries(ADDED))('D49 a waiting clear is carried out by the next %s output', (_, added) => {
    notebook.store.commit(terminal('old'), append('d', 'old', 0), clear(true))
    expect([outputNames(), deltaNames()]).toEqual([['old'], ['d']])
    expect(pendingClear()).toEqual({ cellId, clearedBy: 'ann' })
    notebook.store.commit(added())
    expect([outputNames(), deltaNames()]).toEqual([['new'], []])
    expect(pendingClear()).toBeUndefined()
  })

  test('appends and updates do not carry out a waiting clear', () => {
    notebook.store.commit(
      terminal('old'),
      clear(true),
      append('d', 'old', 0),
      events.terminalOutputAppended({ outputId: idOf('old'), content: inline('!') }),
      events.multimediaDisplayOutputUpdated({ displayId: 'none', representations: {} }),
    )
    expect([outputNames(), row('old').data]).toEqual([['old'], 'old!'])
    expect(pendingClear()).toBeDefined()
  })

  test('D65 clearing at once removes a clear that waits', () => {
    notebook.store.commit(terminal('old'), clear(true), clear(false), terminal('a'), terminal('b'))
    expect(pendingClear()).toBeUndefined()
    expect(outputNames()).toEqual(['a', 'b'])
  })

  test('D49 clearing everything removes outputs, deltas and waiting clears of all cells', () => {
    notebook.store.commit(terminal('o'), append('d', 'o', 0), clear(true))
    notebook.store.commit(events.allOutputsCleared({ clearedBy: 'ann' }))
    expect(notebook.store.query(tables.outputs.count())).toBe(0)
    expect(notebook.store.query(tables.outputDeltas.count())).toBe(0)
    expect(notebook.store.query(tables.pendingClears.count())).toBe(0)
  })
})
