// @vitest-environment happy-dom
import { Profiler, memo } from 'react'
import { expect, onTestFinished, test } from 'vitest'
import { createFailure } from '../../machines/index.js'
import { defineExecutionHandler } from '../../src/execution/handler.js'
import { closeNotebookStore } from '../../src/index.js'
import { RuntimeAgentProvider, useRuntimeAgent } from '../../src/react/index.js'
import type { RegistryAgent } from '../../src/registry/registry-agent.js'
import { openTestNotebook } from '../support/notebooks.js'
import { waitUntil } from '../support/wait-for.js'
import { configOf, createRegistry, mount } from './support.js'

const agents = 40
/** Agents whose runtimes crash and come back: three transitions each. */
const busy = 10

const quiet = configOf(
  'quiet',
  defineExecutionHandler({
    name: 'quiet',
    capabilities: { canExecuteCode: true, canExecuteSql: false, canExecuteAi: false },
    create: () => ({ execute: async () => ({ success: true }), dispose: async () => undefined }),
  }),
)

const Row = memo(function Row({ notebookId }: { notebookId: string }) {
  const { status } = useRuntimeAgent(notebookId)
  return <li>{status.text}</li>
})

test('of forty agents on a page only the rows of those that changed render, once per visible change', async () => {
  const registry = createRegistry(quiet)
  const stores = await Promise.all(Array.from({ length: agents }, () => openTestNotebook()))
  onTestFinished(async () => {
    await registry.close()
    await Promise.all(stores.map((store) => closeNotebookStore(store)))
  })
  const all = await Promise.all(
    stores.map((store) => registry.getOrCreateAgent(store.storeId, 'quiet', { store })),
  )
  const renders = new Map<string, number>()
  const { container, isMounted } = mount(
    <RuntimeAgentProvider userId="ada" authToken="token" registry={registry}>
      <ul>
        {stores.map(({ storeId }) => (
          <Profiler key={storeId} id={storeId} onRender={(id) => renders.set(id, (renders.get(id) ?? 0) + 1)}>
            <Row notebookId={storeId} />
          </Profiler>
        ))}
      </ul>
    </RuntimeAgentProvider>,
  )
  await waitUntil('mounted', isMounted)
  expect([...renders.values()]).toEqual(stores.map(() => 1))
  renders.clear()

  const changes = new Map<string, number>()
  for (const [index, agent] of all.entries()) {
    agent.pin()
    if (index % (agents / busy) !== 0) continue
    let before = visibleOf(agent)
    agent.subscribe(() => {
      if (visibleOf(agent) === before) return
      before = visibleOf(agent)
      changes.set(agent.config.notebookId, (changes.get(agent.config.notebookId) ?? 0) + 1)
    })
    agent.actorRef.send({ type: 'runtime.crashed', epoch: 1, failure: createFailure('workerCrashed') })
    await waitUntil(
      'shown',
      () => container.querySelectorAll('li')[index]?.textContent === 'Restarting: crashed',
    )
    agent.restart()
  }
  await waitUntil('all up', () => all.every((agent) => agent.getSnapshot().matches('running')))
  await waitUntil('shown', () =>
    [...container.querySelectorAll('li')].every((row) => row.textContent === 'Ready'),
  )

  expect(changes.size).toBe(busy)
  expect([...renders.keys()].toSorted()).toEqual([...changes.keys()].toSorted())
  for (const [notebookId, count] of renders) {
    expect(count).toBeLessThanOrEqual(changes.get(notebookId) ?? 0)
  }
})

/** The state, and the countdown to a restart. */
function visibleOf(agent: RegistryAgent): string {
  const { value, context } = agent.getSnapshot()
  return `${value} ${context.restartInMs}`
}
