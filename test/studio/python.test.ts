import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { notebookOf, startStudio, type Studio, type StudioPage } from './studio.js'

let studio: Studio
let tab: StudioPage

beforeAll(async () => {
  studio = await startStudio()
  tab = await studio.open()
})

afterAll(() => studio?.close())

test('a notebook of JupyterLab is opened, and all its cells run', async () => {
  const file = join(import.meta.dirname, '../notebook/fixtures/jupyterlab-4.5.ipynb')
  await tab.openFile('jupyterlab-4.5.ipynb', readFileSync(file, 'utf8'), 'Pictures')
  expect(await tab.cells().count()).toBeGreaterThan(3)
  await tab.openFile('sums.ipynb', notebookOf(['print("first")\nx = 20', 'x + 1', 'import sys; x * 2']))
  await tab.button('Run all').click()
  await tab.output(3).getByText('40').waitFor()
  expect(await tab.output(1).innerText()).toContain('first')
  expect(await tab.output(2).innerText()).toContain('21')
})

test('an endless loop is interrupted within a second, and variables are kept', async () => {
  await tab.openFile('loop.ipynb', notebookOf(['kept = 7', 'while True: pass', 'kept']))
  await tab.button('Run Code cell 1').click()
  await tab.state(1).getByText('Done').waitFor()
  await tab.button('Run Code cell 2').click()
  await tab.state(2).getByText('Running').waitFor()
  const start = performance.now()
  await tab.button('Interrupt').first().click()
  await tab.output(2).getByText('KeyboardInterrupt').first().waitFor()
  const took = performance.now() - start
  console.log(`interrupt: ${Math.round(took)} ms from the click to the shown error`)
  expect(took).toBeLessThan(1_000)
  await tab.button('Run Code cell 3').click()
  await tab.output(3).getByText('7').waitFor()
})

test('a worker that is ended from the developer tools: reason, countdown, and a new life', async () => {
  await tab.openFile('killed.ipynb', notebookOf(['1 + 1']))
  await tab.button('Run all').click()
  await tab.output(1).getByText('2').waitFor()
  await endPythonWorkers(tab)
  await tab.page.getByText('The Python worker ended by itself.').waitFor()
  await tab.page.getByText(/^Starts again in \d+ s$/).waitFor()
  await tab.agent().getByText('Ready').waitFor()
  await tab.button('Run Code cell 1').click()
  await tab.state(1).getByText('Done').waitFor()
  expect(tab.problems).toEqual([])
})

/** Ends the workers through the DevTools protocol, as its console would. */
async function endPythonWorkers({ page }: StudioPage): Promise<void> {
  const workers = page.workers().filter((worker) => worker.url().includes('web-worker'))
  expect(workers.length).toBeGreaterThan(0)
  await Promise.all(workers.map((worker) => worker.evaluate(() => close()).catch(() => undefined)))
}
