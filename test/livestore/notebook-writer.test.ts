import { makeAdapter } from '@livestore/adapter-node'
import { cellReferences$, events, tables, type Store } from '@runtimed/schema'
import { afterEach, expect, test } from 'vitest'
import { closeNotebookStore, NotebookWriter, RuntimeAgentFactory } from '../../src/index.js'
import { createSyncBackend } from '../../src/livestore/sync-backend.js'
import { createSyncLog } from '../../src/livestore/sync-log.js'
import { openTestNotebook, queueRows } from '../support/notebooks.js'
import { aloneAdapter, createOwnStore } from '../support/own-stores.js'

const opened: Store[] = []

afterEach(async () => {
  await Promise.all(opened.splice(0).map((store) => closeNotebookStore(store)))
})

async function openNotebook(sources: readonly string[]): Promise<Store> {
  const store = await openTestNotebook(sources)
  opened.push(store)
  return store
}

test('asks for cells in order, numbered on, and not again for those that wait', async () => {
  const store = await openNotebook(['a', 'b', 'c'])
  const writer = new NotebookWriter(store, 'ada')
  await writer.requestExecution('c1', 'c0', 'c1').durable
  await writer.requestExecution('c0', 'c2').durable
  expect(queueRows(store)).toMatchObject([
    { cellId: 'c1', executionCount: 1, requestedBy: 'ada', status: 'pending' },
    { cellId: 'c0', executionCount: 2, requestedBy: 'ada', status: 'pending' },
    { cellId: 'c2', requestedBy: 'ada', status: 'pending' },
  ])
})

test('asks for all cells that have a source, in the order of the notebook', async () => {
  const store = await openNotebook(['a', ' \n', 'c'])
  const writer = new NotebookWriter(store, 'ada')
  const first = events.cellCreated2({
    id: 'first',
    fractionalIndex: 'Zz',
    cellType: 'code',
    createdBy: 'ada',
  })
  const text = events.cellCreated2({
    id: 'text',
    fractionalIndex: 'Zy',
    cellType: 'markdown',
    createdBy: 'ada',
  })
  const source = events.cellSourceChanged({ id: 'first', source: 'z', modifiedBy: 'ada' })
  const words = events.cellSourceChanged({ id: 'text', source: 'words', modifiedBy: 'ada' })
  writer.commit([first, text, source, words])
  await writer.requestAllExecutions().durable
  expect(queueRows(store).map(({ cellId }) => cellId)).toEqual(['first', 'c0', 'c2'])
})

test.each(['nowhere', 'text'])('a request for cell "%s" is refused whole', async (cellId) => {
  const store = await openNotebook(['a'])
  const writer = new NotebookWriter(store, 'ada')
  writer.commit([
    events.cellCreated2({ id: 'text', fractionalIndex: 'b0', cellType: 'markdown', createdBy: 'ada' }),
  ])
  const { durable } = writer.requestExecution('c0', cellId)
  await expect(durable).rejects.toMatchObject({
    code: 'UNKNOWN_CELL',
    message: expect.stringContaining(`no code cell "${cellId}"`) as string,
  })
  expect(queueRows(store)).toEqual([])
})

test('an event that does not fit is refused, and the store goes on', async () => {
  const store = await openNotebook(['a'])
  const writer = new NotebookWriter(store, 'ada')
  const wrong = { name: 'v1.CellSourceChanged', args: { id: 7 } } as never
  await expect(writer.commit([wrong]).durable).rejects.toMatchObject({ code: 'INVALID_EVENT' })
  await writer.requestExecution('c0').confirmed
  expect(queueRows(store)).toHaveLength(1)
})

test('cancels one cell, or all, with a reason', async () => {
  const store = await openNotebook(['a', 'b', 'c'])
  const writer = new NotebookWriter(store, 'ada')
  await writer.requestAllExecutions().durable
  await writer.cancelExecution('c1', 'not needed').durable
  await writer.cancelAllExecutions().durable
  await writer.cancelExecution('c1', 'again').durable
  const byAda = { status: 'cancelled', cancelledBy: 'ada' }
  expect(queueRows(store)).toMatchObject([
    { ...byAda, cancelReason: 'cancelled by the user' },
    { ...byAda, cancelReason: 'not needed' },
    { ...byAda, cancelReason: 'cancelled by the user' },
  ])
})

test('edits cells: each change sees those that were asked for before it', async () => {
  const store = await openNotebook(['a', 'b'])
  const writer = new NotebookWriter(store, 'ada')
  const order = () => store.query(cellReferences$).map(({ id }) => id)
  const { cellId: first } = writer.createCell('markdown', { above: 'c0', source: 'words' })
  const { cellId: last } = writer.createCell()
  const { cellId: middle } = writer.createCell('code', { below: 'c0' })
  await writer.setCellSource(middle, 'x').durable
  expect(order()).toEqual([first, 'c0', middle, 'c1', last])
  writer.moveCell(first, { by: 1 })
  writer.moveCell(first, { by: 1 })
  await writer.moveCell(last, { above: 'c0' }).durable
  expect(order()).toEqual([last, 'c0', middle, first, 'c1'])
  writer.moveCell(last, { by: -1 })
  writer.moveCell('c0', { below: 'gone' })
  await writer.setCellType(first, 'code').durable
  expect(order()).toEqual([last, middle, first, 'c1', 'c0'])
  writer.deleteCell(last)
  await writer.setCellSource('c1', 'b').durable
  expect(store.query(tables.cells.select('source', 'cellType', 'createdBy').where({ id: first }))).toEqual([
    { source: 'words', cellType: 'code', createdBy: 'ada' },
  ])
  expect(order()).toEqual([middle, first, 'c1', 'c0'])
  const edits = [
    writer.deleteCell(last),
    writer.moveCell(last, { by: 1 }),
    writer.setCellSource(last, ''),
    writer.setCellType(last, 'code'),
    writer.clearOutputs('c0', last),
  ]
  for (const { durable } of edits) await expect(durable).rejects.toMatchObject({ code: 'UNKNOWN_CELL' })
})

test('a journal keeps what is not in the log yet, and forgets what is or was refused', async () => {
  const store = await openNotebook(['a'])
  const kept = new Map<number, readonly string[]>()
  const seen: (readonly string[])[] = []
  let count = 0
  const writer = new NotebookWriter(store, 'ada', {
    journal: {
      keep(entry) {
        const key = (count += 1)
        kept.set(
          key,
          entry.map(({ name }) => name),
        )
        seen.push(entry.map(({ name }) => name))
        return () => void kept.delete(key)
      },
    },
  })
  const request = writer.requestExecution('c0')
  const refused = writer.setCellSource('nowhere', 'x')
  const wrong = writer.commit([{ name: 'v1.CellSourceChanged', args: { id: 7 } } as never])
  expect([...kept.values()]).toEqual([['v1.ExecutionRequested'], ['v1.CellSourceChanged']])
  await request.durable
  await expect(refused.durable).rejects.toMatchObject({ code: 'UNKNOWN_CELL' })
  await expect(wrong.durable).rejects.toMatchObject({ code: 'INVALID_EVENT' })
  expect(kept.size).toBe(0)
  expect(seen.at(-1)).toEqual(['v1.ExecutionRequested'])
  const typed = writer.setCellSource('c0', 'typed last').durable.then(
    () => 0,
    () => 1,
  )
  await store.shutdownPromise()
  expect(kept.size).toBe(await typed)
})

test('works on a store that the app made itself, with an agent that runs what is asked for', async () => {
  const store = await createOwnStore('own', aloneAdapter())
  opened.push(store)
  const writer = new NotebookWriter(store, 'ada')
  await writer.commit([events.cellSourceChanged({ id: 'c0', source: '<b>hi</b>', modifiedBy: 'ada' })])
    .durable
  await writer.requestExecution('c0').confirmed
  const agent = await new RuntimeAgentFactory(store, 'ada', 'token').createRuntimeAgent('own', 'html')
  await expect.poll(() => queueRows(store)).toMatchObject([{ status: 'completed', executionCount: 1 }])
  expect(store.query(tables.outputs.where({ cellId: 'c0' }))).toMatchObject([{ data: '<b>hi</b>' }])
  await agent.shutdown()
})

test('two writers that share a backend ask for one run of a cell, and lose nothing', async () => {
  const backend = createSyncBackend(createSyncLog({ keepEvents: true }))
  const adapter = (clientId: string) =>
    makeAdapter({ storage: { type: 'in-memory' }, clientId, sync: { backend, onSyncError: 'shutdown' } })
  const stores = [
    await createOwnStore('shared', adapter('a'), 2),
    await createOwnStore('shared', adapter('b'), 0),
  ]
  opened.push(...stores)
  await expect.poll(() => stores[1]!.query(tables.cells)).toHaveLength(2)
  const writers = stores.map((store, index) => new NotebookWriter(store, `user-${index}`))
  await writers[0]!.requestExecution('c0').confirmed
  await expect.poll(() => queueRows(stores[1]!)).toHaveLength(1)
  await Promise.all(writers.map((writer) => writer.requestExecution('c0', 'c1').confirmed))
  const rows = () => stores.map((store) => queueRows(store).map(({ id, cellId }) => `${cellId} ${id}`))
  await expect.poll(() => rows()[0]).toEqual(rows()[1])
  expect(queueRows(stores[0]!).filter(({ cellId }) => cellId === 'c0')).toHaveLength(1)
})
