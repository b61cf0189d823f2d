/** What an app or a handler gets wrong is told at the door, or made safe, and loses nothing. */
import { logger } from '@runtimed/agent-core'
import { tables } from '@runtimed/schema'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { RegistryError } from '../../src/errors.js'
import type { HandlerCrash } from '../../src/execution/handler.js'
import { RuntimeAgentRegistry } from '../../src/registry/runtime-agent-registry.js'
import { readLastFailure } from '../../src/livestore/stored-failure.js'
import { queueRows, requestOf } from '../support/notebooks.js'
import { createTestRegistry, openNotebook } from '../support/test-registry.js'
import { waitUntil } from '../support/wait-for.js'

afterEach(() => void vi.restoreAllMocks())

const capabilities = { canExecuteCode: true, canExecuteSql: false, canExecuteAi: false }
const type = {
  type: 'mine',
  displayName: 'Mine',
  description: 'Does nothing',
  icon: '',
  capabilities,
  priority: 1,
  isAvailable: true,
  executionHandler: () => Promise.resolve({ success: true }),
}

describe('a runtime type', () => {
  test.each<[string, unknown, string]>([
    ['with a name only', { type: 'x' }, 'Runtime type "x" was not registered: displayName is missing'],
    ['whose handler is no function', { ...type, executionHandler: 42 }, 'executionHandler is 42 and must be'],
    ['without capabilities', { ...type, capabilities: null }, 'capabilities is null and must be'],
    ['with half of them', { ...type, capabilities: { canExecuteCode: true } }, 'capabilities is of type'],
    ['without a name', { ...type, type: '' }, 'Runtime type without a name was not registered: type is ""'],
    [
      'whose priority is no number',
      { ...type, priority: Number.NaN },
      'priority is NaN and must be a number',
    ],
    ['that is nothing', undefined, 'type is missing and must be a name'],
  ])('%s is refused, with what is wrong', (_, config, text) => {
    const registry = createTestRegistry()
    expect(() => registry.registerRuntimeType(config as never)).toThrow(
      expect.objectContaining({ code: 'INVALID_RUNTIME_TYPE', message: expect.stringContaining(text) }),
    )
    expect(registry.getAvailableTypes().map((known) => known.type)).toEqual(['test'])
  })

  test('that is whole is registered', () => {
    const registry = createTestRegistry()
    registry.registerRuntimeType(type)
    expect(registry.getAvailableTypes().length).toBe(2)
  })
})

test.each([undefined, null, '', 7])('the agent of notebook %j is refused', async (notebookId) => {
  const store = await openNotebook(['a'])
  const call = createTestRegistry().getOrCreateAgent(notebookId as never, 'test', { store })
  await expect(call).rejects.toMatchObject({
    code: 'INVALID_NOTEBOOK_ID',
    message: expect.stringContaining('getOrCreateAgent()'),
  })
})

describe('an option', () => {
  const refusedBy = (config: object, text: string) =>
    expect(() => createTestRegistry({ config })).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTION', message: expect.stringContaining(text) }),
    )

  test('of a registry that is unknown, or of another kind than expected, is refused', () => {
    refusedBy({ maxConcurrentAgents: -1 }, 'maxConcurrentAgents is -1 and must be a whole number from 0')
    refusedBy({ maxConcurrentAgents: Number.NaN }, 'maxConcurrentAgents is NaN and must be')
    refusedBy({ limitPolicy: 'evict' }, 'limitPolicy is "evict" and must be one of reject, queue, evictIdle')
    refusedBy(
      { maxAgents: 3, syncUrl: 7 },
      'syncUrl is 7 and must be a text; "maxAgents" is not known (known',
    )
    refusedBy({ inspect: 'yes' }, 'inspect is "yes" and must be a function or an observer')
    refusedBy({ clock: { setTimeout } }, 'clock is of type object and must be an object { setTimeout,')
    expect(() => new RuntimeAgentRegistry(7 as never)).toThrow('they are 7 and must be an object')
  })

  test.each<[object, string]>([
    [
      { startTimeoutMs: -1 },
      'startTimeoutMs is -1 and must be a number of milliseconds from 0 to 2147483647',
    ],
    [{ idleCullMs: Infinity }, 'idleCullMs is Infinity and must be a number of milliseconds'],
    [{ executionTimeout: 5 }, '"executionTimeout" is not known (known: startTimeoutMs, '],
    [{ errorPolicy: 'go' }, 'errorPolicy is "go" and must be one of stop, continue'],
    [
      { restartBudget: 0.5, queueLimit: '9' },
      'queueLimit is "9" and must be a whole number from 0; restartB',
    ],
  ])('settings %j are refused, of a runtime type and of an agent', async (settings, text) => {
    const refusal = { code: 'INVALID_OPTION', message: expect.stringContaining(text) }
    expect(() => createTestRegistry({ settings })).toThrow(expect.objectContaining(refusal))
    await expect(createTestRegistry().getOrCreateAgent('n', 'test', { settings })).rejects.toMatchObject(
      refusal,
    )
  })

  test('of an agent that is unknown is refused', async () => {
    const call = createTestRegistry().getOrCreateAgent('n', 'test', { stor: 1, soleRunner: 'yes' } as never)
    await expect(call).rejects.toThrow('soleRunner is "yes" and must be true or false; "stor" is not known')
  })

  test('that is left undefined has its default', async () => {
    const store = await openNotebook([])
    const settings = { startTimeoutMs: undefined } as never
    const agent = await createTestRegistry({ settings }).getOrCreateAgent(store.storeId, 'test', {
      store,
      settings,
    })
    expect(agent.getSnapshot().context.settings.startTimeoutMs).toBe(60_000)
  })

  test.each<[string, () => object]>([
    ['throws', () => JSON.parse('{') as object],
    ['returns a limit that is none', () => ({ timeoutMs: Number.NaN })],
    ['returns what is not known', () => ({ timeout: 5 })],
  ])('callback cellOptions that %s fails its cell with a sentence', async (_, cellOptions) => {
    const store = await openNotebook(['a', 'b'])
    const options = { store, cellOptions: (cell: { id: string }) => (cell.id === 'c0' ? cellOptions() : {}) }
    await createTestRegistry().getOrCreateAgent(store.storeId, 'test', options)
    store.commit(requestOf('q0', 'c0'), requestOf('q1', 'c1'))
    await waitUntil('both ended', () => queueRows(store).every(({ completedAt }) => completedAt !== null))
    expect(queueRows(store)).toMatchObject([
      { status: 'failed', error: expect.stringMatching(/^The app's cellOptions\(\) failed for cell c0: /) },
      { status: 'completed' },
    ])
  })
})

describe('an event that a machine cannot read', () => {
  const request = { executionId: 'q1', cellId: 'c0', executionCount: 1, requestedBy: 'me' }

  test('is refused by the actor of an agent, which goes on', async () => {
    const store = await openNotebook(['a'])
    const registry = createTestRegistry()
    const { actorRef } = await registry.getOrCreateAgent(store.storeId, 'test', { store })
    const sent = (event: unknown) => refusalOf(() => actorRef.send(event as never))
    expect(sent({ type: 'execution.request' })).toContain('request is missing and must be an object { execut')
    expect(sent({ type: 'execution.request', request })).toContain('request is of type object and must be')
    expect(sent({ type: 'execution.cancel' })).toContain('executionId is missing and must be a name that is')
    expect(sent({ type: 'execution.interrupt', reason: 7 })).toContain('reason is 7 and must be a text')
    expect(sent({ type: 'agent.stop', reason: 'now' })).toContain('one of shutdown, restart, error,')
    expect(sent({ type: 'runtime.crashed', epoch: 1, failure: 'no' })).toContain('failure is "no" and must')
    expect(sent({ type: 'session.displaced', epoch: Number.NaN })).toContain('epoch is NaN and must be a num')
    expect(sent({ type: 'agent.stopp' })).toContain(
      'its type is "agent.stopp" and must be one of agent.start',
    )
    expect(sent({ type: 'toString' })).toContain('its type is "toString" and must be one of')
    expect(sent(undefined)).toContain('its type is missing')
    expect(refusalOf(() => registry.actorRef.system.get(actorRef.id).send({ type: 'x' }))).toContain('"x"')
    store.commit(requestOf('q1', 'c0'))
    await waitUntil('completed', () => queueRows(store)[0]?.status === 'completed')
  })

  test('is refused by the actor of a registry, which goes on', async () => {
    const store = await openNotebook(['a'])
    const registry = createTestRegistry()
    const sent = (event: unknown) => refusalOf(() => registry.actorRef.send(event as never))
    expect(sent({ type: 'agent.spawn' })).toContain('input is missing and must be an object { agentId, ')
    expect(sent({ type: 'agent.gone' })).toContain('must be one of agent.spawn, registry.drain')
    await registry.getOrCreateAgent(store.storeId, 'test', { store })
  })
})

/** The message of an `INVALID_COMMAND`. */
function refusalOf(send: () => void): string {
  try {
    send()
  } catch (error) {
    if (RegistryError.is(error) && error.code === 'INVALID_COMMAND') return error.message
    throw error
  }
  return 'It was sent.'
}

const cyclic: Record<string, unknown> = { big: 1n, text: 'kept' }
cyclic['self'] = cyclic
const unreadable = {
  get secret() {
    throw new Error('no')
  },
}

test.each<[string, unknown]>([
  ['that refer to themselves', cyclic],
  ['that cannot be read', unreadable],
  ['that are no object', 'a text'],
])('a crash with details %s is recorded, with the end of its session', async (_, details) => {
  const errors = vi.spyOn(logger, 'error').mockImplementation(() => undefined)
  const store = await openNotebook(['a'])
  const registry = createTestRegistry({
    instance: ({ onCrash }) => ({
      execute: () => {
        onCrash({ code: 'workerCrashed', message: 'It is gone.', details } as HandlerCrash)
        return new Promise(() => undefined)
      },
    }),
  })
  await registry.getOrCreateAgent(store.storeId, 'test', { store })
  store.commit(requestOf('q1', 'c0'))
  await waitUntil('failed', () => queueRows(store)[0]?.status === 'failed')
  const failure = await waitUntil('failure recorded', () => readLastFailure(store))
  expect(failure).toMatchObject({ code: 'workerCrashed', message: 'It is gone.' })
  if (details === cyclic) expect(failure.details).toMatchObject({ big: '1', text: 'kept' })
  expect(store.query(tables.runtimeSessions.select())[0]).toMatchObject({ isActive: false })
  expect(errors).not.toHaveBeenCalled()
})

test('the death of a store is logged once, as a sentence', async () => {
  const errors = vi.spyOn(logger, 'error').mockImplementation(() => undefined)
  const store = await openNotebook(['a', 'b'])
  const agent = await createTestRegistry().getOrCreateAgent(store.storeId, 'test', { store })
  store.commit(requestOf('q1', 'c0'), requestOf('q2', 'c1'))
  await store.shutdownPromise()
  await waitUntil('failed', () => agent.getSnapshot().matches('failed'))
  await agent.shutdown()
  expect(errors.mock.calls).toEqual([
    [
      expect.stringMatching(/^agent:.* records nothing any more: \[STORE_DIED\] Store ".*" died: /),
      undefined,
    ],
  ])
})
