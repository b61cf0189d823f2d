/** A throw while an agent reads its notebook is a failure of the agent: told, logged once, and mended by a new life. */
import { logger } from '@runtimed/agent-core'
import { events, type Store } from '@runtimed/schema'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { createExternalExecutionHandler } from '../../src/registry/external-handler.js'
import { queueRows, requestOf } from '../support/notebooks.js'
import { createTestRegistry, openNotebook, recordFacts } from '../support/test-registry.js'
import { waitUntil } from '../support/wait-for.js'

/** From now on statements that contain the text throw where `file` asks, until the returned function is called. */
function breakReading(store: Store, text: string, file: string): () => void {
  const query = store.query.bind(store) as (asked: unknown) => unknown
  store.query = ((asked: unknown) => {
    const isHit = JSON.stringify(asked).includes(text) && new Error().stack?.includes(file)
    if (isHit) throw new TypeError('a bug of the test')
    return query(asked)
  }) as Store['query']
  return () => (store.query = query as Store['query'])
}

const waiting = "status = 'pending'"
const intake = 'src/livestore/intake.ts'
const capabilities = { canExecuteCode: true, canExecuteSql: false, canExecuteAi: false }

afterEach(() => void vi.restoreAllMocks())

const loggedErrors = () => vi.spyOn(logger, 'error').mockImplementation(() => undefined)

describe('a throw while the agent reads its notebook', () => {
  test('is a failure with a code, is logged once, and the request runs in the next life', async () => {
    const errors = loggedErrors()
    const store = await openNotebook(['a'])
    const agent = await createTestRegistry().getOrCreateAgent(store.storeId, 'test', { store })
    const facts = recordFacts(agent)
    const mend = breakReading(store, waiting, intake)
    store.commit(requestOf('q1', 'c0'))
    const restarting = await waitUntil('restarting', () =>
      facts.find(({ type }) => type === 'agent.restarting'),
    )
    mend()
    expect(restarting).toMatchObject({
      failure: { code: 'machineCrashed', message: 'The notebook could not be read: a bug of the test' },
    })
    await waitUntil('it ran', () => queueRows(store)[0]?.status === 'completed')
    expect(errors.mock.calls.map(([message]) => message)).toEqual([
      `agent:${store.storeId} could not read its notebook`,
    ])
  })

  test('that does not go away ends as a crash loop, with what waited cancelled', async () => {
    loggedErrors()
    const store = await openNotebook(['a'])
    const settings = { restartBudget: 1 }
    const agent = await createTestRegistry({ settings }).getOrCreateAgent(store.storeId, 'test', { store })
    breakReading(store, waiting, intake)
    store.commit(requestOf('q1', 'c0'))
    await waitUntil('failed', () => agent.getSnapshot().matches('failed'))
    expect(agent.getSnapshot().context.failure?.code).toBe('crashLoop')
    const row = await waitUntil('cancelled', () =>
      queueRows(store).find(({ status }) => status === 'cancelled'),
    )
    expect(row.cancelReason).toContain('a bug of the test')
  })

  test('of a culled agent fails it, and a start by hand mends it', async () => {
    loggedErrors()
    const store = await openNotebook(['a'])
    const settings = { idleCullMs: 20, cullWarningMs: 10 }
    const agent = await createTestRegistry({ settings }).getOrCreateAgent(store.storeId, 'test', { store })
    await waitUntil('culled', () => agent.getSnapshot().context.isCulled)
    const mend = breakReading(store, waiting, intake)
    store.commit(requestOf('q1', 'c0'))
    await waitUntil('failed', () => agent.getSnapshot().matches('failed'))
    mend()
    store.commit(requestOf('q2', 'c0', 2))
    await agent.start()
    await waitUntil('it ran', () => queueRows(store).some(({ status }) => status === 'completed'))
  })

  test('of an agent whose runtime is elsewhere is a failure too, not an end of the process', async () => {
    const errors = loggedErrors()
    const store = await openNotebook(['a'])
    const registry = createTestRegistry()
    registry.registerRuntimeType({
      type: 'elsewhere',
      displayName: 'Elsewhere',
      description: 'Runs in another process',
      icon: '',
      capabilities,
      priority: 0,
      isAvailable: true,
      executionHandler: createExternalExecutionHandler(),
    })
    await registry.getOrCreateAgent(store.storeId, 'elsewhere', { store }).catch(() => undefined)
    const mend = breakReading(store, 'runtimeSessions', 'src/registry/external-runtime.ts')
    const session = { sessionId: 's', runtimeId: 'r', runtimeType: 'elsewhere', capabilities }
    store.commit(events.runtimeSessionStarted(session))
    await waitUntil('logged', () => errors.mock.calls.length > 0)
    mend()
    expect(errors.mock.calls[0]?.[0]).toBe(`agent:${store.storeId} could not read its notebook`)
  })
})
