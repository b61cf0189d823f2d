/** Two agents on one notebook, each with a store of its own, as two processes have them. */
import { tables, type Store } from '@runtimed/schema'
import { expect, it, onTestFinished } from 'vitest'
import { readExecutionEnd } from '../../src/index.js'
import { createSyncLog } from '../../src/livestore/sync-log.js'
import { createOwnStore, distantBackend } from '../support/own-stores.js'
import { createAgent, queueRow, request, sessionRow, until, untilStatus } from './support.js'

const ids = Array.from({ length: 6 }, (_, index) => `q${index}`)

async function openSide(name: string, log: ReturnType<typeof createSyncLog>, cells: number) {
  const { adapter, connect } = distantBackend(log)
  const store = await createOwnStore('shared', adapter(name), cells)
  onTestFinished(() => store.shutdownPromise().catch(() => undefined))
  const runs: string[] = []
  const agent = createAgent(store, {
    handler: async ({ queueEntry }) => {
      runs.push(queueEntry.id)
      return { success: true }
    },
  })
  return { store, connect, runs, agent }
}

const endsOf = (store: Store) => ids.map((id) => readExecutionEnd(store, id)?.outcome)

const untilAllThere = (store: Store) =>
  until(() => store.query(tables.executionQueue.count()) === ids.length, 'all requests there')

it('D9 runs a request only once the backend has its claim', async () => {
  const { store, connect, runs, agent } = await openSide('only', createSyncLog({ keepEvents: true }), 1)
  await agent.start()
  request(store, 'q0', 'c0')
  await untilStatus(store, 'q0', 'executing')
  expect(runs).toEqual([])
  connect(true)
  await untilStatus(store, 'q0', 'completed')
  expect(runs).toEqual(['q0'])
})

it('D9 of two that claim the same requests before they hear of each other, each request runs at most once', async () => {
  const log = createSyncLog({ keepEvents: true })
  const first = await openSide('first', log, 1)
  first.connect(true)
  for (const id of ids) request(first.store, id, 'c0')
  const second = await openSide('second', log, 0)
  second.connect(true)
  await untilAllThere(second.store)
  for (const { connect } of [first, second]) connect(false)
  await Promise.all([first.agent.start(), second.agent.start()])
  for (const { store } of [first, second]) await untilStatus(store, 'q0', 'executing')
  for (const { connect } of [first, second]) connect(true)
  await until(() => endsOf(first.store).every((outcome) => outcome !== undefined), 'the end of all')
  await until(() => endsOf(second.store).every((outcome) => outcome !== undefined), 'the end of all, there')
  const runs = [...first.runs, ...second.runs]
  expect(new Set(runs).size).toBe(runs.length)
  expect(endsOf(second.store)).toEqual(endsOf(first.store))
  const completed = ids.filter((id) => queueRow(first.store, id).status === 'completed')
  expect(runs).toEqual(expect.arrayContaining(completed))
  expect(completed.length).toBeGreaterThan(3)
  const [older, newer] = [first, second].toSorted(
    (left, right) =>
      sessionRow(first.store, left.agent.config.sessionId).startedSeq -
      sessionRow(first.store, right.agent.config.sessionId).startedSeq,
  )
  await older?.agent.keepAlive()
  expect(sessionRow(first.store, older!.agent.config.sessionId).terminationReason).toBe('displaced')
  expect(newer?.agent.isShuttingDown).toBe(false)
})
