import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { build } from 'vite'
import { launchChromium } from '../support/chromium.js'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** The page: a registry with a cell that runs, inspected in an iframe. */
const page = `
import { openNotebookStore, RuntimeAgentRegistry, createHtmlExecutionHandler } from 'runtime-agent-registry'
import { createInspection, statelyWindow } from 'runtime-agent-registry/inspection'
import { events } from 'runtime-agent-registry/schema'

const iframe = document.querySelector('iframe')
const { inspect } = createInspection({ target: statelyWindow({ iframe, url: '/viewer.html' }) })
const registry = new RuntimeAgentRegistry({ inspect })
registry.registerRuntimeType({
  type: 'html', displayName: 'HTML', description: '', icon: '', priority: 1, isAvailable: true,
  capabilities: { canExecuteCode: true, canExecuteSql: false, canExecuteAi: false },
  executionHandler: createHtmlExecutionHandler(),
})
const store = await openNotebookStore({ notebookId: 'demo', storage: 'memory' })
store.commit(
  events.cellCreated2({ id: 'c1', fractionalIndex: 'a0', cellType: 'code', createdBy: 'ada' }),
  events.cellSourceChanged({ id: 'c1', source: 'src-secret', modifiedBy: 'ada' }),
)
await registry.getOrCreateAgent('demo', 'html', { store, authToken: 'token-secret' })
window.run = () => store.commit(events.executionRequested({ queueId: 'q1', cellId: 'c1', executionCount: 1, requestedBy: 'ada' }))
`

/** The page in the iframe, which knows nothing but @statelyai/inspect. */
const viewer = `
import { createBrowserReceiver } from '@statelyai/inspect'
window.received = []
createBrowserReceiver().subscribe((message) => window.received.push(message))
`

let folder = ''
let server: Server
let browser: Browser

beforeAll(async () => {
  mkdirSync(join(root, 'dist'), { recursive: true })
  folder = mkdtempSync(join(root, 'dist/inspector-'))
  const write = (name: string, script: string, body: string) => {
    writeFileSync(join(folder, `${name}.js`), script)
    writeFileSync(
      join(folder, `${name}.html`),
      `<!doctype html><link rel="icon" href="data:,">${body}<script type="module" src="./${name}.js"></script>`,
    )
  }
  write('index', page, '<iframe></iframe>')
  write('viewer', viewer, '')
  await build({
    root: folder,
    configFile: false,
    logLevel: 'silent',
    build: {
      minify: false,
      target: 'es2022',
      rollupOptions: { input: [join(folder, 'index.html'), join(folder, 'viewer.html')] },
    },
  })
  server = createServer((request, response) => {
    const name = request.url === '/' ? '/index.html' : (request.url ?? '')
    response.setHeader('content-type', name.endsWith('.js') ? 'text/javascript' : 'text/html')
    response.end(readFileSync(join(folder, 'dist', name)))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  browser = await launchChromium()
})

afterAll(async () => {
  await browser.close()
  server.close()
  rmSync(folder, { recursive: true, force: true })
})

interface Message {
  readonly type: string
  readonly name?: string
  readonly definition?: string
  readonly snapshot?: { readonly value?: unknown }
}

test('what the Stately inspector is sent reaches a local page in an iframe', async () => {
  const tab = await browser.newPage()
  const errors: string[] = []
  tab.on('pageerror', (error) => errors.push(error.message))
  await tab.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
  await tab.waitForFunction(() => 'run' in window)
  await expect.poll(() => tab.frames().length).toBe(2)
  const inner = () => tab.frames()[1]
  const received = async () => (await inner()?.evaluate('window.received ?? []')) as Message[]
  await expect.poll(async () => (await received()).map(({ name }) => name)).toContain('agent:demo')
  await tab.evaluate('window.run()')
  const values = async () => (await received()).map(({ snapshot }) => snapshot?.value)
  await expect.poll(values).toEqual(expect.arrayContaining(['executing', 'handling', 'succeeded']))
  const messages = await received()
  const agent = messages.find(({ name }) => name === 'agent:demo')
  expect(JSON.parse(agent?.definition ?? '')).toMatchObject({ id: 'agent', initial: 'idle' })
  expect(JSON.stringify(messages)).not.toMatch(/src-secret|token-secret/)
  expect(errors).toEqual([])
  await tab.close()
})
