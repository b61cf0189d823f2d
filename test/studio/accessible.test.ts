import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { AxeResults } from 'axe-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startStudio, type Studio, type StudioPage } from './studio.js'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

let studio: Studio

beforeAll(async () => {
  studio = await startStudio()
})

afterAll(() => studio?.close())

/** What axe finds wrong with the page as it is, frames included. */
async function violations({ page }: StudioPage): Promise<string[]> {
  await page.evaluate(axe)
  const results = await page.evaluate(() => (globalThis as unknown as { axe: Axe }).axe.run())
  return results.violations.map(
    ({ id, nodes }) =>
      `${id}: ${nodes.map(({ html, failureSummary }) => `${html} ${failureSummary}`).join(' | ')}`,
  )
}

interface Axe {
  run(): Promise<AxeResults>
}

test.each(['light', 'dark'] as const)('axe finds nothing wrong in %s', async (colorScheme) => {
  const tab = await studio.open({ colorScheme, viewport: { width: 1440, height: 900 } })
  expect(await violations(tab)).toEqual([])
  await tab.openNotebook('First steps in HTML')
  await tab.button('Run all').click()
  await tab.state(3).getByText('Done').waitFor()
  await tab.cell(2).locator('.cell-body').first().click()
  await tab.page.locator('.cm-editor').first().waitFor()
  expect(await violations(tab)).toEqual([])
  for (const panel of ['Charts', 'History', 'Events']) {
    await tab.page.getByRole('tab', { name: panel }).click()
    await tab.page.locator('.state-chart, .log-rows li').first().waitFor()
    expect(await violations(tab)).toEqual([])
  }
  await tab.button('Inspect').click()
  await tab.page.locator('.inspector .state-chart').waitFor()
  expect(await violations(tab)).toEqual([])
  await tab.picture(`inspector-${colorScheme}`)
  await tab.button('Inspect').click()
  await tab.button('Keys').click()
  await tab.page.getByRole('dialog', { name: 'Keys' }).waitFor()
  expect(await violations(tab)).toEqual([])
  await tab.close()
})
