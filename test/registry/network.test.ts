import { connect } from 'node:net'
import type { ExecutionContext, ExecutionResult, RawOutputData } from '@runtimed/agent-core'
import { tables, type Store } from '@runtimed/schema'
import { expect, it } from 'vitest'
import { RuntimeAgentFactory } from '../../src/registry/runtime-agent-factory.js'
import { queueRows, requestOf } from '../support/notebooks.js'
import { cleanUp, createTestRegistry, openNotebook } from '../support/test-registry.js'
import { waitUntil } from '../support/wait-for.js'
import { watchNetwork } from '../support/watch-network.js'

const size = 20_000
const bytes = Uint8Array.from({ length: size }, (_, index) => index % 251)
const base64 = Buffer.from(bytes).toString('base64')
const png = Uint8Array.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, ...bytes])
const svg = `<svg xmlns="http://www.w3.org/2000/svg"><desc>${'x'.repeat(size)}</desc></svg>`

const kinds: Record<string, unknown> = {
  'image/png': png,
  'image/jpeg': bytes,
  'image/gif': base64,
  'image/webp': base64,
  'image/svg+xml': svg,
  'audio/wav': bytes,
  'audio/mpeg': base64,
  'video/mp4': bytes,
  'video/webm': base64,
  'application/pdf': base64,
  'application/zip': bytes,
  'application/octet-stream': bytes,
  'application/x-parquet': bytes,
  'application/json': { rows: 'x'.repeat(size) },
  'application/vnd.vegalite.v5+json': { data: { url: 'https://outside.example/data.json' } },
  'text/html': `<img src="https://outside.example/${'x'.repeat(size)}">`,
  'text/markdown': `![](https://outside.example/${'x'.repeat(size)})`,
  'text/latex': 'x'.repeat(size),
  'text/plain': 'x'.repeat(size),
}

const each = Object.entries(kinds).map(([type, value]): RawOutputData => ({ [type]: value }))

async function writeEverything({ display, result, ...context }: ExecutionContext): Promise<ExecutionResult> {
  for (const data of each) await display(data)
  for (const data of each) await display(data, undefined, 'shown again')
  await context.updateDisplay('shown again', kinds)
  await result(kinds)
  context.stdout('x'.repeat(size))
  context.stderr('x'.repeat(size))
  const markdown = context.markdown('x'.repeat(size))
  context.appendMarkdown(markdown, 'x'.repeat(size), 0)
  context.error('Error', 'x'.repeat(size), ['x'.repeat(size)])
  return { success: true, data: kinds }
}

async function run(store: Store): Promise<void> {
  store.commit(requestOf('q1', 'c0'))
  await waitUntil('the end of the cell', () => queueRows(store)[0]?.status === 'completed')
}

/** Every container of every output of the notebook. */
const containers = (store: Store) =>
  store.query(tables.outputs).flatMap(({ representations }) => Object.values(representations ?? {}))

it('the watch sees each way to the network', () => {
  const attempts = watchNetwork()
  void fetch('https://outside.example').catch(() => undefined)
  expect(() => new WebSocket('wss://outside.example')).toThrow()
  expect(() => connect(80, 'outside.example')).toThrow()
  expect(attempts).toHaveLength(3)
})

it('no output of any kind leaves the machine while no address is named', async () => {
  const store = await openNotebook(['anything'])
  const registry = createTestRegistry({ execute: writeEverything })
  const attempts = watchNetwork()
  const agent = await registry.getOrCreateAgent(store.storeId, 'test', { store })
  await run(store)
  await agent.shutdown()
  expect(attempts).toEqual([])
  const kept = containers(store)
  expect(kept.length).toBeGreaterThan(4 * each.length)
  expect(kept.filter((container) => (container as { type: string }).type !== 'inline')).toEqual([])
})

it('a factory that is told no address has none either', async () => {
  const store = await openNotebook(['anything'])
  const attempts = watchNetwork()
  const registry = new RuntimeAgentFactory(store, 'ada', 'secret').getRegistry()
  cleanUp(() => registry.close())
  const { type: _, ...html } = registry.getAvailableTypes()[0]!
  registry.registerRuntimeType({ ...html, type: 'test', executionHandler: writeEverything })
  await registry.getOrCreateAgent(store.storeId, 'test', { store })
  await run(store)
  expect(attempts).toEqual([])
})

it.each([
  ['artifactServiceUrl', { artifactServiceUrl: 'https://files.example' }, 'https://files.example/'],
  ['syncUrl', { syncUrl: 'wss://sync.example/livestore' }, 'https://sync.example/'],
])('an address that is named as %s is the only one', async (_name, config, address) => {
  const store = await openNotebook(['anything'])
  const registry = createTestRegistry({
    config,
    execute: async ({ display }) => {
      await display({ 'image/png': png })
      return { success: true }
    },
  })
  const attempts = watchNetwork()
  await registry.getOrCreateAgent(store.storeId, 'test', { store })
  await run(store)
  expect(attempts.length).toBeGreaterThan(0)
  expect(attempts.filter((attempt) => !attempt.startsWith(`fetch ${address}`))).toEqual([])
  expect(containers(store)).toMatchObject([{ type: 'inline' }])
})
