import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { closeLeaders } from './handover.js'
import { notebookOf, startStudio, type Studio } from './studio.js'

/** Python takes a while to load on a busy machine. */
vi.setConfig({ testTimeout: 180_000 })

let studio: Studio

beforeAll(async () => {
  studio = await startStudio()
})

afterAll(() => studio?.close())

test('the leading tab is closed while both tabs commit: nothing is lost, and no tab is stuck', async () => {
  const times = 3
  const report = await closeLeaders(studio, times)
  process.stdout.write(`tabs: ${JSON.stringify(report)}\n`)
  expect(report).toMatchObject({ times, lost: 0, stuck: 0 })
})

test('a store that takes nothing any more is opened again, and what it did not take is there', async () => {
  const tab = await studio.open()
  await tab.openFile('stuck.ipynb', notebookOf(['<p>one</p>'], 'html'))
  await tab.select(1)
  const stores = tab.page.workers().filter((worker) => worker.url().includes('livestore.worker'))
  await Promise.all(stores.map((worker) => worker.evaluate(() => close()).catch(() => undefined)))
  const reloaded = tab.page.waitForEvent('load')
  for (const key of ['b', 'b', 'b']) await tab.page.keyboard.press(key)
  await reloaded
  await tab.ready()
  await tab.untilCells(4)
  await tab.page.reload()
  await tab.untilCells(4)
  await tab.close()
})

test('two tabs agree: what one runs the other shows, and it takes over the agent when the first is closed', async () => {
  const first = await studio.open()
  await first.openFile('shared.ipynb', notebookOf(['x = 6 * 7', 'x', 'import time\ntime.sleep(60)']))
  await first.button('Run Code cell 1').click()
  await first.state(1).getByText('Done').waitFor()
  const second = await first.secondTab()
  await second.button('Run Code cell 2').click()
  await Promise.all([first.output(2).getByText('42').waitFor(), second.output(2).getByText('42').waitFor()])
  await second.page.getByText('It lives in another tab').waitFor()
  await second.button('Run Code cell 3').click()
  await first.state(3).getByText('Running').waitFor()
  await second.button('Interrupt').first().click()
  await first.state(3).getByText('Cancelled').or(first.state(3).getByText('Failed')).waitFor()
  await first.page.close()
  await second.page.getByText('It lives in another tab').waitFor({ state: 'detached' })
  await second.agent().getByText('Ready').waitFor()
  await second.button('Run Code cell 1').click()
  await second.state(1).getByText('Done').waitFor()
  expect(second.problems).toEqual([])
  await second.close()
})

test('a tab that is loaded again in the middle of a run loses nothing and runs nothing twice', async () => {
  const tab = await studio.open()
  const sources = ['print("one")', 'import time\ntime.sleep(30)', 'print("three")']
  await tab.openFile('reloaded.ipynb', notebookOf(sources))
  await tab.button('Run all').click()
  await tab.state(2).getByText('Running').waitFor()
  expect(await tab.output(1).innerText()).toContain('one')
  await tab.page.reload()
  await tab.ready()
  await tab.output(1).getByText('one').waitFor()
  await tab
    .state(2)
    .getByText(/Lost|Failed/)
    .waitFor()
  await tab
    .state(3)
    .getByText(/Done|Cancelled/)
    .waitFor()
  await tab.agent().getByText('Ready').waitFor()
  await tab.page.getByRole('tab', { name: 'Events' }).click()
  await tab.page.getByRole('searchbox', { name: 'Filter events' }).fill('ExecutionStarted')
  await tab.page.getByText(/^[23] of \d+ events$/).waitFor()
  await tab.close()
})
