import { errors, type Page } from 'playwright-core'
import type { Studio, StudioPage } from './studio.js'

/** What became of one notebook while its leading tab was closed again and again. */
export interface HandoverReport {
  readonly times: number
  /** Events that were asked for in all tabs. */
  readonly asked: number
  readonly lost: number
  /** Tabs that did not get there in time. */
  readonly stuck: number
  /** Milliseconds until the surviving tab showed everything, by time. */
  readonly milliseconds: readonly number[]
}

/**
 * Has two tabs on one notebook, closes the one that leads while both commit, and goes on with the other and a new one. Every event is
 * a cell that is added by a key. At the end a third tab reads what is stored.
 */
export async function closeLeaders(studio: Studio, times: number): Promise<HandoverReport> {
  let leader = await studio.open()
  await leader.openNotebook('First steps in HTML')
  let expected = await leader.cells().count()
  const first = expected
  const milliseconds: number[] = []
  let stuck = 0
  for (let time = 0; time < times; time += 1) {
    const other = await leader.secondTab()
    await settled(other, expected)
    await Promise.all([select(leader), select(other)])
    const [before, after] = await Promise.all([pressAndClose(leader), press(other.page, 6)])
    expected += before + after + (await press(other.page, 1))
    const start = performance.now()
    const isThere = await settled(other, expected)
    milliseconds.push(Math.round(performance.now() - start))
    if (!isThere) stuck += 1
    leader = other
  }
  const reader = await leader.secondTab()
  await settled(reader, expected)
  const found = await reader.cells().count()
  await reader.close()
  return { times, asked: expected - first, lost: expected - found, stuck, milliseconds }
}

const select = ({ page }: StudioPage) =>
  page
    .locator('[data-cell]')
    .first()
    .locator('.gutter')
    .click({ position: { x: 4, y: 40 } })

async function pressAndClose({ page }: StudioPage): Promise<number> {
  const pressed = await press(page, 2)
  await page.close()
  return pressed
}

/** How many of the key presses reached the page. */
async function press(page: Page, times: number): Promise<number> {
  for (let count = 0; count < times; count += 1) await page.keyboard.press('b')
  return times
}

async function settled(tab: StudioPage, count: number): Promise<boolean> {
  try {
    await tab.untilCells(count)
    return true
  } catch (error) {
    if (error instanceof errors.TimeoutError) return false
    throw error
  }
}
