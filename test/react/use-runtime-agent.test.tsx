// @vitest-environment happy-dom
import { tables } from '@runtimed/schema'
import { expect, onTestFinished, test } from 'vitest'
import { createFailure } from '../../machines/index.js'
import { RuntimeAgentProvider, useRuntimeAgent } from '../../src/react/index.js'
import { RuntimeAgentRegistry } from '../../src/registry/runtime-agent-registry.js'
import { queueRows, requestOf } from '../support/notebooks.js'
import { waitUntil } from '../support/wait-for.js'
import { brokenType, crash, createRegistry, mount, openNotebook, probeOf, steeredType } from './support.js'

const user = { userId: 'user', authToken: 'token' }

test('shows each state of the agent once: starting, running, executing with its queue, running, none', async () => {
  const store = await openNotebook(['a', 'b'])
  const steered = steeredType()
  const { Probe, renders, last } = probeOf(store.storeId)
  mount(
    <RuntimeAgentProvider {...user} store={store} runtimeTypes={[steered.config]}>
      <Probe />
    </RuntimeAgentProvider>,
  )
  await waitUntil('first render', last)
  const started = last()!.startAgent('steered')
  await waitUntil('starting', () => last()?.state === 'starting')
  steered.release()
  await started
  await waitUntil('running', () => last()?.state === 'running')
  store.commit(requestOf('q0', 'c0'), requestOf('q1', 'c1'))
  await waitUntil('one runs and one waits', () => steered.running() && last()?.queue.length === 2)
  expect(last()).toMatchObject({
    state: 'executing',
    queue: [
      { executionId: 'q0', position: 0 },
      { executionId: 'q1', position: 1 },
    ],
    failure: null,
  })
  last()!.interrupt()
  await waitUntil('running again', () => last()?.state === 'running')
  expect(queueRows(store)).toMatchObject([
    { status: 'cancelled', cancelReason: 'interrupted' },
    { status: 'cancelled', cancelReason: 'An earlier cell was interrupted.' },
  ])
  await last()!.stopAgent()
  await waitUntil('gone', () => last()?.agent === null)
  const shown = renders.map(({ state, isStarting }) => `${state} ${isStarting}`)
  expect(distinct(shown.filter((entry) => entry !== 'null true'))).toEqual([
    'null false',
    'starting true',
    'running false',
    'executing false',
    'running false',
    'shuttingDown false',
    'null false',
  ])
  expect(visible(renders)).toHaveLength(renders.length)
})

test('picks up an agent that somebody else creates, and lets go of it when somebody else stops it', async () => {
  const store = await openNotebook()
  const steered = steeredType()
  steered.release()
  const registry = createRegistry(steered.config)
  const { Probe, last } = probeOf(store.storeId)
  mount(
    <RuntimeAgentProvider {...user} registry={registry}>
      <Probe />
    </RuntimeAgentProvider>,
  )
  await waitUntil('first render', last)
  expect(last()).toMatchObject({ agent: null, state: null })
  const agent = await registry.getOrCreateAgent(store.storeId, 'steered', { store })
  await waitUntil('picked up', () => last()?.state === 'running')
  expect(last()!.agent).toBe(agent)
  await registry.stopAll()
  await waitUntil('let go', () => last()?.agent === null)
})

test('an agent that exists before the component is shown in its first render', async () => {
  const store = await openNotebook()
  const steered = steeredType()
  steered.release()
  const registry = createRegistry(steered.config)
  const agent = await registry.getOrCreateAgent(store.storeId, 'steered', { store })
  const { Probe, renders } = probeOf(store.storeId)
  mount(
    <RuntimeAgentProvider {...user} registry={registry}>
      <Probe />
    </RuntimeAgentProvider>,
  )
  await waitUntil('first render', () => renders[0])
  expect(renders[0]).toMatchObject({ agent, state: 'running' })
})

test('a transition of one agent renders only its component, once, and what cannot be seen renders nothing', async () => {
  const stores = [await openNotebook(['a']), await openNotebook(['a'])] as const
  const steered = steeredType()
  steered.release()
  const registry = createRegistry(steered.config)
  for (const store of stores) await registry.getOrCreateAgent(store.storeId, 'steered', { store })
  const [one, other] = stores.map((store) => probeOf(store.storeId)) as [
    ReturnType<typeof probeOf>,
    ReturnType<typeof probeOf>,
  ]
  mount(
    <RuntimeAgentProvider {...user} registry={registry}>
      <one.Probe />
      <other.Probe />
    </RuntimeAgentProvider>,
  )
  await waitUntil('both rendered', () => one.last() && other.last())
  stores[0].commit(requestOf('q0', 'c0'))
  await waitUntil('one executes', () => steered.running() && one.last()?.state === 'executing')
  one.last()!.interrupt()
  await waitUntil('one has ended', () => queueRows(stores[0])[0]?.status === 'cancelled')
  await waitUntil('one runs', () => one.last()?.state === 'running')
  const { actorRef } = one.last()!.agent!
  actorRef.send({ type: 'runtime.crashed', epoch: 0, failure: createFailure('workerCrashed') })
  expect(actorRef.getSnapshot().context.staleEvents).toBe(1)
  stores[1].commit(requestOf('q1', 'c0'))
  await waitUntil('the other executes', () => other.last()?.state === 'executing')
  expect(one.renders.map(({ state }) => state)).toEqual(['running', 'executing', 'running'])
  expect(other.renders.map(({ state }) => state)).toEqual(['running', 'executing'])
})

test('an agent that crashes is shown as failed, its siblings render on, and a restart replaces it', async () => {
  const stores = [await openNotebook(), await openNotebook(['a'])] as const
  const steered = steeredType()
  steered.release()
  const registry = createRegistry(steered.config)
  for (const store of stores) await registry.getOrCreateAgent(store.storeId, 'steered', { store })
  const one = probeOf(stores[0].storeId)
  const other = probeOf(stores[1].storeId)
  const { errors } = mount(
    <RuntimeAgentProvider {...user} registry={registry} store={stores[0]}>
      <one.Probe />
      <other.Probe />
    </RuntimeAgentProvider>,
  )
  await waitUntil('both run', () => one.last()?.state === 'running' && other.last()?.state === 'running')
  const crashed = one.last()!.agent!
  crash(crashed)
  await waitUntil('failed', () => one.last()?.state === 'failed')
  expect(one.last()).toMatchObject({ agent: null, failure: { code: 'machineCrashed' } })
  expect(one.last()!.failure!.message).toContain(stores[0].storeId)
  stores[1].commit(requestOf('q0', 'c0'))
  await waitUntil('the other executes', () => other.last()?.state === 'executing')
  expect(errors).toEqual([])

  await one.last()!.restartAgent()
  await waitUntil('running again', () => one.last()?.state === 'running')
  expect(one.last()).toMatchObject({ failure: null })
  expect(one.last()!.agent).not.toBe(crashed)
  expect(one.last()!.agent!.config.runtimeType).toBe('steered')
})

test('an agent that crashes while it starts rejects the start with a coded error', async () => {
  const store = await openNotebook()
  const steered = steeredType()
  const { Probe, last } = probeOf(store.storeId)
  const { errors } = mount(
    <RuntimeAgentProvider {...user} store={store} runtimeTypes={[steered.config]}>
      <Probe />
    </RuntimeAgentProvider>,
  )
  await waitUntil('first render', last)
  const started = last()!.startAgent('steered')
  await waitUntil('starting', () => last()?.state === 'starting')
  crash(last()!.agent!)
  await expect(started).rejects.toMatchObject({ code: 'RUNTIME_FAILED' })
  await waitUntil('failed', () => last()?.state === 'failed' && !last()?.isStarting)
  expect(last()).toMatchObject({ agent: null, failure: { code: 'machineCrashed' } })
  expect(errors).toEqual([])
})

test('a runtime that does not start rejects with its coded error and shows the failure', async () => {
  const store = await openNotebook()
  const { Probe, last } = probeOf(store.storeId)
  mount(
    <RuntimeAgentProvider {...user} store={store} runtimeTypes={[brokenType('no engine')]}>
      <Probe />
    </RuntimeAgentProvider>,
  )
  await waitUntil('first render', last)
  await expect(last()!.startAgent('broken')).rejects.toMatchObject({ code: 'RUNTIME_FAILED' })
  await waitUntil('failed', () => last()?.state === 'failed')
  expect(last()).toMatchObject({ isStarting: false, failure: { code: 'startFailed', message: 'no engine' } })
})

test('a start that leads to no agent rejects with its coded error, shows a failure, and stopAgent clears it', async () => {
  const store = await openNotebook()
  const { Probe, last } = probeOf(store.storeId)
  mount(
    <RuntimeAgentProvider {...user} store={store}>
      <Probe />
    </RuntimeAgentProvider>,
  )
  await waitUntil('first render', last)
  await expect(last()!.startAgent('pyton')).rejects.toMatchObject({ code: 'UNKNOWN_RUNTIME_TYPE' })
  await waitUntil('failure shown', () => last()?.failure)
  expect(last()).toMatchObject({ agent: null, state: null, isStarting: false })
  expect(last()!.failure!.message).toContain('"pyton" is not registered')
  await last()!.stopAgent()
  await waitUntil('failure cleared', () => last()?.failure === null)
})

test('a registry that is full shows limitReached', async () => {
  const stores = [await openNotebook(), await openNotebook()] as const
  const registry = new RuntimeAgentRegistry({ maxConcurrentAgents: 1 })
  onTestFinished(() => registry.close())
  const steered = steeredType()
  steered.release()
  registry.registerRuntimeType(steered.config)
  await registry.getOrCreateAgent(stores[0].storeId, 'steered', { store: stores[0] })
  const { Probe, last } = probeOf(stores[1].storeId)
  mount(
    <RuntimeAgentProvider {...user} registry={registry} store={stores[1]}>
      <Probe />
    </RuntimeAgentProvider>,
  )
  await waitUntil('first render', last)
  await expect(last()!.startAgent('steered')).rejects.toMatchObject({ code: 'LIMIT_REACHED' })
  await waitUntil('failure shown', () => last()?.failure?.code === 'limitReached')
})

test('a start that is stopped rejects with AGENT_STOPPED, is no failure and leaves no agent', async () => {
  const store = await openNotebook()
  const steered = steeredType()
  const { Probe, last } = probeOf(store.storeId)
  mount(
    <RuntimeAgentProvider {...user} store={store} runtimeTypes={[steered.config]}>
      <Probe />
    </RuntimeAgentProvider>,
  )
  await waitUntil('first render', last)
  const started = last()!.startAgent('steered')
  await waitUntil('starting', () => last()?.state === 'starting')
  await Promise.all([expect(started).rejects.toMatchObject({ code: 'AGENT_STOPPED' }), last()!.stopAgent()])
  await waitUntil('gone', () => last()?.agent === null && !last()?.isStarting)
  expect(last()!.failure).toBeNull()
  expect(steered.alive()).toBe(0)
})

test('a restart gives the runtime a new session and resolves when it is up', async () => {
  const store = await openNotebook()
  const steered = steeredType()
  steered.release()
  const { Probe, last } = probeOf(store.storeId)
  mount(
    <RuntimeAgentProvider {...user} store={store} runtimeTypes={[steered.config]}>
      <Probe />
    </RuntimeAgentProvider>,
  )
  await waitUntil('first render', last)
  await last()!.startAgent('steered')
  await waitUntil('running', () => last()?.state === 'running')
  const { agent } = last()!
  await last()!.restartAgent()
  await waitUntil('running', () => last()?.state === 'running' && !last()?.isStarting)
  expect(last()!.agent).toBe(agent)
  expect(steered.created()).toBe(2)
  await waitUntil('the second session is active', () => {
    const sessions = store.query(tables.runtimeSessions.select())
    return sessions.length === 2 && sessions.filter(({ isActive }) => isActive).length === 1
  })
})

test('a component that unmounts leaves no subscription behind, and is not rendered again', async () => {
  const store = await openNotebook()
  const steered = steeredType()
  const registry = createRegistry(steered.config)
  const subscriptions = countSubscriptions(registry)
  const { Probe, renders, last } = probeOf(store.storeId)
  const { render } = mount(
    <RuntimeAgentProvider {...user} registry={registry} store={store}>
      <Probe />
    </RuntimeAgentProvider>,
    { strict: true },
  )
  await waitUntil('subscribed', () => subscriptions() === 1)
  const started = last()!.startAgent('steered')
  await waitUntil('starting', () => last()?.state === 'starting')
  render(<RuntimeAgentProvider {...user} registry={registry} store={store} />)
  await waitUntil('unsubscribed', () => subscriptions() === 0)
  const count = renders.length
  steered.release()
  await started
  expect(registry.getAgent(store.storeId)?.getSnapshot().value).toBe('running')
  expect(renders).toHaveLength(count)
})

test('a failed start that nobody waits for is no unhandled rejection', async () => {
  const unhandled: unknown[] = []
  const listen = (reason: unknown) => void unhandled.push(reason)
  process.on('unhandledRejection', listen)
  onTestFinished(() => void process.off('unhandledRejection', listen))
  const store = await openNotebook()
  const { Probe, last } = probeOf(store.storeId)
  mount(
    <RuntimeAgentProvider {...user} store={store}>
      <Probe />
    </RuntimeAgentProvider>,
  )
  await waitUntil('first render', last)
  void last()!.startAgent('nothing')
  await waitUntil('failure shown', () => last()?.failure)
  expect(unhandled).toEqual([])
})

test('counts down to a restart, and warns before an idle runtime is culled', async () => {
  const store = await openNotebook()
  const steered = steeredType()
  steered.release()
  const config = { ...steered.config, settings: { idleCullMs: 300_000, cullWarningMs: 299_990 } }
  const registry = createRegistry(config)
  const agent = await registry.getOrCreateAgent(store.storeId, 'steered', { store })
  const { Probe, last } = probeOf(store.storeId)
  mount(
    <RuntimeAgentProvider {...user} store={store} registry={registry}>
      <Probe />
    </RuntimeAgentProvider>,
  )
  await waitUntil('warned', () => last()?.status.text === 'Ready, stops soon')
  expect(last()!.status.actions.find(({ name }) => name === 'keep')).toEqual({ name: 'keep', enabled: true })
  const failure = createFailure('workerCrashed')
  agent.actorRef.send({ type: 'runtime.crashed', epoch: 1, failure })
  await waitUntil('counting', () => (last()?.restartInMs ?? 0) > 0)
  expect(last()).toMatchObject({ state: 'restarting', failure, status: { text: 'Restarting: crashed' } })
  await last()!.restartAgent()
  await waitUntil('up', () => last()?.state === 'running')
  expect(last()?.restartInMs).toBe(0)
})

test('settings of the provider reach its agents, and inspect sees their machines', async () => {
  const store = await openNotebook()
  const steered = steeredType()
  steered.release()
  const inspected = new Set<string>()
  const { Probe, last } = probeOf(store.storeId)
  mount(
    <RuntimeAgentProvider
      {...user}
      store={store}
      runtimeTypes={[steered.config]}
      settings={{ queueLimit: 7 }}
      inspect={({ actorRef }) => void inspected.add(actorRef.sessionId)}
    >
      <Probe />
    </RuntimeAgentProvider>,
  )
  await waitUntil('first render', last)
  await last()!.startAgent('steered')
  await waitUntil('rendered', () => last()?.agent)
  const { context } = last()!.agent!.getSnapshot()
  expect(context.settings.queueLimit).toBe(7)
  expect([...inspected]).toContain(last()!.agent!.actorRef.sessionId)
})

test('pins the runtime, and cancels everything that waits or runs', async () => {
  const store = await openNotebook(['a', 'b'])
  const steered = steeredType()
  steered.release()
  const { Probe, last } = probeOf(store.storeId)
  mount(
    <RuntimeAgentProvider {...user} store={store} runtimeTypes={[steered.config]}>
      <Probe />
    </RuntimeAgentProvider>,
  )
  await waitUntil('first render', last)
  await last()!.cancelAll()
  await last()!.startAgent('steered')
  await waitUntil('rendered', () => last()?.agent)
  const isPinned = () => last()!.agent!.getSnapshot().context.isPinned
  last()!.pin(true)
  expect(isPinned()).toBe(true)
  last()!.pin(false)
  expect(isPinned()).toBe(false)
  last()!.keep()
  last()!.force()
  store.commit(requestOf('q0', 'c0'), requestOf('q1', 'c1'))
  await waitUntil('one runs and one waits', () => steered.running() && last()?.queue.length === 2)
  await last()!.cancelAll('Not needed any more.')
  await waitUntil('nothing waits', () => last()?.state === 'running' && last()?.queue.length === 0)
  expect(queueRows(store).map(({ cancelReason }) => cancelReason)).toEqual([
    'Not needed any more.',
    'Not needed any more.',
  ])
})

test('outside a provider the hook says what is missing', async () => {
  const Lonely = () => <i>{useRuntimeAgent('nb').state}</i>
  const { errors } = mount(<Lonely />)
  await waitUntil('error', () => errors[0])
  expect(errors[0]).toMatchObject({ code: 'NO_PROVIDER' })
  expect((errors[0] as Error).message).toContain('useRuntimeAgent must be used within RuntimeAgentProvider')
})

/** Consecutive equal entries taken together. */
const distinct = (entries: string[]) => entries.filter((entry, index) => entry !== entries[index - 1])

/** Renders in which something differs from the render before. */
const visible = (renders: readonly ReturnType<typeof useRuntimeAgent>[]) =>
  renders.filter((render, index) => render !== renders[index - 1])

/** Counts the listeners that the registry's actor has gained from now on. */
function countSubscriptions(registry: RuntimeAgentRegistry): () => number {
  const { actorRef } = registry
  const on = actorRef.on.bind(actorRef)
  let count = 0
  actorRef.on = ((type: '*', listener: () => void) => {
    const subscription = on(type, listener)
    let isOpen = true
    count++
    return {
      unsubscribe: () => {
        if (isOpen) count--
        isOpen = false
        subscription.unsubscribe()
      },
    }
  }) as typeof actorRef.on
  return () => count
}
