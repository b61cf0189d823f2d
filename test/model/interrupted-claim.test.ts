import { expect, test } from 'vitest'
import { queueRows, requestOf } from '../support/notebooks.js'
import { createTestRegistry, openNotebook } from '../support/test-registry.js'
import { waitUntil } from '../support/wait-for.js'

test('an interrupt that comes while the request is being claimed leaves no row that runs for ever', async () => {
  const store = await openNotebook(['1', '2'])
  const ran: string[] = []
  const registry = createTestRegistry({
    settings: { errorPolicy: 'continue' },
    execute: (context) => {
      ran.push(context.queueEntry.id)
      return Promise.resolve({ success: true })
    },
  })
  const agent = await registry.getOrCreateAgent(store.storeId, 'test', { store })
  const subscription = agent.subscribe((snapshot) => {
    if (!snapshot.matches('executing')) return
    subscription.unsubscribe()
    agent.interrupt('enough')
  })
  store.commit(requestOf('q0', 'c0'), requestOf('q1', 'c1'))
  await waitUntil('the second cell has run', () => queueRows(store)[1]?.status === 'completed')
  expect(queueRows(store)[0]).toMatchObject({ status: 'cancelled', cancelReason: 'enough' })
  expect(ran).toEqual(['q1'])
})
