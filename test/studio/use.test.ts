import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { notebookOf, startStudio, type Studio, type StudioPage } from './studio.js'

let studio: Studio

beforeAll(async () => {
  studio = await startStudio()
})

afterAll(() => studio?.close())

const focused = ({ page }: StudioPage) =>
  page.evaluate(() => document.activeElement?.closest('[data-cell]')?.getAttribute('aria-label'))

test('everything can be done with the keyboard alone', async () => {
  const tab = await studio.open()
  const { keyboard } = tab.page
  await tab.openFile('keys.ipynb', notebookOf(['<b>one</b>'], 'html'))
  await tab.page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur())
  await keyboard.press('ArrowDown')
  await expect.poll(() => focused(tab)).toBe('Code cell 1')
  await keyboard.press('b')
  await expect.poll(() => focused(tab)).toBe('Code cell 2')
  await keyboard.press('Enter')
  await tab.cell(2).locator('.cm-content').waitFor()
  await expect.poll(() => tab.cell(2).locator('.cm-focused').count()).toBe(1)
  await keyboard.type('<i>two</i>')
  await keyboard.press('Shift+Enter')
  await tab.output(2).frameLocator('iframe').getByText('two').waitFor()
  await tab.cell(3).waitFor()
  await keyboard.press('Escape')
  await keyboard.press('m')
  await tab.page.getByRole('region', { name: 'Text cell 3' }).waitFor()
  await keyboard.press('y')
  await tab.page.getByRole('region', { name: 'Code cell 3' }).waitFor()
  await keyboard.press('d')
  await keyboard.press('d')
  await tab.untilCells(2)
  await keyboard.press('k')
  await keyboard.press('k')
  await expect.poll(() => focused(tab)).toBe('Code cell 1')
  await keyboard.press('a')
  await tab.untilCells(3)
  await keyboard.press('Control+Shift+ArrowDown')
  await expect.poll(() => focused(tab)).toBe('Code cell 2')
  await keyboard.press('0')
  await keyboard.press('0')
  await tab.agent().getByText('Ready').waitFor()
  await keyboard.press('h')
  await tab.page.getByRole('dialog', { name: 'Keys' }).waitFor()
  await keyboard.press('Escape')
  await tab.page.getByRole('dialog', { name: 'Keys' }).waitFor({ state: 'hidden' })
  expect(tab.problems).toEqual([])
  await tab.close()
})

test('a cell that is only partly in view is run by one press, and does not move under the pointer', async () => {
  const tab = await studio.open({ viewport: { width: 1440, height: 900 } })
  const long = Array.from({ length: 25 }, (_, line) => `<p>${line}</p>`).join('\n')
  await tab.openFile('long.ipynb', notebookOf([long, long], 'html'))
  await tab.select(1)
  const run = tab.button('Run Code cell 2')
  const before = await run.boundingBox()
  await run.hover()
  await tab.page.mouse.down()
  await tab.cell(2).getByRole('toolbar').waitFor()
  expect(await run.boundingBox()).toEqual(before)
  await tab.page.mouse.up()
  await tab.state(2).getByText('Done').waitFor()
  await tab.close()
})

test('a dropped notebook is opened, and one that is no notebook is refused with the reason', async () => {
  const tab = await studio.open()
  await drop(tab, 'dropped.ipynb', notebookOf(['<p>dropped</p>'], 'html'))
  await tab.page.getByRole('link', { name: 'dropped' }).waitFor()
  await tab.cell(1).getByText('<p>dropped</p>').waitFor()
  await drop(tab, 'broken.ipynb', '{"cells": [')
  await tab.page.getByRole('alert').getByText('broken.ipynb could not be opened').waitFor()
  await tab.button('Dismiss').click()
  await tab.close()
})

/** Drops a file on the page, as a file manager does. */
async function drop({ page }: StudioPage, name: string, text: string): Promise<void> {
  const data = await page.evaluateHandle(
    ([fileName, content]) => {
      const transfer = new DataTransfer()
      transfer.items.add(new File([content ?? ''], fileName ?? ''))
      return transfer
    },
    [name, text],
  )
  await page.dispatchEvent('body', 'drop', { dataTransfer: data })
}

test('a notebook is saved as a file that holds what was shown', async () => {
  const tab = await studio.open()
  await tab.openFile('saved.ipynb', notebookOf(['<p>kept</p>'], 'html'))
  await tab.button('Run all').click()
  await tab.state(1).getByText('Done').waitFor()
  const [download] = await Promise.all([
    tab.page.waitForEvent('download'),
    tab.button('Save as a file').click(),
  ])
  expect(download.suggestedFilename()).toBe('saved.ipynb')
  const saved = JSON.parse(readFileSync(await download.path(), 'utf8')) as { cells: unknown[] }
  expect(saved.cells).toMatchObject([
    { cell_type: 'code', source: ['<p>kept</p>'], outputs: [{ data: { 'text/html': ['<p>kept</p>'] } }] },
  ])
  await tab.close()
})

test('the charts follow the agent, and the log can be searched', async () => {
  const tab = await studio.open({ viewport: { width: 1440, height: 900 } })
  await tab.openFile('charted.ipynb', notebookOf(['<p>charted</p>'], 'html'))
  await tab.page.getByRole('tab', { name: 'Charts' }).click()
  const state = (chart: string, name: string) =>
    tab.page.getByRole('region', { name: chart }).locator(`[data-state="${name}"][data-active]`)
  await state('Registry chart', 'active').waitFor()
  await tab.button('Run all').click()
  await tab.state(1).getByText('Done').waitFor()
  await state('Agent chart', 'running').waitFor()
  await tab.page.getByText('executing → running').waitFor()
  await tab.page.getByRole('tab', { name: 'History' }).click()
  await tab.page.getByText('idle → starting').waitFor()
  const saved = tab.page.waitForEvent('download')
  await tab.button('Save as JSON').click()
  expect((await saved).suggestedFilename()).toBe('agent-history.json')
  await tab.page.getByRole('tab', { name: 'Events' }).click()
  await tab.page.getByRole('searchbox', { name: 'Filter events' }).fill('charted')
  await tab.page.getByText(/^\d of \d+ events$/).waitFor()
  await tab.page.getByText('CellSourceChanged').first().click()
  await tab.page.getByText('"source": "<p>charted</p>"').waitFor()
  expect(tab.problems).toEqual([])
  await tab.close()
})

test('offline the studio says so, and goes on working', async () => {
  const tab = await studio.open()
  await tab.openFile('offline.ipynb', notebookOf(['<p>still here</p>'], 'html'))
  await tab.context.setOffline(true)
  await tab.page.getByText('You are offline.').waitFor()
  await tab.button('Run all').click()
  await tab.output(1).frameLocator('iframe').getByText('still here').waitFor()
  expect(await tab.agent().innerText()).toContain('Ready')
  await tab.context.setOffline(false)
  await tab.page.getByText('You are offline.').waitFor({ state: 'detached' })
  await tab.close()
})

test('notebooks are made, renamed and deleted, files included', async () => {
  const tab = await studio.open()
  await tab.button('New HTML notebook').click()
  await tab.page.getByRole('link', { name: 'Untitled page' }).waitFor()
  await tab.untilCells(1)
  const id = /#\/(.*)$/.exec(tab.page.url())?.[1] ?? ''
  const title = tab.page.getByRole('textbox', { name: 'Title of the notebook' })
  await title.fill('Mine')
  await title.press('Enter')
  await tab.page.getByRole('link', { name: 'Mine', exact: true }).waitFor()
  await tab.page.reload()
  await tab.ready()
  await tab.untilTitle('Mine')
  await tab.button('Delete Mine').click()
  await tab.button('Delete').click()
  await tab.page.getByRole('link', { name: 'Mine', exact: true }).waitFor({ state: 'detached' })
  await expect.poll(() => storedNames(tab), { timeout: 15_000 }).not.toContain(id)
  await tab.close()
})

/** Names in the private files and the storage of the browser. */
const storedNames = ({ page }: StudioPage): Promise<string> =>
  page.evaluate(async () => {
    const names = Object.entries(localStorage).flat()
    const root = await navigator.storage.getDirectory()
    for await (const name of root.keys()) names.push(name)
    return names.join('\n')
  })
