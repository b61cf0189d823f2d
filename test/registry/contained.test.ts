/** What an app, a handler or the disk does wrong is told in a sentence, and ends nothing but itself. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { logger } from '@runtimed/agent-core'
import { events, tables } from '@runtimed/schema'
import { afterEach, expect, onTestFinished, test, vi } from 'vitest'
import { readExecutionEnd } from '../../src/livestore/stored-end.js'
import { closeNotebookStore, openNotebookStore } from '../../src/livestore/open-notebook-store.js'
import { queueRows, requestOf } from '../support/notebooks.js'
import { createTestRegistry, openNotebook } from '../support/test-registry.js'
import { waitUntil } from '../support/wait-for.js'

afterEach(() => void vi.restoreAllMocks())

const muted = () => vi.spyOn(logger, 'error').mockImplementation(() => undefined)

test('callbacks of subscribe that throw are logged; the store and the agent go on', async () => {
  const errors = muted()
  const store = await openNotebook(['a'])
  const agent = await createTestRegistry().getOrCreateAgent(store.storeId, 'test', { store })
  const fail = () => {
    throw new Error('a bug of the app')
  }
  let seen = 0
  store.subscribe(tables.executionQueue.select(), fail)
  store.subscribe(tables.executionQueue.select(), () => seen++)
  agent.subscribe(fail)
  agent.subscribe({ next: fail })
  store.commit(requestOf('q0', 'c0'))
  await waitUntil('completed', () => queueRows(store)[0]?.status === 'completed')
  expect(seen).toBeGreaterThan(1)
  expect(new Set(errors.mock.calls.map(([message]) => message))).toEqual(
    new Set([
      'A callback of store.subscribe() failed; the store goes on',
      'The subscribe callback failed; the agent goes on',
    ]),
  )
})

test('an event that LiveStore cannot compare is refused; the store and the agent go on', async () => {
  const store = await openNotebook(['a'])
  await createTestRegistry().getOrCreateAgent(store.storeId, 'test', { store })
  const representations = { 'text/plain': { type: 'inline' as const, data: { toString: 1 } } }
  const output = events.multimediaResultOutputAdded({
    id: 'o',
    cellId: 'c0',
    position: 0,
    executionCount: 1,
    representations,
  })
  const refusal = { code: 'INVALID_EVENT', message: expect.stringContaining('data.toString (a name that') }
  expect(() => store.commit(output)).toThrow(expect.objectContaining(refusal))
  expect(() => store.commit((add: (event: typeof output) => void) => add(output))).toThrow(
    expect.objectContaining(refusal),
  )
  store.commit({ label: 'a request' }, requestOf('q0', 'c0'))
  await waitUntil('completed', () => queueRows(store)[0]?.status === 'completed')
})

const circular: Record<string, unknown> = {}
circular['self'] = circular

test.each<[string, unknown, string]>([
  ['an object', { code: 7, why: 'no' }, '{"code":7,"why":"no"}'],
  ['an object with a message', { message: 'It is gone.' }, 'It is gone.'],
  ['an object without a prototype', Object.create(null), '{}'],
  ['a circle', circular, 'a value of type object that cannot be shown'],
  ['a symbol', Symbol('no'), 'Symbol(no)'],
  ['null', null, 'null'],
])('a handler that throws %s fails its cell in words, and the next one runs', async (_, thrown, text) => {
  const store = await openNotebook(['a', 'b'])
  const registry = createTestRegistry({
    settings: { errorPolicy: 'continue' },
    execute: ({ cell }) =>
      cell.id === 'c0' ? Promise.reject(thrown as Error) : Promise.resolve({ success: true }),
  })
  await registry.getOrCreateAgent(store.storeId, 'test', { store })
  store.commit(requestOf('q0', 'c0'), requestOf('q1', 'c1'))
  await waitUntil('both ended', () => queueRows(store)[1]?.status === 'completed')
  expect(readExecutionEnd(store, 'q0')).toMatchObject({ outcome: 'failed', reason: text })
})

test('a store that dies of an object says which', async () => {
  muted()
  const store = await openNotebook([])
  const agent = await createTestRegistry().getOrCreateAgent(store.storeId, 'test', { store })
  await store.shutdownPromise({ why: 'no reason' } as never)
  const failed = await waitUntil('failed', () => agent.getSnapshot().context.failure)
  expect(failed.message).toContain('died: {"why":"no reason"}.')
})

const directory = mkdtempSync(join(tmpdir(), 'full-disk-'))
const isMounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=12m', 'full', directory]).status === 0

test.runIf(isMounted)('a full disk is a sentence, without SQL and stack traces', async () => {
  onTestFinished(() => {
    spawnSync('umount', ['-l', directory])
    rmSync(directory, { recursive: true, force: true })
  })
  const errors = muted()
  const store = await openNotebookStore({ notebookId: 'full', storage: { directory } })
  store.commit(events.cellCreated2({ id: 'c0', fractionalIndex: 'a0', cellType: 'code', createdBy: 'me' }))
  const agent = await createTestRegistry().getOrCreateAgent('full', 'test', { store })
  expect(() => writeFileSync(join(directory, 'filler'), Buffer.alloc(20_000_000))).toThrow('ENOSPC')
  store.commit(events.cellSourceChanged({ id: 'c0', source: 'x'.repeat(1_000_000), modifiedBy: 'me' }))
  await waitUntil('failed', () => agent.getSnapshot().matches('failed'))
  const text = agent.getSnapshot().context.failure?.message ?? ''
  expect(text).toMatch(
    /^Store "full" died: its files cannot be written \(.*\); look for a full disk\. Open it/,
  )
  expect(errors.mock.calls.map(([message]) => message)).toEqual([
    `agent:full records nothing any more: [STORE_DIED] ${text}`,
  ])
  await closeNotebookStore(store).catch(() => undefined)
})
