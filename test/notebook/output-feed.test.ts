import { events, type Store } from '@runtimed/schema'
import { expect, test } from 'vitest'
import type { NotebookOutput } from '../../src/notebook/index.js'
import { OutputFeed } from '../../src/notebook/output-feed.js'
import { inline, openMemoryStore } from './notebook-store.js'

const cellId = 'cell-1'

function display(position: number, text: string, displayId?: string) {
  const id = `output-${position}`
  const name = displayId === undefined ? {} : { displayId }
  return events.multimediaDisplayOutputAdded({
    id,
    cellId,
    position,
    representations: inline({ 'text/plain': text }),
    ...name,
  })
}

function text(position: number, data: string) {
  const content = { type: 'inline', data } as const
  return events.terminalOutputAdded({
    id: `output-${position}`,
    cellId,
    position,
    streamName: 'stdout',
    content,
  })
}

const grown = (position: number, data: string) =>
  events.terminalOutputAppended({ outputId: `output-${position}`, content: { type: 'inline', data } })

const delta = (position: number, sequenceNumber: number, added: string) =>
  events.terminalOutputAppended2({
    id: `delta-${position}-${sequenceNumber}`,
    outputId: `output-${position}`,
    delta: added,
    sequenceNumber,
  })

const cleared = (wait: boolean) => events.cellOutputsCleared({ cellId, wait, clearedBy: 'somebody' })

/** The store, with a count of the rows that were read from it. */
function counting(store: Store): { store: Store; rows(): number } {
  let rows = 0
  const query = (asked: never) => {
    const found = store.query(asked)
    rows += Array.isArray(found) ? found.length : 1
    return found
  }
  return { store: { query } as unknown as Store, rows: () => rows }
}

function shown(output: NotebookOutput): unknown {
  if (output.output_type === 'stream') return output.text
  return output.output_type === 'display_data' ? output.data['text/plain'] : output
}

function openFeed(store: Store) {
  const feed = new OutputFeed(store, cellId, () => undefined)
  return (isLast?: boolean) => feed.read(isLast).map(({ output }) => shown(output))
}

test('a look costs what is new, however much was shown before', async () => {
  const store = await openMemoryStore()
  const counted = counting(store)
  const read = openFeed(counted.store)
  for (let round = 0; round < 20; round++) {
    const added = Array.from({ length: 50 }, (_, index) => display(round * 50 + index, `${index}`))
    store.commit(...added)
    expect(read()).toHaveLength(50)
  }
  expect(counted.rows()).toBeLessThan(1_000 + 20 * 10)
})

test('outputs come in their order, with what was appended to them', async () => {
  const store = await openMemoryStore()
  const read = openFeed(store)
  store.commit(text(0, 'a'), grown(0, 'é😀'))
  expect(read()).toEqual(['aé😀'])
  store.commit(
    grown(0, 'ü'),
    display(2, 'two'),
    display(1, 'one'),
    text(3, 'b'),
    delta(3, 0, 'c'),
    delta(0, 0, '!'),
  )
  expect(read()).toEqual(['ü', '!', 'one', 'two', 'b', 'c'])
  store.commit(grown(0, 'late'), grown(3, 'd'))
  expect(read(true).toSorted()).toEqual(['d', 'late'])
  expect(read(true)).toEqual([])
})

test('an update of a display is told as one', async () => {
  const store = await openMemoryStore()
  const feed = new OutputFeed(store, cellId, () => undefined)
  store.commit(display(0, 'first', 'bar'), display(1, 'other', 'other'))
  feed.read()
  store.commit(
    events.multimediaDisplayOutputUpdated({
      displayId: 'bar',
      representations: inline({ 'text/plain': 'second' }),
    }),
  )
  const updates = feed.read(true).map(({ output, isUpdate }) => ({ isUpdate, text: shown(output) }))
  expect(updates).toEqual([{ isUpdate: true, text: 'second' }])
})

test.each([true, false])('what comes after the outputs were cleared is told (later: %s)', async (wait) => {
  const store = await openMemoryStore()
  const read = openFeed(store)
  store.commit(text(0, 'a'), delta(0, 0, 'b'), display(1, 'c'))
  expect(read()).toEqual(['a', 'b', 'c'])
  const start = wait ? 2 : 10
  store.commit(cleared(wait), text(start, 'd'), delta(start, 0, 'e'), display(start + 1, 'f'))
  expect(read()).toEqual(['d', 'e', 'f'])
  store.commit(grown(start, 'g'))
  expect(read(true)).toEqual(['g'])
})
