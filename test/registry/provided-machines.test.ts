import { expect, test } from 'vitest'
import { SimulatedClock } from 'xstate'
import {
  agentMachine,
  closeNotebookStore,
  executionMachine,
  executionOf,
  RuntimeAgentRegistry,
} from '../../src/index.js'
import { openTestNotebook, queueRows, requestOf } from '../support/notebooks.js'
import { waitUntil } from '../support/wait-for.js'

const config = {
  type: 'own',
  displayName: 'Own',
  description: '',
  icon: '',
  capabilities: { canExecuteCode: true, canExecuteSql: false, canExecuteAi: false },
  priority: 1,
  isAvailable: true,
}

test('an app gives the machines guards and delays of its own', async () => {
  const store = await openTestNotebook(['a', 'b'])
  const clock = new SimulatedClock()
  const registry = new RuntimeAgentRegistry({
    clock,
    machines: {
      agentMachine: agentMachine.provide({
        guards: { 'queue is full': ({ context }) => context.queue.length > 0 },
      }),
      executionMachine: executionMachine.provide({ delays: { 'execution timeout': 7 } }),
    },
  })
  registry.registerRuntimeType({ ...config, executionHandler: () => new Promise(() => undefined) })
  const agent = await registry.getOrCreateAgent(store.storeId, 'own', { store })
  store.commit(requestOf('q0', 'c0'))
  await waitUntil('the cell runs', () => agent.getSnapshot().context.current)
  await waitUntil('started', () => queueRows(store)[0]?.status === 'executing')
  store.commit(requestOf('q1', 'c1'))
  await waitUntil('one waits', () => agent.getSnapshot().context.queue.length === 1)
  agent.actorRef.send({
    type: 'execution.request',
    request: { ...agent.getSnapshot().context.queue[0]!, executionId: 'q2' },
  })
  expect(agent.getSnapshot().context.queue).toHaveLength(1)
  const state = () => executionOf(agent.getSnapshot())?.value
  clock.increment(6)
  expect(state()).toBe('handling')
  clock.increment(1)
  expect(state()).toBe('interrupting')
  await registry.close()
  await closeNotebookStore(store)
})
