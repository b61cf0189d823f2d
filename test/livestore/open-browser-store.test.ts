import { events } from '@runtimed/schema'
import { expect, test } from 'vitest'
import { closeNotebookStore, openNotebookStore, RuntimeAgentFactory } from '../../src/browser.js'
import { storeInfo } from '../../src/livestore/store-info.js'
import { queueRows, requestOf } from '../support/notebooks.js'
import { waitUntil } from '../support/wait-for.js'

test('a store in the memory of a page runs cells, keeps its events and closes drained', async () => {
  const store = await openNotebookStore({ notebookId: 'page', storage: 'memory' })
  store.commit(
    events.cellCreated2({ id: 'c0', fractionalIndex: 'a0', cellType: 'code', createdBy: 'user' }),
    events.cellSourceChanged({ id: 'c0', source: '<b>hello</b>', modifiedBy: 'user' }),
    requestOf('q0', 'c0'),
  )
  const agent = await new RuntimeAgentFactory(store, 'user', 'token').createRuntimeAgent('page', 'html')
  await waitUntil('completed', () => queueRows(store)[0]?.status === 'completed')
  expect(storeInfo(store).embedded).toBe(true)
  await agent.shutdown()
  await closeNotebookStore(store)
})

test('a directory is refused, with what to do instead', async () => {
  const opening = openNotebookStore({ notebookId: 'page', storage: { directory: './runs' } })
  await expect(opening).rejects.toMatchObject({
    code: 'STORE_UNAVAILABLE',
    message: expect.stringContaining("storage: 'memory'") as string,
  })
})

test('a notebook id that LiveStore does not take is refused', async () => {
  const opening = openNotebookStore({ notebookId: 'no/id', storage: 'memory' })
  await expect(opening).rejects.toMatchObject({ code: 'INVALID_NOTEBOOK_ID' })
})
