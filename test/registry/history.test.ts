import type { Store } from '@runtimed/schema'
import { expect, test } from 'vitest'
import { closeNotebookStore } from '../../src/livestore/close-notebook-store.js'
import { readAgentHistory } from '../../src/livestore/agent-history.js'
import { openNotebookStore } from '../../src/livestore/open-notebook-store.js'
import { readStoredEvents } from '../../src/livestore/stored-events.js'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { queueRows, requestOf } from '../support/notebooks.js'
import { cleanUp, createTestRegistry, openNotebook } from '../support/test-registry.js'
import { waitUntil } from '../support/wait-for.js'

const moves = (store: Store) => readAgentHistory(store).map(({ from, to }) => `${from} > ${to}`)

async function runCells(store: Store, count: number): Promise<void> {
  const first = queueRows(store).length
  for (let index = first; index < first + count; index++)
    store.commit(requestOf(`q${index}`, 'c0', index + 1))
  await waitUntil('all have run', () => queueRows(store).every(({ status }) => status === 'completed'))
}

test('tells every state that an agent entered, by which event and in which life', async () => {
  const store = await openNotebook(['1'])
  const registry = createTestRegistry()
  const startedAt = Date.now()
  const agent = await registry.getOrCreateAgent(store.storeId, 'test', { store })
  await runCells(store, 1)
  await agent.shutdown()
  const history = readAgentHistory(store, `agent:${store.storeId}`)
  expect(history).toMatchObject([
    { from: 'idle', to: 'starting', event: 'agent.start', epoch: 1 },
    { from: 'starting', to: 'running', event: 'xstate.done.actor.runtime', epoch: 1 },
    { from: 'running', to: 'executing', event: 'execution.request', epoch: 1 },
    { from: 'executing', to: 'running', event: 'xstate.done.actor.execution', epoch: 1 },
    { from: 'running', to: 'shuttingDown', event: 'agent.stop', cause: 'shutdown', epoch: 1 },
    { from: 'shuttingDown', to: 'stopped', event: 'xstate.done.actor.runtime', cause: 'shutdown', epoch: 1 },
  ])
  const times = history.map(({ at }) => at)
  expect(times).toEqual(times.toSorted((left, right) => left - right))
  expect(times[0]).toBeGreaterThanOrEqual(startedAt)
  expect(readAgentHistory(store, 'agent:other')).toEqual([])
})

test('tells why a runtime went down', async () => {
  const store = await openNotebook(['1'])
  const registry = createTestRegistry({
    settings: { restart: 'temporary' },
    instance: ({ onCrash }) => ({
      execute: () => {
        onCrash({ code: 'outOfMemory', message: 'secret detail' })
        return Promise.resolve({ success: true })
      },
    }),
  })
  await registry.getOrCreateAgent(store.storeId, 'test', { store })
  store.commit(requestOf('q0', 'c0'))
  await waitUntil('it is recorded', () => moves(store).includes('executing > failed'))
  const last = readAgentHistory(store).at(-1)
  expect(last).toMatchObject({ to: 'failed', epoch: 1 })
  expect(last?.cause).toMatch(/^[a-zA-Z]+$/)
})

test('keeps the last 200 transitions', async () => {
  const store = await openNotebook(['1'])
  const registry = createTestRegistry({ repeatable: true })
  const agent = await registry.getOrCreateAgent(store.storeId, 'test', { store })
  for (let round = 0; round < 6; round++) await runCells(store, 40)
  await agent.shutdown()
  expect(moves(store)).toHaveLength(200)
  expect(moves(store).at(-1)).toBe('shuttingDown > stopped')
})

test('is this client’s own: no other client is sent it, and it adds little to a busy log', async () => {
  const store = await openNotebook(['1'])
  const registry = createTestRegistry({ repeatable: true })
  const agent = await registry.getOrCreateAgent(store.storeId, 'test', { store })
  await runCells(store, 60)
  await agent.shutdown()
  const names: string[] = []
  for await (const { name } of readStoredEvents(store)) names.push(name)
  expect(names).toContain('v1.ExecutionCompleted')
  expect(names).not.toContain('v1.AgentTransitionsRecorded')
  expect(
    moves(store).filter((move) => move === 'executing > executing' || move === 'running > executing'),
  ).toHaveLength(60)
})

test('is there when the notebook is opened again, and goes on from there', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'history-'))
  cleanUp(() => Promise.resolve(rmSync(directory, { recursive: true, force: true })))
  const open = () => openNotebookStore({ notebookId: 'kept', storage: { directory } })
  const registry = createTestRegistry()
  const first = await open()
  const one = await registry.getOrCreateAgent('kept', 'test', { store: first })
  await one.shutdown()
  const before = moves(first)
  await closeNotebookStore(first)
  const second = await open()
  cleanUp(() => closeNotebookStore(second))
  expect(before.at(-1)).toBe('shuttingDown > stopped')
  expect(moves(second)).toEqual(before)
  const other = await registry.getOrCreateAgent('kept', 'test', { store: second })
  await other.shutdown()
  expect(moves(second)).toEqual([...before, ...before])
})
