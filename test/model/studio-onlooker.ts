/** What runs in the studio's page while it is walked: a look at what it shows and keeps, and a hand on its long timers. */

/** A transition of the agent's machine, as the page can pass it on. */
export interface TakenInPage {
  readonly state: string
  readonly eventType: string
  readonly guard: string
}

/** Everything that is compared, read in one turn of the page. */
export interface PageReading {
  readonly taken: readonly TakenInPage[]
  readonly machine: {
    readonly state: string
    readonly waiting: number
    readonly currentCell: string | null
    readonly nextCell: string | null
    readonly restartsInWindow: number
    readonly restartDelayMs: number
    readonly isShaky: boolean
    readonly isPinned: boolean
    readonly isCullNear: boolean
  } | null
  readonly chart: readonly string[]
  readonly rows: readonly { readonly cellId: string; readonly status: string }[]
  readonly sessions: readonly {
    readonly sessionId: string
    readonly isActive: number
    readonly status: string
  }[]
  readonly toolbar: { readonly text: string | null; readonly detail: string | null }
  readonly panel: string | null
  readonly hint: string | null
  readonly waitingFact: string | null
  readonly isCountingDown: boolean
  /** By the label: `true`, or why it cannot be used. */
  readonly buttons: Readonly<Record<string, true | string>>
  readonly cells: readonly { readonly text: string | null; readonly isRunnable: boolean }[]
}

interface HeldTimer {
  readonly delay: number
  readonly goOff: () => void
}

interface AgentInPage {
  readonly id: string
  getSnapshot(): {
    readonly value: string
    readonly context: {
      readonly queue: readonly { readonly cellId: string }[]
      readonly current: { readonly cellId: string } | null
      readonly restartsInWindow: number
      readonly restartDelayMs: number
      readonly attempt: number
      readonly isPinned: boolean
      readonly isCullNear: boolean
    }
  }
}

interface MicrostepInPage {
  readonly type: string
  readonly actorRef: AgentInPage
  readonly _transitions?: readonly {
    readonly source: { readonly path: readonly string[] }
    readonly eventType: unknown
    readonly guard?: string
  }[]
}

interface WorkspaceInPage {
  readonly registry: {
    readonly actorRef: {
      readonly system: { inspect(observer: (event: MicrostepInPage) => void): unknown }
    }
  }
}

interface FiberInPage {
  readonly memoizedProps: { readonly workspace?: WorkspaceInPage } | null
  readonly child: FiberInPage | null
}

interface StoreInPage {
  query(statement: { readonly query: string; readonly bindValues: object }): unknown
  commit(event: { readonly name: string; readonly args: object }): void
  shutdownPromise(): Promise<void>
}

/** The page's global scope, with what the functions of this file and LiveStore leave there. */
type PageScope = typeof globalThis & {
  heldTimers: Map<unknown, HeldTimer>
  onlooker: {
    taken: TakenInPage[]
    agent: AgentInPage | undefined
    /** What the charts said, and when. */
    chart: { readonly snapshot: unknown; readonly badge: string | null; readonly states: readonly string[] }
  }
  __debugLiveStore: Readonly<Record<string, StoreInPage>>
}

/** For the beginning of a page: timers that a person would wait for go off when they are told to, and never by themselves. */
export function holdLongTimers(shortest: number): void {
  const scope = globalThis as PageScope
  const { setTimeout: begin, clearTimeout: end } = globalThis
  scope.heldTimers = new Map()
  const hold = (callback: (...values: unknown[]) => void, delay = 0, ...values: unknown[]) => {
    if (delay < shortest) return begin(callback, delay, ...values)
    const id = begin(() => undefined)
    scope.heldTimers.set(id, { delay, goOff: () => callback(...values) })
    return id
  }
  const clear = (id: Parameters<typeof clearTimeout>[0]) => {
    scope.heldTimers.delete(id)
    end(id)
  }
  Object.assign(globalThis, { setTimeout: hold, clearTimeout: clear })
}

/** Lets held timers of this delay go off, the latest or all. False when there is none. */
export function goOff({ delay, which }: { delay: number; which: 'latest' | 'all' }): boolean {
  const { heldTimers } = globalThis as PageScope
  const due = [...heldTimers].filter(([, timer]) => timer.delay === delay)
  for (const [id, timer] of which === 'all' ? due : due.slice(-1)) {
    heldTimers.delete(id)
    timer.goOff()
  }
  return due.length > 0
}

/** Follows the agents of the shown notebook; the registry is a property that React knows at the page's root. */
export function beginToLook(): void {
  const root = document.getElementById('root') as unknown as Record<string, FiberInPage>
  const key = Object.keys(root).find((name) => name.startsWith('__reactContainer$')) ?? ''
  let fiber: FiberInPage | null = root[key] ?? null
  while (fiber && !fiber.memoizedProps?.workspace) fiber = fiber.child
  const onlooker: PageScope['onlooker'] = {
    taken: [],
    agent: undefined,
    chart: { snapshot: null, badge: null, states: [] },
  }
  Object.assign(globalThis, { onlooker })
  const id = `agent:${location.hash.slice(2)}`
  fiber?.memoizedProps?.workspace?.registry.actorRef.system.inspect(({ type, actorRef, _transitions }) => {
    if (type !== '@xstate.microstep' || actorRef.id !== id) return
    onlooker.agent = actorRef
    for (const { source, eventType, guard } of _transitions ?? []) {
      if (typeof eventType !== 'string') continue
      onlooker.taken.push({ state: source.path.join('.'), eventType, guard: guard ?? '-' })
    }
  })
}

/** Writes what another client writes that takes the notebook over. */
export function displaceSession(): void {
  const store = (globalThis as PageScope).__debugLiveStore[location.hash.slice(2)]
  const query = 'select sessionId from runtimeSessions where isActive = 1'
  const sessions = store?.query({ query, bindValues: {} }) as readonly { sessionId: string }[]
  for (const { sessionId } of sessions) {
    store?.commit({ name: 'v1.RuntimeSessionTerminated', args: { sessionId, reason: 'displaced' } })
  }
}

/** Ends the notebook's store under the page. */
export async function endStore(): Promise<void> {
  await (globalThis as PageScope).__debugLiveStore[location.hash.slice(2)]?.shutdownPromise()
}

/** Reads everything; whenever the agent has moved, turns to the charts and back. */
export async function readPage(): Promise<PageReading> {
  const { onlooker, __debugLiveStore: stores } = globalThis as PageScope
  const text = (selector: string, place: ParentNode = document) =>
    place.querySelector(selector)?.textContent ?? null
  const show = async (tab: string) => {
    document.getElementById(`tab-${tab}`)?.click()
    await Promise.resolve()
  }
  const snapshot = onlooker.agent?.getSnapshot()
  const badge = text('.toolbar-state .badge > span')
  if (onlooker.chart.snapshot !== snapshot || onlooker.chart.badge !== badge) {
    await show('charts')
    const active = '[aria-label="Agent chart"] [data-state]:not([data-state=""])[data-active]'
    const states = [...document.querySelectorAll<SVGElement>(active)].map(
      ({ dataset }) => dataset['state'] ?? '',
    )
    onlooker.chart = { snapshot, badge, states }
    await show('agent')
  }
  const store = stores[location.hash.slice(2)]
  const query = (statement: string) => store?.query({ query: statement, bindValues: {} })
  const buttons = [...document.querySelectorAll('.agent button, .toolbar button')].map((button) => {
    const label = button.getAttribute('aria-label') ?? button.textContent
    const place = button.closest('.toolbar') ? 'toolbar: ' : ''
    const reason = button.getAttribute('title')?.replace(`${label}: `, '') ?? ''
    return [`${place}${label}`, button.getAttribute('aria-disabled') === 'true' ? reason : true]
  })
  return {
    taken: onlooker.taken.splice(0),
    machine: snapshot
      ? {
          state: snapshot.value,
          waiting: snapshot.context.queue.length,
          currentCell: snapshot.context.current?.cellId ?? null,
          nextCell: snapshot.context.queue[0]?.cellId ?? null,
          restartsInWindow: snapshot.context.restartsInWindow,
          restartDelayMs: snapshot.context.restartDelayMs,
          isShaky: snapshot.context.attempt > 0,
          isPinned: snapshot.context.isPinned,
          isCullNear: snapshot.context.isCullNear,
        }
      : null,
    chart: onlooker.chart.states,
    rows: (query('select cellId, status from executionQueue order by requestSeq') ??
      []) as PageReading['rows'],
    sessions: (query('select sessionId, isActive, status from runtimeSessions') ??
      []) as PageReading['sessions'],
    toolbar: {
      text: badge,
      detail: text('.toolbar-state .badge-detail'),
    },
    panel: text('.agent-state .badge > span'),
    hint: text('.agent .next-action'),
    waitingFact: text('.agent .facts dd:last-of-type'),
    isCountingDown: /^Starts again in \d+ s$/.test(text('.agent .countdown') ?? ''),
    buttons: Object.fromEntries(buttons) as PageReading['buttons'],
    cells: [...document.querySelectorAll('[data-cell]')].map((cell) => ({
      text: text('.cell-status .badge > span', cell),
      isRunnable: cell.querySelector('[aria-label^="Run Code cell"]') !== null,
    })),
  }
}
