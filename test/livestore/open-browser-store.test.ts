import { events } from '@runtimed/schema'
import { describe, expect, test } from 'vitest'
import { closeNotebookStore, openNotebookStore, RuntimeAgentFactory } from '../../src/browser.js'
import { openNotebookStore as openInNode } from '../../src/livestore/open-notebook-store.js'
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

const memory = { notebookId: 'page', storage: 'memory' }

describe.each([
  ['in a page', openNotebookStore],
  ['in Node', openInNode],
])('what is not expected is refused %s:', (_, open) => {
  test.each<[string, unknown, string]>([
    ['no options', undefined, "storage is missing and must be 'memory' or { directory: 'a path' }"],
    ['another kind of options', 'page', 'they are "page" and must be an object'],
    ['another storage', { ...memory, storage: 'disk' }, 'storage is "disk" and must be'],
    [
      'a directory that is no path',
      { ...memory, storage: { directory: 7 } },
      'storage is of type object and',
    ],
    ['an unknown member', { ...memory, client: 'me' }, '"client" is not known (known: notebookId, storage,'],
    ['an empty name of the client', { ...memory, clientId: '' }, 'clientId is "" and must be a name that is'],
    [
      'a signal that is none',
      { ...memory, signal: true },
      'signal is of type boolean and must be an AbortSignal',
    ],
  ])('%s', async (_name, options, text) => {
    const refusal = { code: 'INVALID_OPTION', message: expect.stringContaining(text) }
    await expect(open(options as never)).rejects.toMatchObject(refusal)
  })

  test.each(['no/id', '', 7, undefined])('the id %j', async (notebookId) => {
    const opening = open({ notebookId, storage: 'memory' } as never)
    await expect(opening).rejects.toMatchObject({ code: 'INVALID_NOTEBOOK_ID' })
  })
})

test.each([-1, Number.NaN, '5'])('a time limit of %s closes no store', async (timeoutMs) => {
  const store = await openNotebookStore({ notebookId: 'page', storage: 'memory' })
  const closing = closeNotebookStore(store, { timeoutMs } as never)
  await expect(closing).rejects.toMatchObject({ code: 'INVALID_OPTION' })
  expect(storeInfo(store).embedded).toBe(true)
  await closeNotebookStore(store)
})
