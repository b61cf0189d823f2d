import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { listenOutside, type Outside } from '../support/outside.js'
import { notebookOf, startStudio, type Studio, type StudioPage } from './studio.js'

/** Python takes a while to load on a busy machine. */
vi.setConfig({ testTimeout: 180_000 })

let studio: Studio
let tab: StudioPage
let outside: Outside

beforeAll(async () => {
  outside = await listenOutside()
  studio = await startStudio()
  tab = await studio.open()
})

afterAll(async () => {
  await studio?.close()
  await outside?.close()
})

/** A cell that tries all of these in JavaScript, and says what came of each: nothing when that takes longer than any refusal. */
function attempt(scripts: Record<string, string>): string {
  const late = 'new Promise((resolve) => setTimeout(resolve, 3000, null))'
  const tries = Object.entries(scripts).map(([name, script]) => {
    const tried = `Promise.race([(async () => { ${script} })(), ${late}])`
    return `${tried}.catch(() => null).then((got) => [${JSON.stringify(name)}, got ?? null])`
  })
  const all = `Promise.all([${tries.join()}]).then((said) => JSON.stringify(said))`
  return `import js\nprint(await js.eval(${JSON.stringify(all)}))`
}

const networkScripts = (host: string, stun: string): Record<string, string> => ({
  fetch: `return (await fetch('http://${host}/')).status`,
  'a blind fetch': `return (await fetch('http://${host}/', { mode: 'no-cors' })).type`,
  XMLHttpRequest: `const r = new XMLHttpRequest(); r.open('GET', 'http://${host}/', false); r.send(); return r.status`,
  WebSocket: `const s = new WebSocket('ws://${host}/'); return new Promise((resolve, reject) => { s.onopen = () => resolve('open'); s.onerror = () => reject(new Error('closed')) })`,
  WebSocketStream: `return (await new WebSocketStream('ws://${host}/').opened).protocol`,
  EventSource: `const s = new EventSource('http://${host}/'); return new Promise((resolve, reject) => { s.onopen = () => resolve('open'); s.onerror = () => reject(new Error('closed')) })`,
  WebTransport: `return await new WebTransport('https://${host}/').ready`,
  sendBeacon: `return navigator.sendBeacon('http://${host}/', 'x')`,
  importScripts: `return importScripts('http://${host}/x.js')`,
  'a module': `return Object.keys(await import('http://${host}/x.js'))`,
  'a font': `const f = new FontFace('x', 'url(http://${host}/x.woff)'); return (await f.load()).status`,
  WebAssembly: `return String(await WebAssembly.compileStreaming(fetch('http://${host}/x.wasm')))`,
  'a worker inside': `new Worker(URL.createObjectURL(new Blob(["fetch('http://${host}/'); importScripts('http://${host}/')"]))); return new Promise(() => {})`,
  'a worker from data': `new Worker("data:text/javascript,fetch('http://${host}/')"); return new Promise(() => {})`,
  'a worker from elsewhere': `new Worker('http://${host}/x.js'); return new Promise(() => {})`,
  WebRTC: `const p = new RTCPeerConnection({ iceServers: [{ urls: 'stun:${stun}' }] }); p.createDataChannel('x'); await p.setLocalDescription(await p.createOffer()); return 'offered'`,
})

const storeScripts: Record<string, string> = {
  'the files of notebooks': `const names = []; for await (const name of (await navigator.storage.getDirectory()).keys()) names.push(name); return names`,
  'files of the older kind': `return await new Promise((resolve, reject) => webkitRequestFileSystem(0, 1, resolve, reject))`,
  databases: `return (await indexedDB.databases()).map(({ name }) => name)`,
  'a database': `return await new Promise((resolve, reject) => { const r = indexedDB.open('x'); r.onsuccess = () => resolve('open'); r.onerror = () => reject(r.error) })`,
  caches: `return await caches.keys()`,
  locks: `return (await navigator.locks.query()).held`,
  'shared workers': `return String(new SharedWorker('x'))`,
  'what the page keeps': `return Object.keys(localStorage)`,
  cookies: `return await cookieStore.getAll()`,
}

const pythonScripts = (host: string): readonly string[] => [
  `from pyodide.http import open_url\nopen_url('http://${host}/')`,
  `from pyodide.http import pyfetch\nawait pyfetch('http://${host}/')`,
  `import urllib.request\nurllib.request.urlopen('http://${host}/')`,
]

test('a Python cell reaches no network and nothing of other notebooks, whatever it tries, and is told', async () => {
  await tab.page.evaluate(() => {
    const heard: unknown[] = []
    new BroadcastChannel('studio-agent-x').onmessage = ({ data }) => heard.push(data)
    Object.assign(globalThis, { heard })
  })
  const command = `new BroadcastChannel('studio-agent-x').postMessage('stop')`
  const scripts = { ...networkScripts(outside.host, outside.stun), ...storeScripts, command }
  const told = pythonScripts(outside.host)
  await tab.openFile('reach.ipynb', notebookOf([attempt(scripts), ...told]))
  await tab.button('Run Code cell 1').click()
  await tab.state(1).getByText('Done').waitFor()
  const said = JSON.parse(await tab.output(1).locator('.output:not(.stderr)').innerText()) as [
    string,
    unknown,
  ][]
  expect(Object.fromEntries(said)).toEqual(
    Object.fromEntries(Object.keys(scripts).map((name) => [name, null])),
  )
  await tab.output(1).getByText(`Not reached: http://${outside.host}/`).first().waitFor()
  for (const index of told.keys()) {
    await tab.button(`Run Code cell ${index + 2}`).click()
    await tab
      .output(index + 2)
      .getByText('Hint: No network in this notebook')
      .waitFor()
  }
  expect(await tab.page.evaluate(() => (globalThis as unknown as { heard: unknown[] }).heard)).toEqual([])
  expect(outside.hits).toEqual([])
  await fetch(`http://${outside.host}/`)
  expect(outside.hits).not.toEqual([])
})

test('what a person allows is open to that notebook only, from its next start on, until it is closed', async () => {
  const choice = tab.page.getByLabel('Network of Python cells').getByRole('combobox')
  const refusal = 'Hint: No network in this notebook'
  const before = outside.hits.length
  await choice.selectOption('these addresses')
  await tab.page.getByLabel('Address to allow').fill(`http://${outside.host}/data.csv`)
  await tab.page.keyboard.press('Enter')
  await tab.button(`Remove http://${outside.host}`).waitFor()
  await tab.page.getByText('Counts from the next start of Python.').waitFor()
  await tab.picture('network')
  await runAgain(3, 5, 'Failed')
  expect(outside.hits.length).toBe(before)
  await tab.button('Restart').first().click()
  await runAgain(3, 6, 'Done')
  const reached = outside.hits.length
  expect(reached).toBeGreaterThan(before)
  await tab.openFile('other.ipynb', notebookOf(pythonScripts(outside.host).slice(1, 2)))
  expect(await choice.inputValue()).toBe('none')
  await tab.button('Run Code cell 1').click()
  await tab.output(1).getByText(refusal).waitFor()
  await tab.openNotebook('reach')
  await choice.selectOption('none')
  await tab.button('Restart').first().click()
  await runAgain(3, 7, 'Failed')
  await tab.output(3).getByText(refusal).waitFor()
  expect(outside.hits.length).toBe(reached)
})

/** Runs a cell that has run before, to its end; the run's number tells it from the one before. */
async function runAgain(cell: number, run: number, end: 'Done' | 'Failed'): Promise<void> {
  await tab.button(`Run Code cell ${cell}`).click()
  await tab.cell(cell).getByText(`[${run}]`, { exact: true }).waitFor()
  await tab.state(cell).getByText(end).waitFor()
}
