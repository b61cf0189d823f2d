import { events, tables } from '@runtimed/schema'
import { afterEach, expect, test } from 'vitest'
import { closeNotebookStore } from '../../src/livestore/open-notebook-store.js'
import { RuntimeAgentFactory } from '../../src/registry/runtime-agent-factory.js'
import { openTestNotebook, queueRows, requestOf } from '../support/notebooks.js'
import { waitUntil } from '../support/wait-for.js'

const cleanups: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

async function htmlNotebook(sources: string[]) {
  const store = await openTestNotebook(sources)
  cleanups.push(() => closeNotebookStore(store))
  const factory = new RuntimeAgentFactory(store, 'user', 'token')
  cleanups.push(() => factory.getRegistry().stopAll())
  return { store, factory, registry: factory.getRegistry() }
}

test('an HTML cell is run once and its row, output and session are recorded', async () => {
  const { store, factory } = await htmlNotebook(['<b>hello</b>'])
  const agent = await factory.createRuntimeAgent(store.storeId, 'html')
  expect(agent.getSnapshot().value).toBe('running')
  store.commit(requestOf('q1', 'c0'))
  await waitUntil('row completed', () => queueRows(store)[0]?.status === 'completed')
  const [output] = store.query(tables.outputs.select())
  expect(output).toMatchObject({ cellId: 'c0', mimeType: 'text/html', data: '<b>hello</b>' })
  await agent.shutdown()
  expect(store.query(tables.runtimeSessions.select())).toMatchObject([
    { isActive: false, status: 'terminated' },
  ])
})
void events
