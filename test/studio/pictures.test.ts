import { afterAll, beforeAll, expect, test } from 'vitest'
import { startStudio, type Studio } from './studio.js'

let studio: Studio

beforeAll(async () => {
  studio = await startStudio()
})

afterAll(() => studio?.close())

const sizes = [
  { width: 1440, height: 900 },
  { width: 390, height: 844 },
] as const

test.each(
  sizes.flatMap((viewport) => (['light', 'dark'] as const).map((colorScheme) => ({ viewport, colorScheme }))),
)('a picture in $colorScheme, $viewport.width pixels wide, and nothing stands out of it', async (look) => {
  const tab = await studio.open(look)
  await tab.openNotebook('First steps in HTML')
  await tab.button('Run all').click()
  await tab.output(3).frameLocator('iframe').locator('svg').waitFor()
  await tab.state(3).getByText('Done').waitFor()
  const { width } = look.viewport
  await tab.picture(`${look.colorScheme}-${width}`)
  const overhang = await tab.page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
  expect(overhang).toBeLessThanOrEqual(0)
  await tab.close()
})
