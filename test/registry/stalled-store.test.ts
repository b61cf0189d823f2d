/** A store whose backend takes events and never hands them back: each wait for it ends. */
import { events, schema, type Store } from '@runtimed/schema'
import { beforeEach, expect, test } from 'vitest'
import { committerFor } from '../../src/livestore/committer.js'
import { openNodeStore } from '../../src/livestore/node-store.js'
import { createSyncLog, type SyncLog } from '../../src/livestore/sync-log.js'
import type { RegistryAgent } from '../../src/registry/registry-agent.js'
import { requestOf } from '../support/notebooks.js'
import { cleanUp, createTestRegistry } from '../support/test-registry.js'
import { waitUntil } from '../support/wait-for.js'

let store: Store
let agent: RegistryAgent

beforeEach(async () => {
  const log = createSyncLog({ keepEvents: true })
  let answers = true
  const silent: SyncLog = {
    get head() {
      return log.head
    },
    onPush: (listener) => log.onPush(listener),
    follow: (cursor, receive) => log.follow(cursor, receive),
    push: (batch) => (answers ? log.push(batch) : undefined),
  }
  store = await openNodeStore({ schema, storeId: 'stalled', storage: 'memory', sharedLog: silent })
  cleanUp(() => store.shutdownPromise())
  store.commit(events.cellCreated2({ id: 'c0', fractionalIndex: 'a0', cellType: 'code', createdBy: 'user' }))
  committerFor(store, { stallMs: 500 })
  agent = await createTestRegistry().getOrCreateAgent('stalled', 'test', { store })
  await committerFor(store).submit([]).confirmed
  answers = false
  store.commit(requestOf('q0', 'c0'))
  await failed()
})

const failed = () => waitUntil('the agent failed', () => agent.getSnapshot().matches('failed'))

test('the agent fails, and again after each start while nothing moves', async () => {
  expect(agent.getSnapshot().context.failure?.code).toBe('storeStalled')
  agent.actorRef.send({ type: 'agent.start' })
  expect(agent.getSnapshot().matches('failed')).toBe(false)
  await failed()
  expect(agent.getSnapshot().context.failure?.code).toBe('storeStalled')
})

test('the agent can be shut down', async () => {
  await agent.shutdown()
  expect(agent.getSnapshot().value).toBe('stopped')
})

test('who cancels is told that nothing could be recorded', async () => {
  await expect(agent.cancelAll()).rejects.toMatchObject({ code: 'STORE_STALLED' })
})
