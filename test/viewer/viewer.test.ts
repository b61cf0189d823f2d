import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createActor, createMachine } from 'xstate'
import { createInspection, openInspectionEndpoint } from '../../src/inspection/index.js'
import { requestOf } from '../support/notebooks.js'
import { launchChromium } from '../support/chromium.js'
import { cleanUp } from '../support/test-registry.js'
import { buildViewer, startFleet, takePicture, type Fleet } from './support.js'

let browser: Browser
beforeAll(async () => {
  buildViewer()
  browser = await launchChromium()
})
afterAll(() => browser.close())

async function openViewer(
  { endpoint }: Pick<Fleet, 'endpoint'>,
  colorScheme: 'light' | 'dark' = 'light',
): Promise<Page> {
  const page = await browser.newPage({ viewport: { width: 1600, height: 1000 }, colorScheme })
  cleanUp(() => page.close())
  const errors: string[] = []
  page.on('pageerror', (error) => errors.push(error.message))
  page.on('console', (message) => {
    const isOver = message.text().includes('ERR_CONNECTION_REFUSED')
    if (message.type() === 'error' && !isOver) errors.push(message.text())
  })
  page.on('request', (request) => {
    if (new URL(request.url()).host !== `127.0.0.1:${endpoint.port}`)
      errors.push(`asked for ${request.url()}`)
  })
  await page.goto(endpoint.viewerUrl)
  await page.getByRole('status').getByText('Live').waitFor({ timeout: 15_000 })
  cleanUp(() => Promise.resolve(expect(errors).toEqual([])))
  return page
}

const activeState = (page: Page) =>
  page.locator('.panel .state[data-active]').last().getAttribute('data-state')

/** Texts of the page that are cut off by their box, or lie over another text of the same drawing. */
const badTexts = (page: Page) =>
  page.evaluate(() => {
    const texts = [...document.querySelectorAll('.panel svg text, .time-line svg text, .sequence svg text')]
    const boxes = texts.map((text) => ({ text, box: text.getBoundingClientRect(), svg: text.closest('svg') }))
    const cut = boxes.filter(({ box, svg }) => {
      const sheet = svg?.getBoundingClientRect()
      return sheet === undefined || box.left < sheet.left - 1 || box.right > sheet.right + 1
    })
    const over = boxes.filter(({ box, svg, text }) =>
      boxes.some((other) => {
        if (other.text === text || other.svg !== svg) return false
        const across = Math.min(box.right, other.box.right) - Math.max(box.left, other.box.left)
        const down = Math.min(box.bottom, other.box.bottom) - Math.max(box.top, other.box.top)
        return across > 1 && down > 4
      }),
    )
    return [...cut, ...over].map(({ text }) => text.textContent)
  })

describe.each([1, 10, 100])('the viewer with %i agents', (size) => {
  test(
    'lists every agent with its state, and shows the chart of the chosen one',
    { timeout: 300_000 },
    async () => {
      const fleet = await startFleet(size)
      const page = await openViewer(fleet)
      await page.getByText(size === 1 ? '1 agent' : `${size} agents`).waitFor()
      await expect.poll(() => activeState(page)).toBe('executing')
      await takePicture(page, `viewer-${size}`)
      expect(await badTexts(page)).toEqual([])
      expect(await page.locator('.tree .row').count()).toBeLessThan(60)
      const last = fleet.stores.at(-1)?.storeId ?? ''
      await page.locator('.tree .rows').evaluate((rows) => (rows.scrollTop = rows.scrollHeight))
      const row = page.getByRole('button', { name: `agent:${last} ` }).first()
      await row.click()
      await page.getByRole('heading', { name: `agent:${last}` }).waitFor()
      const state = size === 1 ? 'executing' : 'failed'
      await expect.poll(() => activeState(page)).toBe(state)
      expect(await row.locator('.state-badge').textContent()).toBe(state)
      await takePicture(page, `viewer-${size}-last`)
      expect(await badTexts(page)).toEqual([])
    },
  )
})

test('an execution has its own chart, and disappears from the tree when it has ended', async () => {
  const fleet = await startFleet(1)
  const page = await openViewer(fleet, 'dark')
  await page
    .locator('.tree')
    .getByRole('button', { name: /^execution/ })
    .click()
  await expect.poll(() => activeState(page)).toBe('handling')
  await takePicture(page, 'viewer-execution-dark')
  fleet.release()
  await expect.poll(() => activeState(page)).toBe('succeeded')
  await expect
    .poll(() =>
      page
        .locator('.tree')
        .getByRole('button', { name: /^execution/ })
        .count(),
    )
    .toBe(0)
})

test('travels in time: the tree, the chart, the messages and the slider show the moment', async () => {
  const fleet = await startFleet(1)
  const page = await openViewer(fleet)
  await expect.poll(() => activeState(page)).toBe('executing')
  const states: (string | null)[] = []
  for (const back = page.getByRole('button', { name: '◀ Step' }); await back.isEnabled();) {
    await back.click()
    states.push(await activeState(page))
  }
  expect(states.slice(-4)).toEqual(['executing', 'running', 'starting', 'idle'])
  expect(await page.locator('.sequence .message').count()).toBe(0)
  await takePicture(page, 'viewer-back')
  fleet.stores[0]?.commit(requestOf('q2', 'c0', 3))
  await page.getByRole('button', { name: 'Step ▶' }).click()
  await expect.poll(() => activeState(page)).toBe('starting')
  await page.getByRole('slider', { name: 'Time' }).press('Home')
  await expect
    .poll(() =>
      page
        .locator('.tree')
        .getByRole('button', { name: /^agent/ })
        .count(),
    )
    .toBeLessThan(2)
  await page.getByRole('button', { name: 'Latest' }).click()
  await expect.poll(() => activeState(page)).toBe('executing')
})

test('the sequence tells who sent what to whom', async () => {
  const fleet = await startFleet(1)
  const page = await openViewer(fleet)
  const agent = `agent:${fleet.stores[0]?.storeId}`
  const message = (text: string) => page.locator('.sequence').getByRole('img', { name: text })
  await message(`(outside) to ${agent}, agent.start`).first().waitFor()
  await message(`runtime to ${agent}, done: runtime`).first().waitFor()
  await message('claim to execution, done: claim').first().waitFor()
  await message(`execution to ${agent}, done: execution`).first().waitFor()
  const names = await page
    .locator('.sequence .message svg')
    .evaluateAll((rows) => rows.map((row) => row.getAttribute('aria-label')?.replace(/^[\d:.]+ /, '')))
  expect(names.slice(0, 7)).toEqual([
    `(outside) to ${agent}, agent.start`,
    `runtime to ${agent}, done: runtime`,
    `(outside) to ${agent}, execution.request`,
    `(outside) to ${agent}, execution.request`,
    'claim to execution, done: claim',
    'handler to execution, handler.settled',
    `execution to ${agent}, done: execution`,
  ])
})

test('a machine of somebody else is laid out in the page', async () => {
  const endpoint = await openInspectionEndpoint()
  cleanUp(() => endpoint.close())
  const inspection = createInspection({ target: endpoint })
  const door = createMachine({
    id: 'door',
    initial: 'closed',
    states: {
      closed: { on: { open: 'ajar.wide' } },
      ajar: { initial: 'narrow', states: { narrow: {}, wide: {} } },
    },
  })
  const actor = createActor(door, { id: 'front door', inspect: inspection.inspect }).start()
  cleanUp(() => Promise.resolve(actor.stop()))
  const page = await openViewer({ endpoint })
  await expect.poll(() => activeState(page)).toBe('closed')
  actor.send({ type: 'open' })
  await expect.poll(() => activeState(page)).toBe('ajar.wide')
  await expect.poll(() => page.locator('.edge[data-last]').count()).toBe(1)
  await takePicture(page, 'viewer-door')
})

test('what was told stays when the program has ended', async () => {
  const fleet = await startFleet(1)
  const page = await openViewer(fleet)
  await expect.poll(() => activeState(page)).toBe('executing')
  await fleet.endpoint.close()
  await page.getByText('The run has ended').waitFor()
  expect(await activeState(page)).toBe('executing')
})
