/** Two sessions that are up at once: the one that started last in the log has the notebook, and what the other left is ended. */
import { events, tables, type Store } from '@runtimed/schema'
import { expect, test } from 'vitest'
import { readExecutionEnd } from '../../src/livestore/stored-end.js'
import { createSyncLog } from '../../src/livestore/sync-log.js'
import { queueRows, requestOf } from '../support/notebooks.js'
import { createOwnStore, distantBackend } from '../support/own-stores.js'
import { cleanUp, createTestRegistry, openNotebook } from '../support/test-registry.js'
import { waitUntil } from '../support/wait-for.js'

const capabilities = { canExecuteCode: true, canExecuteSql: false, canExecuteAi: false }

const sessionStarted = (sessionId: string) =>
  events.runtimeSessionStarted({ sessionId, runtimeId: 'r', runtimeType: 'test', capabilities })

const claimed = (queueId: string, runtimeSessionId: string) =>
  events.executionAssigned({ queueId, runtimeSessionId })

const started = (queueId: string, runtimeSessionId: string) =>
  events.executionStarted({ queueId, cellId: 'c0', runtimeSessionId, startedAt: new Date() })

const sessions = (store: Store) => store.query(tables.runtimeSessions.orderBy('startedSeq', 'asc'))

const activeSessions = (store: Store) =>
  sessions(store).flatMap(({ isActive, sessionId }) => (isActive ? [sessionId] : []))

async function openSide(name: string, log: ReturnType<typeof createSyncLog>, cells: number) {
  const { adapter, connect } = distantBackend(log)
  const store = await createOwnStore('shared', adapter(name), cells)
  cleanUp(() => store.shutdownPromise().catch(() => undefined))
  const runs: string[] = []
  const registry = createTestRegistry({
    execute: ({ queueEntry }) => {
      runs.push(queueEntry.id)
      return Promise.resolve({ success: true })
    },
  })
  return { store, connect, runs, start: () => registry.getOrCreateAgent('shared', 'test', { store }) }
}

test('an older session that is pulled after the start is displaced, and steps down by itself', async () => {
  const log = createSyncLog({ keepEvents: true })
  const first = await openSide('first', log, 1)
  first.connect(true)
  const older = await first.start()
  await waitUntil('the older session is in the log', () => log.head > 3)
  const second = await openSide('second', log, 0)
  const newer = await second.start()
  await waitUntil('it takes itself for the only one', () => sessions(second.store)[0]?.status === 'ready')
  second.connect(true)
  await older.keepAlive()
  expect(older.getSnapshot().value).toBe('stopped')
  for (const { store } of [first, second]) {
    await waitUntil(
      'one of both is left',
      () => sessions(store).length === 2 && activeSessions(store).length === 1,
    )
    expect(sessions(store)).toMatchObject([
      { sessionId: older.config.sessionId, terminationReason: 'displaced' },
      { sessionId: newer.config.sessionId, status: 'ready' },
    ])
  }
  first.store.commit(requestOf('q1', 'c0'))
  await waitUntil('it ran', () => queueRows(first.store)[0]?.status === 'completed')
  expect([first.runs, second.runs]).toEqual([[], ['q1']])
})

test('steps down for a newer session once that is up, not while it starts', async () => {
  const store = await openNotebook(['a'])
  const agent = await createTestRegistry().getOrCreateAgent(store.storeId, 'test', { store })
  store.commit(sessionStarted('newer'))
  store.commit(requestOf('q1', 'c0'))
  await waitUntil('it ran', () => queueRows(store)[0]?.status === 'completed')
  store.commit(events.runtimeSessionStatusChanged({ sessionId: 'newer', status: 'ready' }))
  await agent.keepAlive()
  expect(agent.getSnapshot()).toMatchObject({ value: 'stopped', context: { stopReason: 'displaced' } })
  await waitUntil('one is left', () => activeSessions(store).length === 1)
  expect(activeSessions(store)).toEqual(['newer'])
})

test('a claim after the end of its session is void: ended with the reason, and what waits is run', async () => {
  const store = await openNotebook(['a'])
  const agent = await createTestRegistry().getOrCreateAgent(store.storeId, 'test', { store })
  store.commit(
    sessionStarted('old'),
    events.runtimeSessionTerminated({ sessionId: 'old', reason: 'displaced' }),
    requestOf('claimed', 'c0'),
    requestOf('started', 'c0', 2),
    requestOf('waiting', 'c0', 3),
    claimed('claimed', 'old'),
    claimed('started', 'old'),
    started('started', 'old'),
  )
  await waitUntil('all have ended', () =>
    queueRows(store).every(({ status }) => ['completed', 'failed'].includes(status)),
  )
  const ends = ['claimed', 'started', 'waiting'].map((id) => readExecutionEnd(store, id))
  const lost = (reason: string) => ({ outcome: 'lost', reason, failure: { code: 'sessionLost' } })
  expect(ends).toMatchObject([
    lost('The session old ended before it started this execution; run the cell again.'),
    lost('The session old ended while it ran this execution; run the cell again.'),
    { outcome: 'succeeded' },
  ])
  expect(activeSessions(store)).toEqual([agent.config.sessionId])
})
