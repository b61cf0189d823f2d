// @vitest-environment happy-dom
import type { RuntimeSessionData } from '@runtimed/schema'
import { expect, test } from 'vitest'
import { RuntimeAgentProvider, useAgents, useRuntimeSessions } from '../../src/react/index.js'
import type { RegistryAgent } from '../../src/registry/registry-agent.js'
import { queueRows, requestOf } from '../support/notebooks.js'
import { waitUntil } from '../support/wait-for.js'
import { crash, createRegistry, mount, openNotebook, steeredType } from './support.js'

const user = { userId: 'user', authToken: 'token' }

test('useAgents renders when an agent comes or goes, and not when one changes its state', async () => {
  const stores = [await openNotebook(['a']), await openNotebook()] as const
  const steered = steeredType()
  steered.release()
  const registry = createRegistry(steered.config)
  const renders: (readonly RegistryAgent[])[] = []
  function List() {
    renders.push(useAgents())
    return null
  }
  mount(
    <RuntimeAgentProvider {...user} registry={registry}>
      <List />
    </RuntimeAgentProvider>,
  )
  await waitUntil('rendered', () => renders.length)
  const one = await registry.getOrCreateAgent(stores[0].storeId, 'steered', { store: stores[0] })
  await waitUntil('one listed', () => renders.at(-1)?.length === 1)
  const other = await registry.getOrCreateAgent(stores[1].storeId, 'steered', { store: stores[1] })
  await waitUntil('both listed', () => renders.at(-1)?.length === 2)
  stores[0].commit(requestOf('q0', 'c0'))
  await waitUntil('executing', steered.running)
  one.interrupt()
  await waitUntil('ended', () => queueRows(stores[0])[0]?.status === 'cancelled')
  await one.shutdown()
  await waitUntil('one is gone', () => renders.at(-1)?.length === 1)
  crash(other)
  await waitUntil('both are gone', () => renders.at(-1)?.length === 0)
  expect(renders).toEqual([[], [one], [one, other], [other], []])
})

test('useRuntimeSessions shows the active sessions of the notebook, and only renders when a row has changed', async () => {
  const store = await openNotebook(['a'])
  const steered = steeredType()
  steered.release()
  const registry = createRegistry(steered.config)
  const renders: (readonly RuntimeSessionData[])[] = []
  function Sessions() {
    renders.push(useRuntimeSessions())
    return null
  }
  const tree = (present: typeof store | null) => (
    <RuntimeAgentProvider {...user} registry={registry} store={present}>
      <Sessions />
    </RuntimeAgentProvider>
  )
  const { render } = mount(tree(null))
  await waitUntil('rendered', () => renders.length)
  render(tree(store))
  await waitUntil('rendered with the store', () => renders.length === 2)
  const agent = await registry.getOrCreateAgent(store.storeId, 'steered', { store })
  await waitUntil('session ready', () => renders.at(-1)?.[0]?.status === 'ready')
  const { sessionId } = renders.at(-1)![0]!
  expect(sessionId).toBe(agent.config.sessionId)
  const before = renders.length
  store.commit(requestOf('q0', 'c0'))
  await waitUntil('busy', () => renders.at(-1)?.[0]?.status === 'busy')
  await agent.shutdown()
  await waitUntil('no session', () => renders.at(-1)?.length === 0)
  expect(renders.slice(before).map((sessions) => sessions[0]?.status ?? 'none')).toEqual(['busy', 'none'])
})
