import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { events, tables, type Store } from '@runtimed/schema'
import { expect, test } from 'vitest'
import { committerFor } from '../../src/livestore/committer.js'
import { openNodeStore } from '../../src/livestore/node-store.js'
import { closeNotebookStore, openNotebookStore } from '../../src/livestore/open-notebook-store.js'
import { readEventLog } from '../support/event-log.js'
import { commitInBatches, queueRows, requestOf } from '../support/notebooks.js'
import { cleanUp, createTestRegistry, untilAborted } from '../support/test-registry.js'
import { waitUntil } from '../support/wait-for.js'
import { WIRE_EVENTS } from '../schema/wire-contract.js'
import { contractSchema, receivedTable } from './contract-schema.js'

function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'replay-'))
  cleanUp(() => Promise.resolve(rmSync(directory, { recursive: true, force: true })))
  return directory
}

/** A run with everything in it: outputs of each kind, an error, a cancellation, an interrupt, a crash, two sessions. */
async function recordRun(store: Store): Promise<void> {
  const kinds = ['text', 'rich', 'error', 'wait', 'crash', 'text']
  commitInBatches(
    store,
    kinds.map((_, index) =>
      events.cellCreated2({
        id: `c${index}`,
        fractionalIndex: `m${index + 1}`,
        cellType: 'code',
        createdBy: 'user',
      }),
    ),
  )
  const registry = createTestRegistry({
    settings: { errorPolicy: 'continue' },
    instance: ({ onCrash }) => ({
      execute: async (context) => {
        const kind = kinds[Number(context.cell.id.slice(1))]
        if (kind === 'text') context.stdout('one\n')
        if (kind === 'rich')
          await context.display({ 'text/html': '<b>x</b>', 'text/plain': 'x' }, undefined, 'd1')
        if (kind === 'error') return { success: false, error: 'it is bad' }
        if (kind === 'wait') await untilAborted(context.abortSignal)
        if (kind === 'crash') {
          onCrash({ code: 'workerCrashed', message: 'The worker ended.' })
          await untilAborted(context.abortSignal)
        }
        return { success: true, data: { 'text/plain': '1' } }
      },
    }),
  })
  const agent = await registry.getOrCreateAgent(store.storeId, 'test', { store })
  for (const index of kinds.keys()) {
    store.commit(requestOf(`q${index}`, `c${index}`, index + 1))
    if (kinds[index] === 'wait') {
      await waitUntil('executing', () => queueRows(store)[index]?.status === 'executing')
      agent.interrupt()
    }
    await waitUntil(`row ${index} ended`, () =>
      ['completed', 'failed', 'cancelled'].includes(queueRows(store)[index]?.status ?? ''),
    )
    if (kinds[index] === 'crash') agent.restart()
  }
  store.commit(requestOf('again', 'c0', 9))
  await waitUntil('run again', () => queueRows(store).at(-1)?.status === 'completed')
  await agent.shutdown()
  await committerFor(store).idle()
}

/** All tables but a client's own. */
const dump = (store: Store) =>
  Object.fromEntries(
    Object.entries(tables)
      .filter(([name]) => !['uiState', 'agentTransitions'].includes(name))
      .map(([name, table]) => [name, store.query(table as typeof tables.cells)]),
  )

test('replaying the event log of a run into an empty store gives equal tables', async () => {
  const store = await openNotebookStore({
    notebookId: 'original',
    storage: { directory: temporaryDirectory() },
  })
  cleanUp(() => closeNotebookStore(store))
  await recordRun(store)
  const log = await readEventLog(store)
  expect(log.length).toBeGreaterThan(30)
  const replica = await openNotebookStore({ notebookId: 'replica', storage: 'memory' })
  cleanUp(() => closeNotebookStore(replica))
  commitInBatches(replica, log)
  expect(dump(replica)).toEqual(dump(store))
})

test('a client that knows only the contract reads every event that a run wrote, name by name and field by field', async () => {
  const directory = temporaryDirectory()
  const store = await openNotebookStore({ notebookId: 'recorded', storage: { directory } })
  await recordRun(store)
  const log = await readEventLog(store)
  await closeNotebookStore(store)

  const client = await openNodeStore({ schema: contractSchema, storeId: 'recorded', storage: { directory } })
  cleanUp(() => client.shutdownPromise())
  const rows = client
    .query(receivedTable.select())
    .map((row) => [Number(row.id), row.name, JSON.parse(row.args)])
  const sorted = rows.sort(([left], [right]) => Number(left) - Number(right))
  expect(sorted.map(([, name]) => name)).toEqual(log.map(({ name }) => name))
  expect(sorted.map(([, , args]) => args)).toEqual(
    log.map(({ args }) => JSON.parse(JSON.stringify(args ?? null))),
  )
  const wireNames = Object.values(WIRE_EVENTS).map(([name]) => name)
  expect(log.filter(({ name }) => !wireNames.includes(name))).toEqual([])
  const known = Object.fromEntries(Object.values(WIRE_EVENTS))
  const unknownFields = log.flatMap(({ name, args }) =>
    Object.keys(args ?? {}).filter((field) => {
      const fields = known[name] as Record<string, string>
      return !(field in fields || `${field}?` in fields)
    }),
  )
  expect(unknownFields).toEqual([])
})
