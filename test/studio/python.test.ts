import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { notebookOf, startStudio, type Studio, type StudioPage } from './studio.js'

/** Python takes a while to load on a busy machine. */
vi.setConfig({ testTimeout: 180_000 })

let studio: Studio
let tab: StudioPage

beforeAll(async () => {
  studio = await startStudio()
  tab = await studio.open()
})

afterAll(() => studio?.close())

test('a notebook of Colab is opened, and all its cells run', async () => {
  const file = join(import.meta.dirname, '../notebook/fixtures/colab-4.0.ipynb')
  await tab.openFile('colab-4.0.ipynb', readFileSync(file, 'utf8'))
  const last = (await tab.cells().count()) - 1
  await tab.select(last)
  await tab.button('Clear output').click()
  await tab.output(last).waitFor({ state: 'detached' })
  await tab.button('Run all').first().click()
  await tab.output(last).getByText('29').waitFor()
  await tab.state(last).getByText('Done').waitFor()
})

test('an endless loop is interrupted within a second, or twice what a trivial cell takes here, and variables are kept', async () => {
  await tab.openFile('loop.ipynb', notebookOf(['kept = 7', 'print("begun")\nwhile True: pass', 'kept']))
  await tab.button('Run Code cell 1').click()
  await tab.state(1).getByText('Done').waitFor()
  const trivial = await millisecondsOf(async () => {
    await tab.button('Run Code cell 3').click()
    await tab.output(3).getByText('7').waitFor()
  })
  await tab.button('Run Code cell 2').click()
  await tab.output(2).getByText('begun').waitFor()
  const took = await millisecondsOf(async () => {
    await tab.button('Interrupt').first().click()
    await tab.output(2).getByText('KeyboardInterrupt').first().waitFor()
  })
  process.stdout.write(
    `interrupt: ${took} ms from the click to the shown error; a trivial cell: ${trivial} ms\n`,
  )
  expect(took).toBeLessThan(Math.max(1_000, 2 * trivial))
  await runAgain(tab, 3, 4)
  await tab.output(3).getByText('7').waitFor()
})

test('a worker that is ended from the developer tools: reason, countdown, and a new life', async () => {
  tab.problems.splice(0)
  await endPythonWorker(tab)
  await tab.page.getByText('The Python worker ended by itself.').waitFor()
  await tab.page.getByText(/^Starts again in \d+ s$/).waitFor()
  await tab.agent().getByText('Ready', { exact: true }).waitFor()
  await runAgain(tab, 1, 5)
  expect(tab.problems).toEqual([])
})

test('text, colours, pictures, JSON, Markdown and tracebacks are shown as what they are, pages without reach', async () => {
  const shows = (name: string, data: string) =>
    `class Shown:\n    def _repr_${name}_(self): return ${data}\n    def __repr__(self): return 'plain'\nShown()`
  const pixel =
    'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=='
  const escape =
    '<p id=said>tries</p><script>try { parent.document.title } catch { said.textContent = "is shut in" }</script>'
  const sources = [
    'print("\\x1b[31mred\\x1b[0m <b>not bold</b>")',
    shows('png', `__import__('base64').b64decode('${pixel}')`),
    shows('json', "{'planets': ['Mercury', 'Venus']}"),
    shows('markdown', "'**bold** <img src=x onerror=alert(1)>'"),
    shows('html', JSON.stringify(escape)),
    'def divide(): return 1 / 0\ndivide()',
  ]
  await tab.openFile('shown.ipynb', notebookOf(sources))
  await tab.button('Run all').click()
  await tab.output(6).getByText('ZeroDivisionError').first().waitFor()
  expect(await tab.output(1).locator('.ansi-red-fg').innerText()).toBe('red')
  expect(await tab.output(1).innerText()).toContain('<b>not bold</b>')
  const width = await tab
    .output(2)
    .locator('img')
    .evaluate((image: HTMLImageElement) => image.naturalWidth)
  expect(width).toBe(1)
  expect(await tab.output(3).innerText()).toContain('"Mercury"')
  await tab.output(4).locator('strong').getByText('bold').waitFor()
  expect(await tab.output(4).locator('img').getAttribute('onerror')).toBeNull()
  await tab.output(5).frameLocator('iframe').getByText('is shut in').waitFor()
  expect(await tab.output(6).innerText()).toContain('divide()')
})

test('an idle runtime warns before it is ended, can be kept, and comes back with the next cell', async () => {
  const limit = { idleCullMs: 4_000, cullWarningMs: 3_000 }
  await tab.page.evaluate((value) => localStorage.setItem('studio.idle', value), JSON.stringify(limit))
  await tab.openFile('idle.ipynb', notebookOf(['<p>idle</p>'], 'html'))
  await tab.button('Run all').click()
  await tab.agent().getByText('stops soon').waitFor()
  await tab.button('Keep it').click()
  await tab.agent().getByText('Ready', { exact: true }).waitFor()
  await tab.agent().getByText('Idle').waitFor()
  await tab.button('Run Code cell 1').click()
  await tab.state(1).getByText('Done').waitFor()
  await tab.page.evaluate(() => localStorage.removeItem('studio.idle'))
})

/** Runs a cell that has run before, to its end; the run's number tells it from the one before. */
async function runAgain(page: StudioPage, cell: number, run: number): Promise<void> {
  await page.button(`Run Code cell ${cell}`).click()
  await page.cell(cell).getByText(`[${run}]`, { exact: true }).waitFor()
  await page.state(cell).getByText('Done').waitFor()
}

async function millisecondsOf(act: () => Promise<void>): Promise<number> {
  const start = performance.now()
  await act()
  return Math.round(performance.now() - start)
}

/** Ends the worker that came last through the DevTools protocol, as its console would. */
async function endPythonWorker({ page }: StudioPage): Promise<void> {
  const worker = page.workers().findLast((one) => one.url().startsWith('blob:null/'))
  await worker?.evaluate(() => close()).catch(() => undefined)
  expect(worker).toBeDefined()
}
