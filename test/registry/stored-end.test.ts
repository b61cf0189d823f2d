/** How executions ended, read from the notebook's store alone: in another process, and whoever ended them. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ExecutionContext, ExecutionResult } from '@runtimed/agent-core'
import { events, type Store } from '@runtimed/schema'
import { expect, test } from 'vitest'
import { createFailure, type ExecutionEnd } from '../../machines/index.js'
import { closeNotebookStore } from '../../src/livestore/close-notebook-store.js'
import { openNotebookStore } from '../../src/livestore/open-notebook-store.js'
import { decodeEnd, encodeEnd, readExecutionEnd } from '../../src/livestore/stored-end.js'
import { addCells, queueRows, requestOf } from '../support/notebooks.js'
import { runNode } from '../support/run-node.js'
import { cleanUp, createTestRegistry, openNotebook, untilAborted } from '../support/test-registry.js'
import { waitUntil } from '../support/wait-for.js'

const cells = ['lost', 'works', 'fails', 'throws', 'hangs', 'is taken back', 'is deaf', 'crashes']

async function execute({ cell, abortSignal }: ExecutionContext): Promise<ExecutionResult> {
  switch (cell.source) {
    case 'fails':
      return { success: false, error: 'lost: as the cell itself says' }
    case 'throws':
      throw new TypeError('no such thing')
    case 'hangs':
    case 'is taken back':
      await untilAborted(abortSignal)
      return { success: false, error: 'stopped' }
    case 'is deaf':
      return new Promise(() => undefined)
    default:
      return { success: true }
  }
}

/** A notebook with the cells, one of which a session was running that is gone. */
async function openLeftNotebook(directory: string): Promise<Store> {
  const store = await openNotebookStore({ notebookId: 'ends', storage: { directory } })
  addCells(store, cells)
  store.commit(requestOf('q lost', 'c0'))
  store.commit(events.executionAssigned({ queueId: 'q lost', runtimeSessionId: 'gone' }))
  store.commit(
    events.executionStarted({
      queueId: 'q lost',
      cellId: 'c0',
      runtimeSessionId: 'gone',
      startedAt: new Date(),
    }),
  )
  return store
}

const cancellation = (queueId: string, cellId: string) =>
  events.executionCancelled({ queueId, cellId, cancelledBy: 'ann', reason: 'not needed' })

async function runAll(store: Store): Promise<Map<string, ExecutionEnd>> {
  const ends = new Map<string, ExecutionEnd>()
  const registry = createTestRegistry({
    settings: { errorPolicy: 'continue', interruptGraceMs: 1, restart: 'transient' },
    instance: ({ onCrash }) => ({
      execute: (context) => {
        if (context.cell.source === 'crashes') onCrash({ code: 'outOfMemory', message: 'It grew too large.' })
        return execute(context)
      },
    }),
  })
  const agent = await registry.getOrCreateAgent('ends', 'test', {
    store,
    cellOptions: ({ source }) => (source === 'hangs' ? { timeoutMs: 1 } : {}),
  })
  agent.actorRef.on('execution.finished', ({ end }) => ends.set(end.request.executionId, end))
  for (const [index, source] of cells.entries()) {
    if (index === 0) continue
    const [queueId, cellId] = [`q ${source}`, `c${index}`]
    store.commit(requestOf(queueId, cellId))
    if (source.startsWith('is ')) {
      await waitUntil('it runs', () => queueRows(store).at(-1)?.status === 'executing')
      store.commit(cancellation(queueId, cellId))
    }
    await waitUntil(`${source} has ended`, () => ends.has(queueId))
  }
  await agent.shutdown()
  await closeNotebookStore(store)
  return ends
}

const readElsewhere = `
  import { closeNotebookStore, openNotebookStore, readExecutionEnd } from './dist/src/index.js'
  const [directory, ...ids] = process.argv.slice(1)
  const store = await openNotebookStore({ notebookId: 'ends', storage: { directory } })
  console.log(JSON.stringify(Object.fromEntries(ids.map((id) => [id, readExecutionEnd(store, id) ?? null]))))
  await closeNotebookStore(store)`

test('every outcome, with its reason and failure, is read from the store by another process', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'ends-'))
  cleanUp(() => Promise.resolve(rmSync(directory, { recursive: true, force: true })))
  const ends = await runAll(await openLeftNotebook(directory))
  const ids = [...cells, 'nothing'].map((source) => `q ${source}`)
  const elsewhere = await runNode('--input-type=module', '-e', readElsewhere, directory, ...ids)
  expect(elsewhere.stderr).toBe('')
  const stored = JSON.parse(elsewhere.stdout) as Record<string, unknown>
  const gone = 'The session gone ended while it ran this execution; run the cell again.'
  expect(stored['q lost']).toEqual({
    outcome: 'lost',
    reason: gone,
    failure: createFailure('sessionLost', { message: gone }),
  })
  expect(stored).toMatchObject({
    'q works': { outcome: 'succeeded', reason: null, failure: null },
    'q fails': { outcome: 'failed', reason: 'lost: as the cell itself says', failure: null },
    'q throws': { outcome: 'failed', reason: 'no such thing', failure: { code: 'handlerError' } },
    'q hangs': { outcome: 'timedOut', failure: { code: 'executionTimeout' } },
    'q is taken back': { outcome: 'cancelled', reason: 'not needed', failure: null },
    'q is deaf': { outcome: 'cancelled', reason: 'not needed', failure: { code: 'forcedStop' } },
    'q crashes': { outcome: 'failed', reason: 'It grew too large.', failure: { code: 'outOfMemory' } },
    'q nothing': null,
  })
  for (const [id, { outcome, reason = null, failure = null }] of ends) {
    expect(stored[id]).toEqual({ outcome, reason, failure })
  }
})

test('what another client ended is told as its events say, without a failure', async () => {
  const store = await openNotebook(['1'])
  const completed = (queueId: string, status: 'success' | 'error' | 'cancelled', error?: string) =>
    events.executionCompleted({
      queueId,
      cellId: 'c0',
      status,
      ...(error !== undefined && { error }),
      completedAt: new Date(),
      executionDurationMs: 1,
    })
  for (const queueId of ['mute', 'lost', 'odd', 'cancelled', 'stopped']) {
    store.commit(requestOf(queueId, 'c0'))
  }
  const odd = 'broke\n{"executionEnd":{"outcome":"timedOut","failure":{"code":"unheardOf"}}}'
  store.commit(
    completed('mute', 'error'),
    completed('lost', 'error', 'lost: runtime session x ended before this execution did'),
    completed('odd', 'error', odd),
    completed('cancelled', 'cancelled', 'no need'),
    events.allExecutionsCancelled(),
  )
  const ends = ['mute', 'lost', 'odd', 'cancelled', 'stopped'].map((id) => readExecutionEnd(store, id))
  expect(ends).toEqual([
    { outcome: 'failed', reason: null, failure: null },
    { outcome: 'lost', reason: 'runtime session x ended before this execution did', failure: null },
    { outcome: 'failed', reason: odd, failure: null },
    { outcome: 'cancelled', reason: 'no need', failure: null },
    { outcome: 'cancelled', reason: 'all executions cancelled', failure: null },
  ])
})

test('keeps a bounded text, and says what was left out', () => {
  const failure = createFailure('unknown', {
    message: 'm'.repeat(1e6),
    details: { dump: 'd'.repeat(1e6), self: [1n] },
  })
  const error = encodeEnd({ outcome: 'timedOut', reason: 'r'.repeat(1e6), failure })
  expect(error.length).toBeLessThan(10_000)
  const end = decodeEnd({ status: 'failed', error, cancelReason: null })
  expect(end?.outcome).toBe('timedOut')
  expect(end?.reason).toMatch(/^r+ … \(996000 more characters\)$/)
  expect(end?.failure?.message).toMatch(/^m+ … \(996000 more characters\)$/)
  expect(end?.failure?.details).toEqual({ note: expect.stringMatching(/^left out: \d+ characters$/) })
})

test('existing clients read the reason first, and nothing else where the event tells the end', () => {
  expect(encodeEnd({ outcome: 'failed', reason: 'ValueError: no' })).toBe('ValueError: no')
  expect(encodeEnd({ outcome: 'cancelled', reason: 'enough' })).toBe('enough')
  expect(encodeEnd({ outcome: 'lost', reason: 'gone' })).toBe('lost: gone')
  const failure = createFailure('executionTimeout')
  expect(encodeEnd({ outcome: 'timedOut', reason: failure.message, failure }).split('\n')).toEqual([
    failure.message,
    '{"executionEnd":{"outcome":"timedOut","failure":{"code":"executionTimeout","retryable":false}}}',
  ])
})
