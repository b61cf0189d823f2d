import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { studioFolder } from '../../src/cli/studio/studio-files.js'
import { startStudio, type Studio } from './studio.js'

/** Python takes a while to load on a busy machine. */
vi.setConfig({ testTimeout: 180_000 })

let studio: Studio

beforeAll(async () => {
  studio = await startStudio()
})

afterAll(() => studio?.close())

/** Bytes of a script of the build, compressed as a server would. */
const compressedSize = (path: string): number => gzipSync(readFileSync(join(studioFolder, path))).length

test('a first visit loads at most 500 kB of scripts before Python is needed, and nothing from elsewhere', async () => {
  const asked = new Set<string>()
  const context = await studio.browser.newContext({ viewport: { width: 1440, height: 900 } })
  context.on('request', (request) => asked.add(request.url()))
  const page = await context.newPage()
  const start = performance.now()
  await page.goto(studio.url)
  await page.getByRole('link', { name: 'First steps in HTML' }).click()
  await page.getByRole('region', { name: 'Code cell 2' }).waitFor()
  await page.getByRole('button', { name: 'Run Code cell 2' }).click()
  await page.frameLocator('iframe').getByRole('heading', { name: 'Hello from a cell' }).waitFor()
  const firstHtml = performance.now() - start
  const here = [studio.url, studio.url.replace('localhost', '127.0.0.1')]
  const strangers = [...asked].filter(
    (url) => !here.some((place) => url.startsWith(place)) && !/^(data|blob|about):/.test(url),
  )
  expect(strangers).toEqual([])
  const scripts = [...asked].filter((url) => new URL(url).pathname.endsWith('.js'))
  const workers = ['livestore.worker', 'livestore.shared-worker']
  for (const worker of workers) expect(scripts.some((url) => url.includes(worker))).toBe(true)
  const sizes = scripts.map((url) => compressedSize(new URL(url).pathname))
  const total = sizes.reduce((sum, size) => sum + size, 0)
  process.stdout.write(
    `first visit: ${Math.round(total / 1000)} kB of scripts (gzip) in ${scripts.length} files\n`,
  )
  process.stdout.write(`first HTML cell: shown ${Math.round(firstHtml)} ms after the visit began\n`)
  expect(scripts.filter((url) => /pyodide|python[.-]/.test(url))).toEqual([])
  expect(total).toBeLessThan(500_000)
  await context.close()
})

test('the first Python cell, cold and warm', async () => {
  const tab = await studio.open()
  const run = async () => {
    const start = performance.now()
    await tab.button('Run Code cell 2').click()
    await tab.output(2).getByText('Hello from Python').waitFor()
    await tab.state(2).getByText('Done').waitFor()
    return Math.round(performance.now() - start)
  }
  const cold = await run()
  await tab.button('Stop').click()
  await tab.agent().getByText('Not started').waitFor()
  await tab.cell(2).locator('.cell-body').click()
  await tab.button('Clear output').click()
  await tab.output(2).waitFor({ state: 'detached' })
  const warm = await run()
  process.stdout.write(`first Python cell: ${cold} ms cold, ${warm} ms with the files in the cache\n`)
  expect(tab.problems).toEqual([])
  await tab.close()
})
