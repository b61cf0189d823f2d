// @vitest-environment happy-dom
import { tables } from '@runtimed/schema'
import { expect, test } from 'vitest'
import { StoreProvider } from '../../src/react/index.js'
import { queueRows, requestOf } from '../support/notebooks.js'
import { waitUntil } from '../support/wait-for.js'
import { RuntimeAgentProvider, useRuntimeAgent } from './seed-phase-5.js'
import { mount, openNotebook } from './support.js'

function Panel({ notebookId }: { notebookId: string }) {
  const { agent, isStarting, availableTypes, startAgent, stopAgent } = useRuntimeAgent(notebookId)
  return (
    <div>
      <output>{agent ? agent.config.runtimeType : isStarting ? 'starting' : 'none'}</output>
      <ul>{availableTypes.map((type) => type.displayName).join(', ')}</ul>
      <button onClick={() => void startAgent('html')}>start</button>
      <button onClick={() => void stopAgent()}>stop</button>
    </div>
  )
}

test('the provider and hook of the original design start an agent, run a cell and stop', async () => {
  const store = await openNotebook(['<b>hello</b>'])
  const { container, press } = mount(
    <StoreProvider store={store}>
      <RuntimeAgentProvider userId="user" authToken="token">
        <Panel notebookId={store.storeId} />
      </RuntimeAgentProvider>
    </StoreProvider>,
  )
  const shown = (selector: string) => container.querySelector(selector)?.textContent
  await waitUntil('types shown', () => shown('ul') === 'HTML Renderer, Python Agent')
  press('start')
  await waitUntil('agent shown', () => shown('output') === 'html')
  store.commit(requestOf('q1', 'c0'))
  await waitUntil('row completed', () => queueRows(store)[0]?.status === 'completed')
  expect(store.query(tables.outputs.select())).toMatchObject([
    { cellId: 'c0', mimeType: 'text/html', data: '<b>hello</b>' },
  ])
  press('stop')
  await waitUntil('agent gone', () => shown('output') === 'none')
  expect(store.query(tables.runtimeSessions.select())).toMatchObject([
    { isActive: false, status: 'terminated' },
  ])
})
