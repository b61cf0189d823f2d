import { mkdirSync, readFileSync } from 'node:fs'
import type { Browser, Page } from 'playwright-core'
import { renderToStaticMarkup } from 'react-dom/server'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { machineLayouts, type MachineName } from '../../src/chart/machine-layouts.js'
import { StateChart } from '../../src/chart/state-chart.js'
import { launchChromium } from '../support/chromium.js'

const css = readFileSync(new URL('../../src/chart/state-chart.css', import.meta.url), 'utf8')
const folder = process.env['SCREENSHOTS']

let browser: Browser
beforeAll(async () => {
  browser = await launchChromium()
})
afterAll(() => browser.close())

const moments = {
  registry: { value: 'draining', last: { from: 'active', to: 'draining', event: 'registry.drain' } },
  agent: { value: 'executing', last: { from: 'running', to: 'executing', event: 'execution.request' } },
  execution: {
    value: 'handling',
    last: { from: 'preparing', to: 'handling', event: 'xstate.done.actor.claim' },
  },
} as const satisfies Record<MachineName, unknown>

async function open(machine: MachineName, scheme: 'light' | 'dark'): Promise<Page> {
  const { width, height } = machineLayouts[machine]
  const page = await browser.newPage({
    viewport: { width: width + 40, height: height + 40 },
    colorScheme: scheme,
  })
  const chart = renderToStaticMarkup(<StateChart machine={machine} {...moments[machine]} />)
  const look =
    ':root { color-scheme: light dark; background: light-dark(#fff, #0f172a) } body { margin: 20px }'
  await page.setContent(`<style>${look}${css}</style>${chart}`)
  if (folder !== undefined) {
    mkdirSync(folder, { recursive: true })
    await page.screenshot({ path: `${folder}/chart-${machine}-${scheme}.png` })
  }
  return page
}

const machines = Object.keys(machineLayouts) as MachineName[]

describe.each(machines)('the chart of the %s in a browser', (machine) => {
  test('keeps every text inside its box, and no text over another', async () => {
    const page = await open(machine, 'light')
    const problems = await page.evaluate(() => {
      const texts = [...document.querySelectorAll('.state-chart text')]
      const boxOf = (element: Element) => element.getBoundingClientRect()
      const outside = texts.filter((text) => {
        const holder = text.parentElement?.querySelector('rect')
        if (!holder) return true
        const [inner, outer] = [boxOf(text), boxOf(holder)]
        return (
          inner.left < outer.left ||
          inner.right > outer.right ||
          inner.top < outer.top - 2 ||
          inner.bottom > outer.bottom + 2
        )
      })
      const over = texts.filter((text, index) =>
        texts.slice(index + 1).some((other) => {
          const [first, second] = [boxOf(text), boxOf(other)]
          const across = Math.min(first.right, second.right) - Math.max(first.left, second.left)
          const down = Math.min(first.bottom, second.bottom) - Math.max(first.top, second.top)
          return across > 1 && down > 3
        }),
      )
      return [...outside, ...over].map((text) => text.textContent)
    })
    expect(problems).toEqual([])
    await page.close()
  })
})

const luminance = (colour: string): number => {
  const channels = [...colour.matchAll(/[\d.]+/g)].slice(0, 3).map(([value]) => Number(value) / 255)
  const [red = 0, green = 0, blue = 0] = channels.map((channel) =>
    channel <= 0.03928 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4,
  )
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

function contrast(first: string, second: string): number {
  const [light = 0, dark = 0] = [luminance(first), luminance(second)].sort((a, b) => b - a)
  return (light + 0.05) / (dark + 0.05)
}

describe.each(['light', 'dark'] as const)('in a %s page', (scheme) => {
  test('the active state stands out from the others, and everything is readable', async () => {
    const page = await open('agent', scheme)
    const fill = (selector: string) =>
      page
        .locator(selector)
        .first()
        .evaluate((element) => getComputedStyle(element).fill)
    const [active, activeName] = [
      await fill('.atomic[data-active] .box'),
      await fill('.atomic[data-active] .name'),
    ]
    const [idle, idleName] = [
      await fill('.atomic:not([data-active]) .box'),
      await fill('.atomic:not([data-active]) .name'),
    ]
    const [label, labelText] = [await fill('.label rect'), await fill('.label text:not([data-last])')]
    const lastText = await fill('.label text[data-last]')
    expect(contrast(active, idle)).toBeGreaterThan(4.5)
    expect(contrast(active, activeName)).toBeGreaterThan(4.5)
    expect(contrast(idle, idleName)).toBeGreaterThan(4.5)
    expect(contrast(label, labelText)).toBeGreaterThan(4.5)
    expect(contrast(label, lastText)).toBeGreaterThan(4.5)
    await page.close()
  })
})
