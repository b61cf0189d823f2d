import { events, queryDb, tables } from '@runtimed/schema'
import { expect, test } from 'vitest'
import { createStoreView } from '../../src/livestore/store-view.js'
import { openNotebook } from '../support/test-registry.js'

test('a cell reads the same as through the query builder', async () => {
  const store = await openNotebook(['print(1)', ''])
  store.commit(
    events.aiSettingsChanged({ cellId: 'c0', provider: 'p', model: 'm', settings: { temperature: 0.5 } }),
    events.cellOutputVisibilityToggled({ id: 'c0', outputVisible: false }),
    events.executionRequested({ queueId: 'q', cellId: 'c0', executionCount: 4, requestedBy: 'user' }),
  )
  const view = createStoreView(store)
  for (const id of ['c0', 'c1']) {
    expect(view.cell(id)).toEqual(store.query(queryDb(tables.cells.select().where({ id })))[0])
  }
  expect(view.cell('nowhere')).toBeUndefined()
})

test('requests wait in the order of the log, also when several are made by one event', async () => {
  const store = await openNotebook(['a', 'b'])
  store.commit(
    events.executionRequested({ queueId: 'z', cellId: 'c1', executionCount: 1, requestedBy: 'user' }),
    events.multipleExecutionRequested({
      requestedBy: 'user',
      cellsInfo: [
        { id: 'c1', executionCount: 2, queueId: 'y' },
        { id: 'c0', executionCount: 1, queueId: 'x' },
      ],
    }),
  )
  const view = createStoreView(store)
  expect(view.pending(10).map(({ executionId }) => executionId)).toEqual(['z', 'y', 'x'])
  expect(view.pending(2)).toHaveLength(2)
})

test('outputs are placed behind those that are there', async () => {
  const store = await openNotebook(['a'])
  const view = createStoreView(store)
  expect([view.hasOutputs('c0'), view.nextOutputPosition('c0')]).toEqual([false, 0])
  const content = { type: 'inline' as const, data: 'x' }
  store.commit(
    events.terminalOutputAdded({ id: 'o', cellId: 'c0', position: 4, content, streamName: 'stdout' }),
  )
  expect([view.hasOutputs('c0'), view.nextOutputPosition('c0')]).toEqual([true, 5])
})
