// @vitest-environment happy-dom
import { tables, type Store } from '@runtimed/schema'
import { Activity, useEffect, type ReactNode } from 'react'
import { describe, expect, test } from 'vitest'
import {
  RuntimeAgentProvider,
  StoreProvider,
  useRuntimeAgent,
  useRuntimeAgentFactory,
  useStore,
  type RuntimeAgentFactory,
} from '../../src/react/index.js'
import { waitUntil } from '../support/wait-for.js'
import { configOf, createRegistry, mount, openNotebook, probeOf, steeredType } from './support.js'

const user = { userId: 'user', authToken: 'token' }

/** A component that keeps what `useRuntimeAgentFactory` returns, one entry per render. */
function factoryProbe() {
  const factories: (RuntimeAgentFactory | null)[] = []
  function FactoryProbe() {
    factories.push(useRuntimeAgentFactory())
    return null
  }
  const registries = () => new Set(factories.map((factory) => factory?.getRegistry()))
  return { FactoryProbe, factories, registries }
}

const sessionsOf = (store: Store) => store.query(tables.runtimeSessions.select())
const activeSessionsOf = (store: Store) => sessionsOf(store).filter(({ isActive }) => isActive)

describe('the factory', () => {
  test('is there in the first render, when the store is', async () => {
    const store = await openNotebook()
    const { FactoryProbe, factories } = factoryProbe()
    mount(
      <StoreProvider store={store}>
        <RuntimeAgentProvider {...user}>
          <FactoryProbe />
        </RuntimeAgentProvider>
      </StoreProvider>,
    )
    await waitUntil('rendered', () => factories.length)
    expect(factories[0]?.getRegistry().getAvailableTypes()).toMatchObject([
      { type: 'html' },
      { type: 'external' },
    ])
  })

  test('stays the same through StrictMode, renders with new arrays, and a remount as a hot reload does it', async () => {
    const store = await openNotebook()
    const steered = steeredType()
    const { FactoryProbe, factories, registries } = factoryProbe()
    const tree = (key: string) => (
      <RuntimeAgentProvider key={key} {...user} store={store} runtimeTypes={[{ ...steered.config }]}>
        <FactoryProbe />
      </RuntimeAgentProvider>
    )
    const { render, errors } = mount(tree('a'), { strict: true })
    await waitUntil('rendered', () => factories.length)
    render(tree('a'))
    const rendered = factories.length
    render(tree('b'))
    await waitUntil('remounted', () => factories.length > rendered)
    expect(registries().size).toBe(1)
    const [registry] = registries()
    expect(registry!.actorRef.getSnapshot().value).toBe('active')
    expect(errors).toEqual([])
  })

  test('is shared by providers of the same store, user and backend, and ends with the last', async () => {
    const store = await openNotebook()
    const { FactoryProbe, registries } = factoryProbe()
    const tree = () => (
      <RuntimeAgentProvider {...user} store={store}>
        <FactoryProbe />
      </RuntimeAgentProvider>
    )
    const one = mount(tree())
    const other = mount(tree())
    await waitUntil('both mounted', () => one.isMounted() && other.isMounted())
    const [registry] = registries()
    const agent = await registry!.getOrCreateAgent(store.storeId, 'html', { store })
    expect(registries().size).toBe(1)
    one.unmount()
    await waitUntil('one is unmounted', () => !one.isMounted())
    expect(agent.getSnapshot().value).toBe('running')
    other.unmount()
    await agent.keepAlive()
    expect(registry!.actorRef.getSnapshot().value).toBe('stopped')
  })
})

describe('a store that arrives later', () => {
  test('starts what was asked for before, and shows it as starting meanwhile', async () => {
    const store = await openNotebook()
    const { Probe, last, renders } = probeOf(store.storeId)
    const { FactoryProbe, factories } = factoryProbe()
    const tree = (present: Store | null) => (
      <StoreProvider store={present}>
        <RuntimeAgentProvider {...user}>
          <Probe />
          <FactoryProbe />
        </RuntimeAgentProvider>
      </StoreProvider>
    )
    const { render } = mount(tree(null))
    await waitUntil('rendered', last)
    expect(last()).toMatchObject({ agent: null, state: null, availableTypes: [] })
    const started = last()!.startAgent('html')
    await waitUntil('starting', () => last()?.isStarting)
    const rendered = factories.length
    render(tree(store))
    await started
    await waitUntil('running', () => last()?.state === 'running')
    expect(factories.slice(0, rendered)).toEqual(Array(rendered).fill(null))
    expect(factories.slice(rendered)).not.toContain(null)
    const afterAsking = renders.slice(renders.findIndex(({ isStarting }) => isStarting))
    const running = afterAsking.findIndex(({ state }) => state === 'running')
    expect(afterAsking.slice(0, running).every(({ isStarting }) => isStarting)).toBe(true)
  })

  test('a start that waits for it is taken back by stopAgent', async () => {
    const { Probe, last } = probeOf('nb')
    mount(
      <RuntimeAgentProvider {...user} store={null}>
        <Probe />
      </RuntimeAgentProvider>,
    )
    await waitUntil('rendered', last)
    const started = last()!.startAgent('html')
    await Promise.all([expect(started).rejects.toMatchObject({ code: 'AGENT_STOPPED' }), last()!.stopAgent()])
    await waitUntil('at rest', () => !last()?.isStarting)
    expect(last()!.failure).toBeNull()
  })

  test('a start that waits for it rejects when the provider unmounts', async () => {
    const { Probe, last } = probeOf('nb')
    const { unmount } = mount(
      <RuntimeAgentProvider {...user}>
        <Probe />
      </RuntimeAgentProvider>,
      { strict: true },
    )
    await waitUntil('rendered', last)
    const started = last()!.startAgent('html')
    unmount()
    await expect(started).rejects.toMatchObject({ code: 'PROVIDER_UNMOUNTED' })
  })
})

describe('unmounting', () => {
  test('under StrictMode while starting leaves no agent, session, runtime or subscription', async () => {
    const store = await openNotebook()
    const subscriptions = countSubscriptions(store)
    const steered = steeredType()
    const { FactoryProbe, registries } = factoryProbe()
    const outcomes: unknown[] = []
    function Starter(): ReactNode {
      const { startAgent } = useRuntimeAgent(store.storeId)
      useEffect(() => {
        startAgent('steered').catch((error: unknown) => outcomes.push(error))
      }, [startAgent])
      return null
    }
    const { unmount } = mount(
      <RuntimeAgentProvider {...user} store={store} runtimeTypes={[steered.config]}>
        <Starter />
        <FactoryProbe />
      </RuntimeAgentProvider>,
      { strict: true },
    )
    await waitUntil('starting', steered.alive)
    expect(subscriptions.open()).toBeGreaterThan(0)
    const [registry] = registries()
    const agent = registry!.getAgent(store.storeId)!
    unmount()
    await agent.keepAlive()
    steered.release()
    await waitUntil('both starts settled', () => outcomes.length === 2)
    expect(outcomes).toMatchObject([{ code: 'AGENT_STOPPED' }, { code: 'AGENT_STOPPED' }])
    expect(registries().size).toBe(1)
    expect(registry!.getAgents()).toEqual([])
    expect(registry!.actorRef.getSnapshot().value).toBe('stopped')
    expect(steered.created()).toBe(1)
    expect(steered.alive()).toBe(0)
    expect(activeSessionsOf(store)).toEqual([])
    expect(subscriptions.open()).toBe(0)
  })

  test('stops the agents of the own registry and records the end of their sessions', async () => {
    const store = await openNotebook()
    const { Probe, last } = probeOf(store.storeId)
    const { unmount } = mount(
      <RuntimeAgentProvider {...user} store={store}>
        <Probe />
      </RuntimeAgentProvider>,
    )
    await waitUntil('rendered', last)
    await last()!.startAgent('html')
    await waitUntil('running', () => last()?.agent)
    const agent = last()!.agent!
    unmount()
    await agent.keepAlive()
    expect(sessionsOf(store)).toMatchObject([{ isActive: false, status: 'terminated' }])
  })

  test('leaves the agents of a ready registry alone', async () => {
    const store = await openNotebook()
    const steered = steeredType()
    steered.release()
    const registry = createRegistry(steered.config)
    const { Probe, last } = probeOf(store.storeId)
    const { unmount, isMounted } = mount(
      <RuntimeAgentProvider {...user} store={store} registry={registry} runtimeTypes={[steered.config]}>
        <Probe />
      </RuntimeAgentProvider>,
    )
    await waitUntil('rendered', last)
    await last()!.startAgent('steered')
    unmount()
    await waitUntil('unmounted', () => !isMounted())
    expect(registry.getAgent(store.storeId)?.getSnapshot().value).toBe('running')
    expect(registry.actorRef.getSnapshot().value).toBe('active')
  })

  test('a provider mounted afterwards has a registry of its own, whose agent waits for the end of the former', async () => {
    const store = await openNotebook()
    let endDisposal = () => undefined as void
    const steered = steeredType('steered', new Promise((resolve) => (endDisposal = resolve)))
    steered.release()
    const { Probe, last } = probeOf(store.storeId)
    const { FactoryProbe, registries } = factoryProbe()
    const tree = (
      <RuntimeAgentProvider {...user} store={store} runtimeTypes={[steered.config]}>
        <Probe />
        <FactoryProbe />
      </RuntimeAgentProvider>
    )
    const first = mount(tree)
    await waitUntil('rendered', last)
    await last()!.startAgent('steered')
    first.unmount()
    await waitUntil('the former ends', () => !first.isMounted())
    const second = mount(tree)
    await waitUntil('mounted again', second.isMounted)
    expect(last()).toMatchObject({ agent: null, state: null })
    const started = last()!.startAgent('steered')
    await waitUntil('starting', () => last()?.isStarting)
    expect(steered.log).toEqual(['create 1'])
    endDisposal()
    await started
    expect(registries().size).toBe(2)
    expect(steered.log).toEqual(['create 1', 'dispose 1', 'create 2'])
    await waitUntil('one session active', () => {
      return sessionsOf(store).length === 2 && activeSessionsOf(store).length === 1
    })
  })

  test('hiding in an Activity counts as unmounting, and effects that run when it is shown again start an agent again', async () => {
    const store = await openNotebook()
    const outcomes: unknown[] = []
    const { Probe, last } = probeOf(store.storeId)
    function Starter(): ReactNode {
      const { startAgent } = useRuntimeAgent(store.storeId)
      useEffect(() => {
        startAgent('html').then(
          () => outcomes.push('up'),
          (error: unknown) => outcomes.push(error),
        )
      }, [startAgent])
      return null
    }
    const tree = (mode: 'visible' | 'hidden') => (
      <Activity mode={mode}>
        <RuntimeAgentProvider {...user} store={store}>
          <Probe />
          <Starter />
        </RuntimeAgentProvider>
      </Activity>
    )
    const { render } = mount(tree('visible'))
    await waitUntil('running', () => last()?.state === 'running')
    const former = last()!.agent!
    render(tree('hidden'))
    await former.keepAlive()
    render(tree('visible'))
    await waitUntil('running again', () => last()?.state === 'running' && last()?.agent !== former)
    expect(outcomes.every((outcome) => outcome === 'up')).toBe(true)
  })
})

describe('props', () => {
  test('a new token keeps the agent; another user gets another registry', async () => {
    const store = await openNotebook()
    const { Probe, last } = probeOf(store.storeId)
    const { FactoryProbe, factories, registries } = factoryProbe()
    const tree = (userId: string, authToken: string) => (
      <RuntimeAgentProvider userId={userId} authToken={authToken} store={store}>
        <Probe />
        <FactoryProbe />
      </RuntimeAgentProvider>
    )
    const { render } = mount(tree('ada', 'one'))
    await waitUntil('rendered', last)
    await last()!.startAgent('html')
    await waitUntil('running', () => last()?.state === 'running')
    const agent = last()!.agent!
    render(tree('ada', 'two'))
    await waitUntil('a factory with the new token', () => new Set(factories).size === 2)
    expect(registries().size).toBe(1)
    expect(last()!.agent).toBe(agent)
    render(tree('bob', 'three'))
    await agent.keepAlive()
    await waitUntil('no agent', () => last()?.agent === null)
    expect(registries().size).toBe(2)
    await last()!.startAgent('html')
    await waitUntil("bob's agent", () => last()?.agent?.config.userId === 'bob')
  })

  test('the present handler of a runtime type serves agents that are created from then on', async () => {
    const store = await openNotebook()
    const first = steeredType('mine')
    const second = steeredType('mine')
    first.release()
    second.release()
    const { Probe, renders, last } = probeOf(store.storeId)
    const tree = (type: typeof first) => (
      <RuntimeAgentProvider {...user} store={store} runtimeTypes={[type.config]}>
        <Probe />
      </RuntimeAgentProvider>
    )
    const { render } = mount(tree(first))
    await waitUntil('rendered', last)
    expect(last()!.availableTypes.map(({ type }) => type)).toEqual(['html', 'external', 'mine'])
    await last()!.startAgent('mine')
    await last()!.stopAgent()
    const rendered = renders.length
    render(tree(second))
    await waitUntil('rendered again', () => renders.length > rendered)
    await last()!.startAgent('mine')
    expect([first.created(), second.created()]).toEqual([1, 1])
  })

  test('a runtime type with a name that is taken is refused with a coded error', async () => {
    const store = await openNotebook()
    const { errors } = mount(
      <RuntimeAgentProvider
        {...user}
        store={store}
        runtimeTypes={[configOf('html', () => Promise.resolve({ success: true }))]}
      />,
    )
    await waitUntil('refused', () => errors[0])
    expect(errors[0]).toMatchObject({ code: 'RUNTIME_TYPE_TAKEN' })
  })

  test('useStore gives the store of a RuntimeAgentProvider as well', async () => {
    const store = await openNotebook()
    const seen: unknown[] = []
    function StoreProbe() {
      seen.push(useStore().store)
      return null
    }
    mount(
      <RuntimeAgentProvider userId="user" authToken="token" store={store}>
        <StoreProbe />
      </RuntimeAgentProvider>,
    )
    await waitUntil('rendered', () => seen.length)
    expect(seen[0]).toBe(store)
  })

  test('useStore gives the store of its provider, and says so when there is none', async () => {
    const store = await openNotebook()
    const seen: unknown[] = []
    function StoreProbe() {
      seen.push(useStore().store)
      return null
    }
    const { render, errors } = mount(
      <StoreProvider store={undefined}>
        <StoreProbe />
      </StoreProvider>,
    )
    await waitUntil('rendered', () => seen.length)
    render(
      <StoreProvider store={store}>
        <StoreProbe />
      </StoreProvider>,
    )
    await waitUntil('store seen', () => seen.length > 1)
    expect(seen).toEqual([null, store])
    render(<StoreProbe />)
    await waitUntil('error', () => errors[0])
    expect(errors[0]).toMatchObject({ code: 'NO_PROVIDER' })
  })
})

/** Counts the subscriptions of a store that were made and not ended from now on. */
function countSubscriptions(store: Store) {
  const subscribe = store.subscribe.bind(store) as (...parameters: unknown[]) => () => void
  let open = 0
  store.subscribe = ((...parameters: unknown[]) => {
    const unsubscribe = subscribe(...parameters)
    let isOpen = true
    open++
    return () => {
      if (isOpen) open--
      isOpen = false
      unsubscribe()
    }
  }) as typeof store.subscribe
  return { open: () => open }
}
