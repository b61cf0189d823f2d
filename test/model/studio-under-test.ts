import type { BrowserContext, Worker } from 'playwright-core'
import type { ModelEvent } from '../../src/testing/agent.model.js'
import { eventName, labelText } from '../../src/testing/transitions.js'
import { notebookOf, StudioPage, type Studio } from '../studio/studio.js'
import { expectedSessions, lifeOf } from './agent-under-test.js'
import type { AgentModelSnapshot } from './agent-check.js'
import { RuntimeGate } from './runtime-gate.js'
import { beginToLook, goOff, holdLongTimers, readPage, type PageReading } from './studio-onlooker.js'
import { causes, shownAgent, shownCause, shownCell, type Cause, type ShownAgent } from './studio-promise.js'
import type { Subject } from './walk-path.js'

/** Delays of the agent's timers in the studio, in milliseconds. */
const delays = {
  tick: 500,
  forceOffer: 5_000,
  startTimeout: 60_000,
  window: 60_000,
  warning: 120_000,
  stable: 600_000,
  idle: 1_680_000,
} as const

/** Milliseconds between looks at the page. */
const pauseMs = 50

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

const cellCount = 4

interface Scope {
  verdict: 'ok' | 'error' | undefined
  cellState: 'at work' | 'told to stop' | undefined
}

/** What can be seen of the studio: its machine, its rows and what it shows. */
interface Observation extends Omit<ShownAgent, 'badge'> {
  readonly machine: Record<string, unknown>
  readonly chart: string
  readonly rows: readonly string[]
  readonly sessions: readonly string[]
  readonly badges: readonly (string | null)[]
  readonly cells: readonly (string | null)[]
  readonly runnable: readonly boolean[]
}

/** The built studio in Chromium, used as a person uses it, with Python in the page. */
export class StudioUnderTest implements Subject {
  /** A cancellation is told again whenever rows change, until the agent is done with it. */
  readonly echoes = ['executing | execution.cancel | cancelled request is running']
  readonly #tab: StudioPage
  readonly #gate: RuntimeGate
  #reading: PageReading | undefined
  #cellState: Scope['cellState']
  #taken: string[] = []
  #looking: Promise<void> = Promise.resolve()
  #isLooking = false
  #cause: Cause | undefined
  /** Of each row, in request order. */
  readonly #cellsOfRows: number[] = []
  readonly #causesOfRows = new Map<number, Cause | undefined>()
  #isCellError = false

  /** With `change`, a studio whose scripts are changed on their way to the page. */
  static async open(studio: Studio, change?: (script: string) => string): Promise<StudioUnderTest> {
    const context = await studio.browser.newContext({ viewport: { width: 1440, height: 900 } })
    await context.addInitScript(holdLongTimers, delays.tick)
    if (change) await changeScripts(context, change)
    const gate = await RuntimeGate.before(context)
    const tab = new StudioPage(await context.newPage(), context)
    await tab.load(studio.url)
    await tab.openFile('walked.ipynb', notebookOf(Array.from({ length: cellCount }, () => obedientCell)))
    await tab.page.getByRole('tab', { name: 'Charts' }).click()
    await tab.page.getByRole('region', { name: 'Agent chart' }).waitFor()
    await tab.page.getByRole('tab', { name: 'Agent' }).click()
    await tab.page.evaluate(beginToLook)
    return new StudioUnderTest(tab, gate)
  }

  private constructor(tab: StudioPage, gate: RuntimeGate) {
    this.#tab = tab
    this.#gate = gate
  }

  async perform(event: ModelEvent): Promise<void> {
    await this.#stopLooking()
    this.#cause = causes[event.type] ?? this.#cause
    this.#isCellError = event.type === 'HANDLER_ERROR'
    await this.#drive(event)
    this.#reading = undefined
    this.#isLooking = true
    this.#looking = this.#look()
  }

  get taken(): readonly string[] {
    return this.#taken
  }

  forgetTaken(): void {
    this.#taken = []
  }

  /** A runtime that starts waits at the gate; a cell that runs has begun, and has heard what it was told. */
  isAtRest({ value, context }: AgentModelSnapshot): boolean {
    if (value === 'starting') return this.#gate.isHolding
    if (value !== 'executing') return true
    return this.#cellState === (context.ending === 'nothing' ? 'at work' : 'told to stop')
  }

  observe(): Observation | undefined {
    if (!this.#reading?.machine) return undefined
    const { machine, chart, rows, sessions, toolbar, panel, cells, ...shown } = this.#reading
    const { restartDelayMs: _delay, currentCell, nextCell: _next, ...seen } = machine
    const waiting = machine.state === 'stopped' ? 0 : machine.waiting
    return {
      machine: { ...seen, waiting, isExecuting: currentCell !== null },
      chart: chart.join(),
      rows: rows.map(({ status }) => status),
      sessions: sessions
        .toSorted((left, right) => lifeOf(left.sessionId) - lifeOf(right.sessionId))
        .map(({ isActive, status }) => (isActive ? status : 'over')),
      badges: [toolbar.text, panel],
      hint: shown.hint,
      isCountingDown: shown.isCountingDown,
      waiting: { toolbar: toolbar.detail, fact: shown.waitingFact ?? '' },
      buttons: pick(shown.buttons, agentButtons),
      cells: cells.map(({ text }) => text),
      runnable: cells.map(({ isRunnable }) => isRunnable),
    }
  }

  expected(after: AgentModelSnapshot): Observation {
    const { value, context } = after
    const { badge, ...shown } = shownAgent(after, shownCause(after, this.#cause))
    const state = String(value)
    this.#explainFailedRows(after)
    const isOpen = context.rows.map(
      (row, index) => row === 'pending' || row === 'executing' || index === context.current,
    )
    const lastRows = Array.from({ length: cellCount }, (_, cell) => this.#cellsOfRows.lastIndexOf(cell))
    return {
      machine: {
        state,
        waiting: context.rows.filter((row) => row === 'pending').length,
        restartsInWindow: context.restartsInWindow,
        isShaky: context.isShaky,
        isPinned: context.isPinned,
        isCullNear: context.isCullNear,
        isExecuting: context.current !== null,
      },
      chart: state === 'stopped' ? '' : state,
      rows: context.rows,
      sessions: expectedSessions(state, context),
      badges: [badge, badge],
      ...shown,
      cells: lastRows.map((row) => (row < 0 ? null : shownCell(context, row, this.#causesOfRows.get(row)))),
      runnable: lastRows.map((row) => row < 0 || !isOpen[row]),
    }
  }

  async close(): Promise<void> {
    await this.#stopLooking()
    const { problems } = this.#tab
    await this.#tab.close()
    const unexpected = problems.filter((problem) => !problem.includes('net::ERR_FAILED'))
    if (unexpected.length > 0) throw new Error(`The page complained: ${unexpected.join('; ')}`)
  }

  async abandon(): Promise<void> {
    this.#isLooking = false
    await this.#tab.close().catch(() => undefined)
  }

  async #drive(event: ModelEvent): Promise<void> {
    switch (event.type) {
      case 'START':
        return this.#press('Start')
      case 'STOP':
        return this.#press('Stop')
      case 'RESTART':
        return this.#press('Restart')
      case 'INTERRUPT':
        return this.#press('Interrupt')
      case 'KEEP':
        return this.#press('Keep it')
      case 'PIN':
        return this.#press('Pin: stay when idle')
      case 'UNPIN':
        return this.#press('Pinned: stays when idle')
      case 'REQUEST':
        return this.#request()
      case 'CANCEL_WAITING':
        return this.#cancelWaiting()
      case 'CANCEL_RUNNING':
        return this.#press(`Cancel Code cell ${this.#numberOf(this.#reading?.machine?.currentCell)}`)
      case 'FORCE':
        await this.#goOff(delays.forceOffer, 'all')
        return this.#press('End by force')
      case 'RUNTIME_UP':
        return this.#gate.letIn()
      case 'START_FAILED':
        return this.#gate.turnAway()
      case 'START_TIMED_OUT':
        await this.#goOff(delays.startTimeout)
        return this.#gate.turnAway()
      case 'HANDLER_OK':
        return this.#decide('ok')
      case 'HANDLER_ERROR':
        return this.#decide('error')
      case 'HANDLER_CRASHED':
      case 'CRASH':
        return this.#endPython()
      case 'BACKOFF_ELAPSED':
        return this.#goOff(this.#reading?.machine?.restartDelayMs ?? 0)
      case 'COUNTDOWN_TICKED':
        return this.#goOff(delays.tick)
      case 'IDLE_NOTICED':
        return this.#goOff(delays.idle)
      case 'IDLE_OVER':
        return this.#goOff(delays.warning)
      case 'WINDOW_ELAPSED':
        return this.#goOff(delays.window, 'all')
      case 'STABLE_ELAPSED':
        return this.#goOff(delays.stable)
      case 'HANDLER_GONE':
      case 'CULLED_GONE':
      case 'RUNTIME_GONE':
        return
      default:
        throw new Error(`Nobody can do this to the studio: ${event.type}.`)
    }
  }

  #press(name: string): Promise<void> {
    return this.#tab.button(name).last().click({ timeout: 20_000 })
  }

  async #request(): Promise<void> {
    const open = this.#reading?.cells.map(({ isRunnable }) => !isRunnable) ?? []
    const cell = Array.from({ length: cellCount }, (_, index) => open[index] ?? false).indexOf(false)
    this.#cellsOfRows.push(cell)
    await this.#press(`Run Code cell ${cell + 1}`)
  }

  /** One alone is cancelled with all that wait, the first of several by itself. */
  #cancelWaiting(): Promise<void> {
    const { waiting, nextCell } = this.#reading?.machine ?? {}
    return this.#press(waiting === 1 ? 'Cancel what waits' : `Cancel Code cell ${this.#numberOf(nextCell)}`)
  }

  #numberOf(cellId: string | null | undefined): string {
    return cellId?.replace('cell-', '') ?? ''
  }

  async #goOff(delay: number, which: 'latest' | 'all' = 'latest'): Promise<void> {
    if (await this.#tab.page.evaluate(goOff, { delay, which })) return
    throw new Error(`The page has no timer of ${delay} ms.`)
  }

  /** The worker of the runtime that came last. */
  get #python(): Worker | undefined {
    return this.#tab.page.workers().findLast((one) => one.url().includes('web-worker'))
  }

  async #decide(verdict: 'ok' | 'error'): Promise<void> {
    await this.#python?.evaluate((value) => {
      ;(globalThis as unknown as Scope).verdict = value
    }, verdict)
  }

  async #endPython(): Promise<void> {
    await this.#python?.evaluate(() => close()).catch(() => undefined)
  }

  async #look(): Promise<void> {
    while (this.#isLooking) {
      const reading = await this.#tab.page.evaluate(readPage).catch(() => undefined)
      this.#cellState = reading?.machine?.state === 'executing' ? await this.#readCell() : undefined
      const taken = reading?.taken ?? []
      this.#taken.push(
        ...taken.map(({ state, eventType, guard }) =>
          labelText({ state, event: eventName(eventType), guard }),
        ),
      )
      this.#reading = reading
      await new Promise((resolve) => setTimeout(resolve, pauseMs))
    }
  }

  /** What the running cell says; nothing while its worker comes or goes. */
  async #readCell(): Promise<Scope['cellState']> {
    const reading = this.#python?.evaluate(() => (globalThis as unknown as Scope).cellState)
    return reading?.catch(() => undefined)
  }

  async #stopLooking(): Promise<void> {
    this.#isLooking = false
    await this.#looking
  }

  #explainFailedRows(after: AgentModelSnapshot): void {
    for (const [index, row] of after.context.rows.entries()) {
      if (row !== 'failed' || this.#causesOfRows.has(index)) continue
      this.#causesOfRows.set(
        index,
        this.#isCellError ? undefined : (shownCause(after, this.#cause) ?? this.#cause),
      )
    }
  }
}

async function changeScripts(context: BrowserContext, change: (script: string) => string): Promise<void> {
  await context.route('**/assets/*.js', async (route) => {
    const response = await route.fetch()
    await route.fulfill({ response, body: change(await response.text()) })
  })
}

/** The buttons that the model knows. */
const agentButtons = [
  'Start',
  'Stop',
  'Restart',
  'Interrupt',
  'Keep it',
  'Pin: stay when idle',
  'Pinned: stays when idle',
  'toolbar: Restart',
  'toolbar: Interrupt',
  'toolbar: Cancel what waits',
]

const pick = <Value>(values: Readonly<Record<string, Value>>, names: readonly string[]) =>
  Object.fromEntries(Object.entries(values).filter(([name]) => names.includes(name)))
