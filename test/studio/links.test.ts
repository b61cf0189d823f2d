import type { Locator } from 'playwright-core'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { listenOutside, type Outside } from '../support/outside.js'
import { notebookOf, startStudio, type Studio, type StudioPage } from './studio.js'

vi.setConfig({ testTimeout: 180_000 })

let studio: Studio
let tab: StudioPage
let outside: Outside

beforeAll(async () => {
  outside = await listenOutside()
  studio = await startStudio()
  tab = await studio.open()
  const link = `http://${outside.host}/`
  const markdown = [
    `[plain](${link})`,
    `<svg viewBox="0 0 9 9" width="90"><a href="${link}"><rect width="9" height="9"/></a></svg>`,
    `<svg viewBox="0 0 9 9" width="90"><a xlink:href="${link}"><rect width="9" height="9"/></a></svg>`,
    `<svg viewBox="0 0 9 9" width="90"><a target="_top" href="${link}"><rect width="9" height="9"/></a></svg>`,
    `<img usemap="#places" width="90" height="90" alt="" src="data:image/gif;base64,R0lGODlhAQABAAAAACw="><map name="places"><area shape="rect" coords="0,0,90,90" href="${link}"></map>`,
  ]
  const outputs = [
    { output_type: 'stream', name: 'stdout', text: `\u001b]8;;${link}\u0007terminal\u001b]8;;\u0007` },
    ...markdown.map((text) => ({
      output_type: 'display_data',
      metadata: {},
      data: { 'text/markdown': text },
    })),
  ]
  const notebook = JSON.parse(
    notebookOf(
      outputs.map(() => ''),
      'html',
    ),
  ) as { cells: object[] }
  notebook.cells = notebook.cells.map((cell, index) => ({ ...cell, outputs: [outputs[index]] }))
  await tab.openFile('links.ipynb', JSON.stringify(notebook))
})

afterAll(async () => {
  await studio?.close()
  await outside?.close()
})

const places: readonly (readonly [name: string, find: (output: Locator) => Locator])[] = [
  ['a terminal’s text', (output) => output.getByText('terminal')],
  ['Markdown', (output) => output.getByText('plain')],
  ['a picture in Markdown', (output) => output.locator('svg rect')],
  ['a picture of the older kind in Markdown', (output) => output.locator('svg rect')],
  ['a picture that asks for the whole window', (output) => output.locator('svg rect')],
  ['a map in Markdown', (output) => output.locator('img')],
]

test.each(places.map(([name, find], index) => ({ name, find, number: index + 1 })))(
  'a link of $name opens outside of the studio, which stays',
  async ({ find, number }) => {
    const address = tab.page.url()
    const opened = tab.context.waitForEvent('page')
    await find(tab.output(number)).click({ position: { x: 5, y: 5 } })
    const page = await opened
    expect(await page.evaluate(() => window.opener)).toBeNull()
    await page.close()
    expect(tab.page.url()).toBe(address)
    await tab.cell(number).waitFor()
  },
)
