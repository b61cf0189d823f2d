import { events, runtimeSessions$, tables } from '@runtimed/schema'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type NotebookStore, openNotebookStore } from './notebook-store.js'

const RENEWED = new Date('2024-01-01T00:00:00.000Z')

let notebook: NotebookStore
let sessionId: string
let count = 100

beforeAll(async () => {
  notebook = await openNotebookStore()
})
afterAll(async () => {
  expect(notebook.isAlive()).toBe(true)
  await notebook.close()
})
beforeEach(() => {
  count -= 1
  sessionId = `session-${count}`
})

const start = (id = sessionId) =>
  events.runtimeSessionStarted({
    sessionId: id,
    runtimeId: 'r',
    runtimeType: 'python',
    capabilities: { canExecuteCode: true, canExecuteSql: false, canExecuteAi: true },
  })
const status = (value: 'ready' | 'busy' | 'restarting') =>
  events.runtimeSessionStatusChanged({ sessionId, status: value })
const terminate = (reason: 'shutdown' | 'displaced' | 'timeout') =>
  events.runtimeSessionTerminated({ sessionId, reason })
const renew = events.runtimeSessionRenewal
const session = () =>
  notebook.store.query(tables.runtimeSessions.where({ sessionId }).first({ behaviour: 'error' }))

describe('a runtime session', () => {
  test('starts active, with its capabilities, and is not yet renewed', () => {
    notebook.store.commit(start())
    expect(session()).toMatchObject({
      sessionId,
      runtimeId: 'r',
      runtimeType: 'python',
      status: 'starting',
      isActive: true,
      canExecuteCode: true,
      canExecuteSql: false,
      canExecuteAi: true,
      availableAiModels: null,
      lastRenewedAt: null,
      expiresAt: null,
      terminationReason: null,
    })
  })

  test('lists the models it offers', () => {
    const availableAiModels = [{ name: 'm', capabilities: ['vision'] }]
    const { args } = start()
    notebook.store.commit(
      events.runtimeSessionStarted({ ...args, capabilities: { ...args.capabilities, availableAiModels } }),
    )
    expect(session().availableAiModels).toEqual(availableAiModels)
  })

  test('a renewal sets both times', () => {
    notebook.store.commit(start(), renew({ sessionId, renewedAt: RENEWED, validForMs: 30_000 }))
    expect(session()).toMatchObject({
      lastRenewedAt: RENEWED,
      expiresAt: new Date(RENEWED.getTime() + 30_000),
    })
  })

  test('a renewal that reaches beyond all dates leaves the expiry empty and the store alive', () => {
    notebook.store.commit(start(), renew({ sessionId, renewedAt: RENEWED, validForMs: 1e300 }))
    expect(session()).toMatchObject({ lastRenewedAt: RENEWED, expiresAt: null })
    expect(notebook.isAlive()).toBe(true)
  })

  test('D31 nothing but a new start changes a session that has ended', () => {
    notebook.store.commit(start(), status('ready'), terminate('displaced'))
    const ended = session()
    expect(ended).toMatchObject({ status: 'terminated', isActive: false })
    notebook.store.commit(
      status('ready'),
      status('busy'),
      terminate('shutdown'),
      renew({ sessionId, renewedAt: RENEWED, validForMs: 1 }),
    )
    expect(session()).toEqual(ended)
    notebook.store.commit(start())
    expect(session()).toMatchObject({ status: 'starting', isActive: true, terminationReason: null })
  })

  test('D87 keeps the reason of its end', () => {
    notebook.store.commit(start(), terminate('timeout'))
    expect(session().terminationReason).toBe('timeout')
  })

  test('a rapid start, ready and terminate cycle leaves every session ended', () => {
    const ids = Array.from({ length: 5 }, (_, place) => `${sessionId}-${place}`)
    for (const id of ids) {
      notebook.store.commit(
        start(id),
        events.runtimeSessionStatusChanged({ sessionId: id, status: 'ready' }),
        events.runtimeSessionTerminated({ sessionId: id, reason: 'shutdown' }),
      )
    }
    const rows = notebook.store.query(runtimeSessions$).filter((row) => ids.includes(row.sessionId))
    expect(rows.map((row) => [row.status, row.isActive])).toEqual(ids.map(() => ['terminated', false]))
  })

  test('the last status counts, and two sessions may be active at once', () => {
    notebook.store.commit(start(), status('busy'), status('restarting'), status('ready'), start('other'))
    expect(session().status).toBe('ready')
    const active = notebook.store.query(tables.runtimeSessions.where({ isActive: true }))
    expect(active.map((row) => row.sessionId)).toEqual(expect.arrayContaining([sessionId, 'other']))
  })

  test('D77 sessions come latest start first, whatever their ids', () => {
    notebook.store.commit(start('b'), start('a'), start('c'), start('b'))
    const ids = notebook.store.query(runtimeSessions$).map((row) => row.sessionId)
    expect(ids.slice(0, 3)).toEqual(['b', 'c', 'a'])
  })

  test('its end leaves its queue row executing', () => {
    const queueId = `queue-${sessionId}`
    notebook.store.commit(
      start(),
      events.executionRequested({ queueId, cellId: 'c', executionCount: 1, requestedBy: 'u' }),
      events.executionAssigned({ queueId, runtimeSessionId: sessionId }),
      events.executionStarted({ queueId, cellId: 'c', runtimeSessionId: sessionId, startedAt: RENEWED }),
      terminate('shutdown'),
    )
    expect(
      notebook.store.query(tables.executionQueue.where({ id: queueId }).first({ behaviour: 'error' })),
    ).toMatchObject({ status: 'executing', assignedRuntimeSession: sessionId })
  })
})
