import { logger, type ExecutionHandler } from '@runtimed/agent-core'
import { tables, type Store } from '@runtimed/schema'
import { describe, expect, onTestFinished, test } from 'vitest'
import { closeNotebookStore } from '../../src/index.js'
import {
  createRuntimeRegistry,
  type LegacyOutput,
  type RuntimeImplementation,
  type RuntimeRegistry,
} from '../../src/migration/index.js'
import { openTestNotebook, queueRows, requestOf } from '../support/notebooks.js'
import { waitUntil } from '../support/wait-for.js'
import { HandWrittenRegistry } from './hand-written-registry.js'

logger.configure({ console: false })

const capabilities = { canExecuteCode: true, canExecuteSql: false, canExecuteAi: false }

/** Says the source aloud, and fails on the word `fail`. */
const shout: ExecutionHandler = async (context) => {
  const { source } = context.cell
  context.stdout(`${source.toUpperCase()}\n`)
  if (source === 'fail') throw new RangeError('as it says')
  if (source === 'wait') {
    await new Promise((resolve) => context.abortSignal.addEventListener('abort', resolve, { once: true }))
    return { success: false, error: 'interrupted' }
  }
  await context.result({ 'text/plain': `said ${source}` })
  return { success: true }
}

interface Migrating {
  readonly store: Store
  readonly registry: RuntimeRegistry
  readonly handWritten: HandWrittenRegistry
}

async function open(
  implementation: RuntimeImplementation,
  sources: readonly string[] = [],
): Promise<Migrating> {
  const store = await openTestNotebook(sources)
  const storeOf = () => store
  const handWritten = new HandWrittenRegistry({ storeOf, capabilities, handlers: { shout } })
  const registry = createRuntimeRegistry({
    implementation,
    legacy: handWritten,
    storeOf,
    runtimeTypes: ['shout', 'unheard'].map((type) => ({
      type,
      displayName: 'Shout',
      description: 'Says it aloud',
      icon: '📢',
      capabilities,
      priority: 1,
      isAvailable: true,
      executionHandler: type === 'shout' ? shout : () => Promise.reject(new Error('never called')),
    })),
  })
  onTestFinished(async () => {
    await registry.close()
    await closeNotebookStore(store)
  })
  return { store, registry, handWritten }
}

const activeSessions = (store: Store) =>
  store.query(tables.runtimeSessions.where({ isActive: true })).map(({ runtimeType }) => runtimeType)

const ended = (store: Store, id: string) =>
  waitUntil(`${id} to end`, () =>
    queueRows(store).some(
      (row) => row.id === id && ['completed', 'failed', 'cancelled'].includes(row.status),
    ),
  )

describe.each(['machine', 'legacy'] as const)('the script of an app, with implementation: %s', (flag) => {
  test('a component that has not moved: start, run, hear the outputs, stop, start again', async () => {
    const { store, registry } = await open(flag, ['hello', 'fail', 'again'])
    const runtime = registry.getRuntime(store.storeId, 'shout')
    const heard: LegacyOutput[] = []
    const stopListening = runtime.onOutput((output) => heard.push(output))
    expect(runtime.isRunning()).toBe(false)

    await runtime.start()
    await runtime.start()
    expect(runtime.isRunning()).toBe(true)
    expect(activeSessions(store)).toEqual(['shout'])

    store.commit(requestOf('q0', 'c0'))
    await ended(store, 'q0')
    store.commit(requestOf('q1', 'c1'))
    await ended(store, 'q1')
    await waitUntil('the error', () => heard.at(-1)?.output.output_type === 'error')
    expect(heard.map(({ cellId, text }) => [cellId, text])).toEqual([
      ['c0', 'HELLO\n'],
      ['c0', 'said hello'],
      ['c1', 'FAIL\n'],
      ['c1', 'RangeError: as it says'],
    ])

    await runtime.stop()
    await runtime.stop()
    expect(runtime.isRunning()).toBe(false)
    expect(activeSessions(store)).toEqual([])

    await runtime.start()
    store.commit(requestOf('q2', 'c2'))
    await ended(store, 'q2')
    await waitUntil('the last output', () => heard.at(-1)?.text === 'said again')
    stopListening()
    store.commit(requestOf('q3', 'c0', 2))
    await ended(store, 'q3')
    expect(heard.filter(({ cellId }) => cellId === 'c0')).toHaveLength(2)
    expect(queueRows(store).map(({ status }) => status)).toEqual([
      'completed',
      'failed',
      'completed',
      'completed',
    ])
  })

  test('a component that has moved: the agent starts, executes, is interrupted and ends', async () => {
    const { store, registry, handWritten } = await open(flag, ['wait', 'hello'])
    const agent = await registry.agents.getOrCreateAgent(store.storeId, 'shout', { store })
    expect(agent.getSnapshot().value).toBe('running')
    expect(handWritten.running).toBe(flag === 'legacy' ? 1 : 0)

    store.commit(requestOf('q0', 'c0'))
    await waitUntil('executing', () => agent.getSnapshot().matches('executing'))
    agent.interrupt()
    await ended(store, 'q0')
    await waitUntil('at rest', () => agent.getSnapshot().matches('running'))
    expect(queueRows(store)[0]?.status).toBe('cancelled')

    store.commit(requestOf('q1', 'c1'))
    await ended(store, 'q1')
    expect(store.query(tables.outputs.where({ cellId: 'c1' })).map(({ outputType }) => outputType)).toEqual([
      'terminal',
      'multimedia_result',
    ])
    await agent.shutdown()
    expect(handWritten.running).toBe(0)
    expect(activeSessions(store)).toEqual([])
  })

  test('both kinds of components see one runtime', async () => {
    const { store, registry } = await open(flag)
    const runtime = registry.getRuntime(store.storeId, 'shout')
    const agent = await registry.agents.getOrCreateAgent(store.storeId, 'shout', { store })
    expect(runtime.isRunning()).toBe(true)
    await runtime.start()
    expect(activeSessions(store)).toEqual(['shout'])
    await agent.shutdown()
    expect(runtime.isRunning()).toBe(false)
  })
})

test('a hand-written runtime that does not start fails its agent with the reason', async () => {
  const { store, registry } = await open('legacy')
  const options = { store, settings: { restart: 'temporary' } } as const
  await expect(registry.agents.getOrCreateAgent(store.storeId, 'unheard', options)).rejects.toThrow(
    'There is no runtime of type unheard.',
  )
  const { failure } = registry.agents.getAgent(store.storeId)!.getSnapshot().context
  expect(failure).toMatchObject({ code: 'startFailed', message: 'There is no runtime of type unheard.' })
})

test('a hand-written runtime that ends by itself is started again by its agent', async () => {
  const { store, registry, handWritten } = await open('legacy')
  const agent = await registry.agents.getOrCreateAgent(store.storeId, 'shout', { store })
  await handWritten.getRuntime(store.storeId, 'shout').stop()
  await waitUntil('restarting', () => agent.getSnapshot().matches('restarting'))
  agent.restart()
  await waitUntil('up again', () => agent.getSnapshot().matches('running'))
  expect(handWritten.running).toBe(1)
})

test('output that was there before is not told again', async () => {
  const { store, registry } = await open('machine', ['old', 'new'])
  const runtime = registry.getRuntime(store.storeId, 'shout')
  await runtime.start()
  store.commit(requestOf('q0', 'c0'))
  await ended(store, 'q0')
  const heard: string[] = []
  runtime.onOutput(({ text }) => heard.push(text))
  store.commit(requestOf('q1', 'c1'))
  await ended(store, 'q1')
  await waitUntil('the result', () => heard.length >= 2)
  expect(heard).toEqual(['NEW\n', 'said new'])
})

test('a flag that is unknown, and legacy without a registry, are refused with what was expected', async () => {
  const { store } = await open('machine')
  const options = { storeOf: () => store, runtimeTypes: [] }
  expect(() => createRuntimeRegistry({ ...options, implementation: 'new' as never })).toThrow(
    'implementation is "new"; "machine" or "legacy" was expected.',
  )
  expect(() => createRuntimeRegistry({ ...options, implementation: 'legacy' })).toThrow(
    'pass the hand-written one as `legacy`',
  )
})
