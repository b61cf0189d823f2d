import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { startStudio, type Studio } from './studio.js'

/** Python takes a while to load on a busy machine. */
vi.setConfig({ testTimeout: 180_000 })

let studio: Studio

beforeAll(async () => {
  studio = await startStudio()
})

afterAll(() => studio?.close())

test('the sample notebooks run in HTML and in Python, and what they show is there', async () => {
  const tab = await studio.open()
  await tab.openNotebook('First steps in HTML')
  await tab.button('Run all').click()
  await tab.state(2).getByText('Done').waitFor()
  const greeting = tab.output(2).frameLocator('iframe').getByRole('heading', { name: 'Hello from a cell' })
  await greeting.waitFor()
  await tab.openNotebook('A first run')
  await tab.button('Run all').click()
  await tab.state(6).getByText('Done').waitFor()
  expect(await tab.output(2).innerText()).toContain('Hello from Python 3.')
  await tab.output(4).frameLocator('iframe').getByRole('cell', { name: 'Jupiter' }).waitFor()
  expect(await tab.output(5).innerText()).toContain('Jupiter')
  await tab.output(6).frameLocator('iframe').locator('svg').waitFor()
  expect(tab.problems).toEqual([])
  await tab.close()
})
