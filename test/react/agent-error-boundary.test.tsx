// @vitest-environment happy-dom
import { useEffect, useState } from 'react'
import { expect, onTestFinished, test, vi } from 'vitest'
import {
  AgentErrorBoundary,
  RuntimeAgentProvider,
  useRuntimeAgent,
  type AgentErrorDetails,
} from '../../src/react/index.js'
import { waitUntil } from '../support/wait-for.js'
import { crash, createRegistry, mount, openNotebook, steeredType } from './support.js'

const user = { userId: 'user', authToken: 'token' }

/** React reports caught errors on the console; here they are expected. */
function expectCaughtErrors() {
  const spy = vi.spyOn(console, 'error').mockImplementation(() => undefined)
  onTestFinished(() => spy.mockRestore())
}

function Panel({ notebookId }: { notebookId: string }) {
  const { state } = useRuntimeAgent(notebookId)
  return <output id={notebookId}>{state ?? 'none'}</output>
}

const fallback = ({ failure, retry }: AgentErrorDetails) => (
  <div>
    <p>{failure.code}</p>
    <button onClick={retry}>retry</button>
  </div>
)

test('a crash shows in the boundary of its agent only, and retry brings a new agent and the children back', async () => {
  expectCaughtErrors()
  const stores = [await openNotebook(), await openNotebook()] as const
  const steered = steeredType()
  steered.release()
  const registry = createRegistry(steered.config)
  const [one, other] = await Promise.all(
    stores.map((store) => registry.getOrCreateAgent(store.storeId, 'steered', { store })),
  )
  const { container, errors, press } = mount(
    <RuntimeAgentProvider {...user} store={stores[0]} registry={registry}>
      {stores.map(({ storeId }) => (
        <AgentErrorBoundary key={storeId} notebookId={storeId} fallback={fallback}>
          <Panel notebookId={storeId} />
        </AgentErrorBoundary>
      ))}
    </RuntimeAgentProvider>,
  )
  const shown = () => container.textContent
  await waitUntil('both run', () => shown() === 'runningrunning')
  crash(one!)
  await waitUntil('the crash is shown', () => shown() === 'machineCrashedretryrunning')
  expect(other!.getSnapshot().value).toBe('running')
  press('retry')
  await waitUntil('both run again', () => shown() === 'runningrunning')
  expect(registry.getAgent(stores[0].storeId)).not.toBe(one)
  expect(errors).toEqual([])
})

test('the children come back by themselves when somebody else starts a new agent', async () => {
  expectCaughtErrors()
  const store = await openNotebook()
  const steered = steeredType()
  steered.release()
  const registry = createRegistry(steered.config)
  const agent = await registry.getOrCreateAgent(store.storeId, 'steered', { store })
  const { container } = mount(
    <RuntimeAgentProvider {...user} store={store} registry={registry}>
      <AgentErrorBoundary notebookId={store.storeId} fallback={fallback}>
        <Panel notebookId={store.storeId} />
      </AgentErrorBoundary>
    </RuntimeAgentProvider>,
    { strict: true },
  )
  await waitUntil('running', () => container.textContent === 'running')
  crash(agent)
  await waitUntil('the crash is shown', () => container.textContent === 'machineCrashedretry')
  await registry.getOrCreateAgent(store.storeId, 'steered', { store })
  await waitUntil('running again', () => container.textContent === 'running')
})

test('what a component throws shows as well, and retry renders it again without touching the agent', async () => {
  expectCaughtErrors()
  const store = await openNotebook()
  const steered = steeredType()
  steered.release()
  const registry = createRegistry(steered.config)
  const agent = await registry.getOrCreateAgent(store.storeId, 'steered', { store })
  let isBroken = false
  function Fragile() {
    const [, setCount] = useState(0)
    if (isBroken) throw new Error('fragile')
    return <button onClick={() => setCount((count) => count + 1)}>whole</button>
  }
  const { container, press } = mount(
    <RuntimeAgentProvider {...user} store={store} registry={registry}>
      <AgentErrorBoundary notebookId={store.storeId} fallback={fallback}>
        <Fragile />
      </AgentErrorBoundary>
    </RuntimeAgentProvider>,
  )
  await waitUntil('whole', () => container.textContent === 'whole')
  isBroken = true
  press('whole')
  await waitUntil('fallback', () => container.textContent === 'unknownretry')
  isBroken = false
  press('retry')
  await waitUntil('whole again', () => container.textContent === 'whole')
  expect(registry.getAgent(store.storeId)).toBe(agent)
})

test('a start of another type than the agent has shows both, and works when that agent is gone', async () => {
  expectCaughtErrors()
  const store = await openNotebook()
  const [steered, other] = [steeredType(), steeredType('other')]
  for (const type of [steered, other]) type.release()
  const registry = createRegistry(steered.config, other.config)
  const agent = await registry.getOrCreateAgent(store.storeId, 'steered', { store })
  function Starter() {
    const { state, agent: present, startAgent } = useRuntimeAgent(store.storeId)
    const [error, setError] = useState<unknown>()
    useEffect(() => void startAgent('other').catch(setError), [startAgent])
    if (error) throw error
    return `${present?.config.runtimeType} ${state}`
  }
  const shownFailure = ({ failure, retry }: AgentErrorDetails) => (
    <>
      <p>{failure.message}</p>
      <button onClick={retry}>retry</button>
    </>
  )
  const { container, press } = mount(
    <RuntimeAgentProvider {...user} store={store} registry={registry}>
      <AgentErrorBoundary notebookId={store.storeId} fallback={shownFailure}>
        <Starter />
      </AgentErrorBoundary>
    </RuntimeAgentProvider>,
  )
  await waitUntil('the error is shown', () => container.textContent?.endsWith('retry'))
  expect(container.textContent).toBe(
    `[OTHER_RUNTIME_TYPE] Notebook "${store.storeId}" has an agent of type "steered", so that one of type "other" was not started. Await stopAgent() first, or start "steered".retry`,
  )
  expect(agent.getSnapshot().value).toBe('running')
  await agent.shutdown()
  press('retry')
  await waitUntil('the other runs', () => container.textContent === 'other running')
})
