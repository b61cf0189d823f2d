import type { ModelEvent } from '../../src/testing/agent.model.js'
import { eventName, labelText } from '../../src/testing/transitions.js'
import { expectedSessions, lifeOf } from './agent-under-test.js'
import type { AgentModelSnapshot } from './agent-check.js'
import type { PageReading } from './studio-onlooker.js'
import { causes, shownAgent, shownCause, shownCell, type Cause, type ShownAgent } from './studio-promise.js'
import type { Subject } from './walk-path.js'
import { cellCount, type CellState, type WalkedTab } from './walked-tab.js'

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
  readonly #tab: WalkedTab
  #reading: PageReading | undefined
  #cellState: CellState | undefined
  #taken: string[] = []
  #looking: Promise<void> = Promise.resolve()
  #isLooking = false
  /** Of the last step that did something, and of the last step that had one. */
  #newCause: Cause | undefined
  #cause: Cause | undefined
  /** Of each row, in request order. */
  readonly #cellsOfRows: number[] = []
  readonly #causesOfRows = new Map<number, Cause | undefined>()

  /** In a new notebook of the tab. */
  static async open(tab: WalkedTab): Promise<StudioUnderTest> {
    await tab.begin()
    return new StudioUnderTest(tab)
  }

  private constructor(tab: WalkedTab) {
    this.#tab = tab
  }

  async perform(event: ModelEvent): Promise<void> {
    await this.#stopLooking()
    if (event.type !== 'RUNTIME_GONE') this.#newCause = causes[event.type]
    this.#cause = this.#newCause ?? this.#cause
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
    if (value === 'starting') return this.#tab.gate.isHolding
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
      rows: context.isStoreDead ? [] : context.rows,
      sessions: context.isStoreDead ? [] : expectedSessions(state, context),
      badges: [badge, badge],
      ...shown,
      cells: lastRows.map((row) => (row < 0 ? null : shownCell(context, row, this.#causesOfRows.get(row)))),
      runnable: lastRows.map((row) => row < 0 || !isOpen[row]),
    }
  }

  async close(): Promise<void> {
    await this.#stopLooking()
    await this.#tab.end()
  }

  async abandon(): Promise<void> {
    this.#isLooking = false
    await this.#tab.close().catch(() => undefined)
  }

  async #drive(event: ModelEvent): Promise<void> {
    switch (event.type) {
      case 'START':
        return this.#tab.press('Start')
      case 'STOP':
        return this.#tab.press('Stop')
      case 'RESTART':
        return this.#tab.press('Restart')
      case 'INTERRUPT':
        return this.#tab.press('Interrupt')
      case 'KEEP':
        return this.#tab.press('Keep it')
      case 'PIN':
        return this.#tab.press('Pin: stay when idle')
      case 'UNPIN':
        return this.#tab.press('Pinned: stays when idle')
      case 'REQUEST':
        return this.#request()
      case 'CANCEL_WAITING':
        return this.#cancelWaiting()
      case 'CANCEL_RUNNING':
        return this.#tab.press(`Cancel Code cell ${this.#numberOf(this.#reading?.machine?.currentCell)}`)
      case 'FORCE':
        await this.#tab.goOff(delays.forceOffer, 'all')
        return this.#tab.press('End by force')
      case 'RUNTIME_UP':
        return this.#tab.gate.letIn()
      case 'START_FAILED':
        return this.#tab.gate.turnAway()
      case 'START_TIMED_OUT':
        await this.#tab.goOff(delays.startTimeout)
        return this.#tab.gate.turnAway()
      case 'HANDLER_OK':
        return this.#tab.decide('ok')
      case 'HANDLER_ERROR':
        return this.#tab.decide('error')
      case 'HANDLER_CRASHED':
      case 'CRASH':
        return this.#tab.endPython()
      case 'BACKOFF_ELAPSED':
        return this.#tab.goOff(this.#reading?.machine?.restartDelayMs ?? 0)
      case 'COUNTDOWN_TICKED':
        return this.#tab.goOff(delays.tick)
      case 'IDLE_NOTICED':
        return this.#tab.goOff(delays.idle)
      case 'IDLE_OVER':
        return this.#tab.goOff(delays.warning)
      case 'WINDOW_ELAPSED':
        return this.#tab.goOff(delays.window, 'all')
      case 'STABLE_ELAPSED':
        return this.#tab.goOff(delays.stable)
      case 'DISPLACED':
        return this.#tab.displaceSession()
      case 'STORE_DIED':
        return this.#tab.endStore()
      case 'HANDLER_GONE':
      case 'CULLED_GONE':
      case 'RUNTIME_GONE':
        return
      default:
        throw new Error(`Nobody can do this to the studio: ${event.type}.`)
    }
  }

  async #request(): Promise<void> {
    const open = this.#reading?.cells.map(({ isRunnable }) => !isRunnable) ?? []
    const cell = Array.from({ length: cellCount }, (_, index) => open[index] ?? false).indexOf(false)
    this.#cellsOfRows.push(cell)
    await this.#tab.press(`Run Code cell ${cell + 1}`)
  }

  /** One alone is cancelled with all that wait, the first of several by itself. */
  #cancelWaiting(): Promise<void> {
    const { waiting, nextCell } = this.#reading?.machine ?? {}
    return this.#tab.press(
      waiting === 1 ? 'Cancel what waits' : `Cancel Code cell ${this.#numberOf(nextCell)}`,
    )
  }

  #numberOf(cellId: string | null | undefined): string {
    return cellId?.replace('cell-', '') ?? ''
  }

  async #look(): Promise<void> {
    while (this.#isLooking) {
      const reading = await this.#tab.read()
      this.#cellState = reading?.machine?.state === 'executing' ? await this.#tab.readCell() : undefined
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

  async #stopLooking(): Promise<void> {
    this.#isLooking = false
    await this.#looking
  }

  /** A cell that fails with its runtime says so, and one that was refused says what the runtime is down for; one that raises does not. */
  #explainFailedRows(after: AgentModelSnapshot): void {
    const cause = this.#newCause ?? shownCause(after, undefined)
    for (const [index, row] of after.context.rows.entries()) {
      if (row === 'failed' && !this.#causesOfRows.has(index)) this.#causesOfRows.set(index, cause)
    }
  }
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
