/** What never answers is waited for up to a limit, and then left behind; nothing waits for it for ever. */
import { logger, type ExecutionContext } from '@runtimed/agent-core'
import { events } from '@runtimed/schema'
import { SimulatedClock } from 'xstate'
import { afterEach, expect, test, vi } from 'vitest'
import { writeOutcome } from '../../packages/agent-core/src/execution-outcome.js'
import { createExternalExecutionHandler } from '../../src/registry/external-handler.js'
import { queueRows, requestOf } from '../support/notebooks.js'
import { createTestRegistry, openNotebook } from '../support/test-registry.js'
import { waitUntil } from '../support/wait-for.js'

afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

const never = () => new Promise<never>(() => undefined)

test('a runtime that cannot be ended by force is left behind, and the next life runs what comes', async () => {
  const errors = vi.spyOn(logger, 'error').mockImplementation(() => undefined)
  const clock = new SimulatedClock()
  const store = await openNotebook(['a', 'b'])
  let lives = 0
  const registry = createTestRegistry({
    config: { clock },
    instance: () => (++lives === 1 ? { execute: never, interrupt: () => undefined, dispose: never } : {}),
  })
  const agent = await registry.getOrCreateAgent(store.storeId, 'test', { store })
  store.commit(requestOf('q0', 'c0'))
  await waitUntil('executing', () => queueRows(store)[0]?.status === 'executing')
  agent.interrupt()
  agent.force()
  await Promise.resolve()
  clock.increment(4_999)
  expect(agent.getSnapshot().value).toBe('executing')
  clock.increment(1)
  await waitUntil('it was cancelled', () => queueRows(store)[0]?.status === 'cancelled')
  expect(agent.getSnapshot()).toMatchObject({
    value: 'restarting',
    context: { failure: { code: 'forcedStop' } },
  })
  await waitUntil('a new life runs', () => {
    clock.increment(1_000)
    return agent.getSnapshot().value === 'running'
  })
  store.commit(requestOf('q1', 'c1'))
  await waitUntil('completed', () => queueRows(store)[1]?.status === 'completed')
  expect(errors.mock.calls.map(([message]) => message)).toEqual([
    expect.stringContaining('its runtime could not be ended by force, and is left behind'),
  ])
})

test('a host that does not stop its runtime holds no agent up', async () => {
  const errors = vi.spyOn(logger, 'error').mockImplementation(() => undefined)
  const clock = new SimulatedClock()
  const store = await openNotebook([])
  const registry = createTestRegistry({ config: { clock } })
  const [{ capabilities } = { capabilities: {} }] = registry.getAvailableTypes()
  const session = { sessionId: 's', runtimeId: 'r', runtimeType: 'external', capabilities }
  store.commit(events.runtimeSessionStarted(session as never))
  store.commit(events.runtimeSessionStatusChanged({ sessionId: 's', status: 'ready' }))
  const host = { start: () => Promise.resolve(), stop: never }
  registry.registerRuntimeType({
    ...registry.getAvailableTypes()[0]!,
    type: 'external',
    executionHandler: createExternalExecutionHandler(host),
  })
  const agent = await registry.getOrCreateAgent(store.storeId, 'external', { store })
  let isOver = false
  void agent.shutdown().then(() => (isOver = true))
  await waitUntil('it is over', () => {
    clock.increment(1_000)
    return isOver
  })
  expect(errors).toHaveBeenCalledWith(
    'external.stop: the runtime could not be taken down',
    'it did not answer within 30000 ms',
  )
})

test('a callback onExecutionError that never ends holds no execution up', async () => {
  vi.useFakeTimers()
  const errors = vi.spyOn(logger, 'error').mockImplementation(() => undefined)
  const written = writeOutcome({ thrown: new Error('no') }, {} as ExecutionContext, () => true, never)
  await vi.advanceTimersByTimeAsync(5_000)
  expect(await written).toEqual({ status: 'error', error: 'no' })
  expect(errors).toHaveBeenCalledWith(
    'The onExecutionError callback did not end within 5000 ms; the agent goes on',
  )
})
