import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, BrowserContext, BrowserContextOptions, Locator, Page } from 'playwright-core'
import { studioFolder } from '../../src/cli/studio/studio-files.js'
import { startStudioServer, type StudioServer } from '../../src/cli/studio/studio-server.js'
import { launchChromium } from '../support/chromium.js'

/** Where pictures of the studio are kept; git ignores it. */
const picturesFolder = join(studioFolder, '../studio-pictures')

/** The built studio on a server of its own, and a browser to look at it. */
export interface Studio {
  readonly url: string
  readonly browser: Browser
  /** A new browser profile with the studio in one tab. */
  open(options?: BrowserContextOptions): Promise<StudioPage>
  close(): Promise<void>
}

/** Starts the server and the browser. Throws when the studio was not built. */
export async function startStudio(): Promise<Studio> {
  if (!existsSync(`${studioFolder}/index.html`)) throw new Error('Run "npm run build:studio" first.')
  const server: StudioServer = await startStudioServer({ folder: studioFolder, port: 0, mayMove: true })
  const browser = await launchChromium()
  return {
    url: server.url,
    browser,
    async open(options) {
      const context = await browser.newContext(options)
      const page = new StudioPage(await context.newPage(), context)
      await page.load(server.url)
      return page
    },
    async close() {
      await browser.close()
      await server.close()
    },
  }
}

/** Milliseconds that anything may take to show; on a busy machine Python alone takes half of that to load. */
const patience = 60_000

/** A tab with the studio, in the words of a person who uses it. */
export class StudioPage {
  readonly page: Page
  readonly context: BrowserContext
  /** What the page complained about. */
  readonly problems: string[] = []

  constructor(page: Page, context: BrowserContext) {
    this.page = page
    this.context = context
    context.setDefaultTimeout(patience)
    page.on('pageerror', (error) => this.problems.push(error.message))
    page.on('console', (message) => {
      if (message.type() === 'error') this.problems.push(message.text())
    })
  }

  async load(url: string): Promise<void> {
    await this.page.goto(url)
    await this.ready()
  }

  /** Waits until a notebook is shown. */
  async ready(): Promise<void> {
    await this.button('Run all').waitFor()
    await this.cell(1).waitFor()
  }

  /** Another tab of the same profile. */
  async secondTab(): Promise<StudioPage> {
    const tab = new StudioPage(await this.context.newPage(), this.context)
    await tab.load(this.page.url())
    return tab
  }

  button(name: string): Locator {
    return this.page.getByRole('button', { name, exact: true })
  }

  /** From 1. */
  cell(number: number): Locator {
    return this.page.getByRole('region', { name: new RegExp(`^\\w+ cell ${number}$`) })
  }

  /** Selects a cell without editing it. */
  select(number: number): Promise<void> {
    return this.cell(number).dispatchEvent('mousedown')
  }

  cells(): Locator {
    return this.page.getByRole('region', { name: /^\w+ cell \d+$/ })
  }

  /** The state of a cell in words, with what stands beside it. */
  state(number: number): Locator {
    return this.cell(number).locator('.cell-status .badge')
  }

  output(number: number): Locator {
    return this.cell(number).locator('.outputs')
  }

  /** The state of the agent in the toolbar. */
  agent(): Locator {
    return this.page.locator('.toolbar-state')
  }

  async openNotebook(title: string): Promise<void> {
    const menu = this.button('Notebooks')
    if (await menu.isVisible()) await menu.click()
    const list = this.page.getByRole('navigation', { name: 'Notebooks' })
    await list.getByRole('link', { name: title, exact: true }).click()
    await this.untilTitle(title)
    await this.ready()
  }

  /** Waits until this many cells are shown. Throws a `TimeoutError` of Playwright. */
  async untilCells(count: number, timeout = 20_000): Promise<void> {
    const isThere = (wanted: number) => document.querySelectorAll('[data-cell]').length === wanted
    await this.page.waitForFunction(isThere, count, { timeout })
  }

  async untilTitle(title: string): Promise<void> {
    const isThere = (wanted: string) => document.querySelector<HTMLInputElement>('h1 input')?.value === wanted
    await this.page.waitForFunction(isThere, title)
  }

  /** Opens notebook files as the button does. */
  async openFile(name: string, text: string, title = name.replace(/\.ipynb$/, '')): Promise<void> {
    const file = { name, mimeType: 'application/x-ipynb+json', buffer: Buffer.from(text) }
    await this.page.locator('input[type=file]').setInputFiles(file)
    await this.untilTitle(title)
    await this.ready()
  }

  /** Keeps a picture of the page as it is, for people. */
  async picture(name: string): Promise<void> {
    await this.page.screenshot({ path: join(picturesFolder, `${name}.png`) })
  }

  async close(): Promise<void> {
    await this.context.close()
  }
}

/** The text of a notebook file with these code cells. */
export function notebookOf(sources: readonly string[], kernel = 'python3'): string {
  return JSON.stringify({
    cells: sources.map((source, index) => ({
      cell_type: 'code',
      id: `cell-${index + 1}`,
      metadata: {},
      execution_count: null,
      outputs: [],
      source,
    })),
    metadata: { kernelspec: { name: kernel, display_name: kernel, language: kernel } },
    nbformat: 4,
    nbformat_minor: 5,
  })
}
