import type { BrowserContext, Worker } from 'playwright-core'
import { notebookOf, StudioPage, type Studio } from '../studio/studio.js'
import { RuntimeGate } from './runtime-gate.js'
import {
  beginToLook,
  displaceSession,
  endStore,
  goOff,
  holdLongTimers,
  readPage,
  type PageReading,
} from './studio-onlooker.js'

/** Code cells of a walked notebook. */
export const cellCount = 4

/** Timers of the page that take as long as this, in milliseconds, go off only when they are told to: all that a person can notice. */
const shortestHeldMs = 500

/** A cell that goes on until it is told how to end, whatever interrupts it. */
const obedientCell = `import asyncio, js
def verdict():
    return getattr(js, 'verdict', None)
js.cellState = 'at work'
while verdict() is None:
    try:
        while verdict() is None:
            await asyncio.sleep(0.01)
    except KeyboardInterrupt:
        js.cellState = 'told to stop'
said, js.verdict, js.cellState = verdict(), None, None
if said == 'error':
    raise Exception('it says no')`

interface WorkerScope {
  verdict: 'ok' | 'error' | undefined
  cellState: CellState | undefined
}

export type CellState = 'at work' | 'told to stop'

/** A tab with the studio that is walked, notebook after notebook: the hands of a person, and eyes that see more than a person's. */
export class WalkedTab {
  readonly gate: RuntimeGate
  readonly #tab: StudioPage
  #count = 0
  /** What the page may complain about: files that were turned away, a store that was ended. */
  #caused: readonly string[] = ['net::ERR_FAILED']

  /** With `change`, of a studio whose scripts are changed on their way to the page. */
  static async open(studio: Studio, change?: (script: string) => string): Promise<WalkedTab> {
    const context = await studio.browser.newContext({ viewport: { width: 1440, height: 900 } })
    await context.addInitScript(holdLongTimers, shortestHeldMs)
    if (change) await changeScripts(context, change)
    const gate = await RuntimeGate.before(context)
    const tab = new StudioPage(await context.newPage(), context)
    await tab.load(studio.url)
    await tab.page.getByRole('tab', { name: 'Charts' }).click()
    await tab.page.getByRole('region', { name: 'Agent chart' }).waitFor()
    return new WalkedTab(tab, gate)
  }

  private constructor(tab: StudioPage, gate: RuntimeGate) {
    this.#tab = tab
    this.gate = gate
  }

  get isClosed(): boolean {
    return this.#tab.page.isClosed()
  }

  /** Shows a new notebook, whose agent is looked at from now on. */
  async begin(): Promise<void> {
    this.#tab.problems.splice(0)
    const name = `walked-${++this.#count}`
    await this.#tab.openFile(name, notebookOf(Array.from({ length: cellCount }, () => obedientCell)))
    await this.#tab.page.getByRole('tab', { name: 'Agent', exact: true }).click()
    await this.#tab.page.evaluate(beginToLook)
  }

  /** Ends the agent of the notebook. Throws what the page complained about. */
  async end(): Promise<void> {
    const isUp = (await this.#tab.button('Stop').getAttribute('aria-disabled')) === null
    if (isUp) await this.press('Stop')
    await this.#tab.agent().getByText('Not started').waitFor()
    await this.gate.dismiss()
    const isCaused = (problem: string) => this.#caused.some((text) => problem.includes(text))
    const problems = this.#tab.problems.filter((problem) => !isCaused(problem))
    if (problems.length > 0) throw new Error(`The page complained: ${problems.join('; ')}`)
  }

  close(): Promise<void> {
    return this.#tab.close()
  }

  press(name: string): Promise<void> {
    return this.#tab.button(name).last().click({ timeout: 20_000 })
  }

  /** Lets timers of the page go off. Throws when there is none of this delay. */
  async goOff(delay: number, which: 'latest' | 'all' = 'latest'): Promise<void> {
    if (await this.#tab.page.evaluate(goOff, { delay, which })) return
    throw new Error(`The page has no timer of ${delay} ms.`)
  }

  /** Undefined while the page is too busy to be read. */
  read(): Promise<PageReading | undefined> {
    return this.#tab.page.evaluate(readPage).catch(() => undefined)
  }

  /** What the running cell says; nothing while its worker comes or goes. */
  async readCell(): Promise<CellState | undefined> {
    const reading = this.#python?.evaluate(() => (globalThis as unknown as WorkerScope).cellState)
    return reading?.catch(() => undefined)
  }

  /** Tells the running cell how to end. */
  async decide(verdict: 'ok' | 'error'): Promise<void> {
    await this.#python?.evaluate((value) => {
      ;(globalThis as unknown as WorkerScope).verdict = value
    }, verdict)
  }

  /** Ends the worker through the DevTools protocol, as its console would. */
  async endPython(): Promise<void> {
    await this.#python?.evaluate(() => close()).catch(() => undefined)
  }

  /** As another client that takes the notebook over. */
  displaceSession(): Promise<void> {
    return this.#tab.page.evaluate(displaceSession)
  }

  endStore(): Promise<void> {
    this.#caused = [...this.#caused, 'An event was not recorded']
    return this.#tab.page.evaluate(endStore)
  }

  /** The worker of the runtime that came last. */
  get #python(): Worker | undefined {
    return this.#tab.page.workers().findLast((one) => one.url().startsWith('blob:null/'))
  }
}

async function changeScripts(context: BrowserContext, change: (script: string) => string): Promise<void> {
  await context.route('**/assets/*.js', async (route) => {
    const response = await route.fetch()
    await route.fulfill({ response, body: change(await response.text()) })
  })
}
