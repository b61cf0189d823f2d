import { logger } from '@runtimed/agent-core'
import { events, tables, type Store } from '@runtimed/schema'
import { SimulatedClock, type AnyActorRef, type EventObject, type InspectionEvent } from 'xstate'
import { createFailure, FailureError, type AgentActorRef, type FailureCode } from '../../machines/index.js'
import { closeNotebookStore } from '../../src/livestore/open-notebook-store.js'
import type { RegistryMachines } from '../../src/registry/runtime-types.js'
import type { RegistryAgent } from '../../src/registry/registry-agent.js'
import { RuntimeAgentRegistry } from '../../src/registry/runtime-agent-registry.js'
import { takenTransitions } from '../../src/testing/transitions.js'
import { sendUnchecked } from '../support/break-machine.js'
import { openTestNotebook, queueRows, requestOf } from '../support/notebooks.js'
import { waitUntil } from '../support/wait-for.js'
import {
  queueLimit,
  restartBudget,
  type Breakage,
  type ModelEvent,
  type ModelInput,
} from '../../src/testing/agent.model.js'
import { controlledType, createControlledRuntime, type Life } from './controlled-runtime.js'
import type { AgentModelSnapshot } from './agent-check.js'
import type { Subject } from './walk-path.js'

logger.configure({ console: false })

/**
 * Times, in milliseconds of the simulated clock, each far from the next, so that letting one pass never lets another pass.
 * The stop timeout is below the 5 s that a runtime has to go by itself.
 */
const times = {
  apart: 2_000,
  status: 100,
  stop: 4_000,
  start: 10_000,
  window: 1e7,
  stable: 1e8,
  idle: 1e9,
} as const

/** What can be seen of an agent from outside, as the model sees it. */
interface Observation {
  readonly state: string
  readonly waiting: number
  readonly isExecuting: boolean
  readonly restartsInWindow: number
  readonly isShaky: boolean
  readonly isPinned: boolean
  readonly isCullNear: boolean
  /** Code of what broke. */
  readonly failure: string | null
  readonly hasBackoff: boolean
  /** Part of the backoff is over; null where there is none. */
  readonly hasTicked: boolean | null
  readonly stopReason: string
  /** A culled runtime is being taken down; null where it does not matter. */
  readonly isDisposing: boolean | null
  /** Each report of an older life is counted. */
  readonly isStaleCounted: boolean
  /** What was announced: how executions ended, and why sessions did. */
  readonly ends: readonly string[]
  readonly sessionEnds: readonly string[]
  readonly breaks: readonly string[]
  /** Status of each queue row, in request order. */
  readonly rows: readonly string[]
  /** Of each session row, the oldest first: its status, `open` while it is shut down, `over` when it is not active. */
  readonly sessions: readonly string[]
}

const failureCodes: Readonly<Record<Breakage, FailureCode>> = {
  mendable: 'workerCrashed',
  final: 'assetLoadFailed',
}

/** An agent of the real registry, with a real store in memory, a runtime that the test controls, and a simulated clock. */
export class AgentUnderTest implements Subject {
  /**
   * What the notebook's rows say is told again whenever they change, until the agent is done with it; a countdown ticks, and a
   * runtime goes, in its own time.
   */
  readonly echoes = [
    '(any) | session.displaced | -',
    'executing | execution.cancel | cancelled request is running',
    'restarting | restart.tick | -',
    '(any) | done(disposal) | -',
  ]
  readonly #store: Store
  readonly #clock = new SimulatedClock()
  readonly #runtime = createControlledRuntime()
  readonly #registry: RuntimeAgentRegistry
  #agent: RegistryAgent | undefined
  #taken: string[] = []
  #requests = 0
  #staleReports = 0
  /** No restart that is forgotten was planned later. */
  #forgottenAt = 0
  readonly #ends: string[] = []
  readonly #sessionEnds: string[] = []
  readonly #breaks: string[] = []

  static async open(input: ModelInput, machines: Partial<RegistryMachines> = {}): Promise<AgentUnderTest> {
    return new AgentUnderTest(await openTestNotebook(['1', '2', '3']), input, machines)
  }

  private constructor(store: Store, { restart }: ModelInput, machines: Partial<RegistryMachines>) {
    this.#store = store
    this.#registry = new RuntimeAgentRegistry({
      clock: this.#clock,
      inspect: (event) => this.#inspect(event),
      machines,
    })
    this.#registry.registerRuntimeType(
      controlledType(this.#runtime, {
        restart,
        restartBudget,
        queueLimit,
        startTimeoutMs: times.start,
        stopTimeoutMs: times.stop,
        restartWindowMs: times.window,
        stableAfterMs: times.stable,
        idleCullMs: 2 * times.idle,
        cullWarningMs: times.idle,
        stalledAfterMs: 0,
      }),
    )
  }

  /** Makes happen in the world what the model's event stands for. */
  async perform(event: ModelEvent): Promise<void> {
    if (this.#agent) return this.#drive(event)
    const { storeId } = this.#store
    this.#agent = await this.#registry.createAgent(storeId, 'controlled', { store: this.#store })
    this.#actor.on('execution.finished', ({ end }) => void this.#ends.push(end.outcome))
    this.#actor.on('agent.restarting', () => void this.#breaks.push('restarting'))
    this.#actor.on('agent.failed', () => void this.#breaks.push('failed'))
    this.#actor.on('agent.ended', ({ reason }) => void this.#sessionEnds.push(reason))
    await this.#drive(event)
  }

  /** The transitions since they were last forgotten. */
  get taken(): readonly string[] {
    return this.#taken
  }

  forgetTaken(): void {
    this.#taken = []
  }

  /** No handler runs, or the one of the request that the agent runs is at work. */
  isAtRest(after: AgentModelSnapshot): boolean {
    return (
      !after.matches('executing') ||
      (this.#context.current !== null && this.#life?.running?.id === this.#context.current.executionId)
    )
  }

  /** A session's status is written only when it lasts. */
  settle(after: AgentModelSnapshot): void {
    if (after.matches('running') || after.matches('executing')) this.#clock.increment(times.status)
  }

  observe({ context: { isStoreDead } }: AgentModelSnapshot): Observation {
    const { queue, current, restartsInWindow, attempt, failure, isPinned, isCullNear } = this.#context
    const { restartDelayMs, restartInMs, stopReason, staleEvents } = this.#context
    const { value, children } = this.#actor.getSnapshot()
    return {
      state: value,
      failure: failure?.code ?? null,
      hasBackoff: restartDelayMs > 0,
      hasTicked: value === 'restarting' ? restartInMs < restartDelayMs : restartInMs > 0 || null,
      stopReason,
      isDisposing: value === 'idle' ? 'disposal' in children : null,
      isStaleCounted: staleEvents === this.#staleReports,
      ends: [...this.#ends],
      sessionEnds: [...this.#sessionEnds],
      breaks: [...this.#breaks],
      waiting: queue.length,
      isExecuting: current !== null,
      restartsInWindow,
      isShaky: attempt > 0,
      isPinned,
      isCullNear,
      rows: isStoreDead ? [] : queueRows(this.#store).map(({ status }) => status),
      sessions: isStoreDead ? [] : this.#sessions(),
    }
  }

  /** What the model lets an onlooker expect. */
  expected({ value, context }: AgentModelSnapshot): Observation {
    const { rows, current, restartsInWindow, isShaky, isStoreDead, isPinned, isCullNear } = context
    const { failure, hasBackoff, hasTicked, stopReason, ends, sessionEnds, breaks, isCulledOneHeld } = context
    return {
      state: String(value),
      failure,
      hasBackoff,
      hasTicked: value === 'restarting' ? hasTicked : null,
      stopReason,
      isDisposing: value === 'idle' ? isCulledOneHeld : null,
      isStaleCounted: true,
      ends,
      sessionEnds,
      breaks,
      waiting: rows.filter((row) => row === 'pending').length,
      isExecuting: current !== null,
      restartsInWindow,
      isShaky,
      isPinned,
      isCullNear,
      rows: isStoreDead ? [] : rows,
      sessions: isStoreDead ? [] : expectedSessions(String(value), context),
    }
  }

  /** Ends everything in order; rejects when the registry keeps an agent or its actor does not end. */
  async close(): Promise<void> {
    this.#runtime.releaseForGood()
    await this.#registry.close()
    const { status, context } = this.#registry.actorRef.getSnapshot()
    await closeNotebookStore(this.#store)
    if (status !== 'done' || context.agentCount > 0) throw new Error('The registry did not drain.')
  }

  /** For an agent that does not behave: nothing of it is waited for. */
  async abandon(): Promise<void> {
    this.#runtime.releaseForGood()
    this.#registry.actorRef.stop()
    await closeNotebookStore(this.#store)
  }

  get #actor(): AgentActorRef {
    return (this.#agent as RegistryAgent).actorRef
  }

  get #context() {
    return this.#actor.getSnapshot().context
  }

  get #life(): Life | undefined {
    return this.#runtime.lives.at(-1)
  }

  /** In the turn in which the agent was created it is still idle, and its start is on its way. */
  async #drive(event: ModelEvent): Promise<void> {
    switch (event.type) {
      case 'START':
        this.#noteForgotten()
        this.#actor.send({ type: 'agent.start' })
        return this.#runtime.release()
      case 'RESTART':
        return this.#restart()
      case 'STOP':
        return this.#actor.send({ type: 'agent.stop', reason: 'timeout' })
      case 'REQUEST':
        this.#request()
        return this.#context.isCulled ? this.#runtime.release() : undefined
      case 'REQUEST_AGAIN':
        return this.#requestAgain()
      case 'CANCEL_WAITING':
        return this.#cancel(this.#context.queue[0]?.executionId)
      case 'CANCEL_RUNNING':
        return this.#cancel(this.#context.current?.executionId)
      case 'INTERRUPT':
        return this.#actor.send({ type: 'execution.interrupt' })
      case 'FORCE':
        return this.#actor.send({ type: 'execution.force' })
      case 'RUNTIME_UP':
        return (await this.#startedLife()).start.resolve()
      case 'START_FAILED':
        return (await this.#startedLife()).start.reject(breakageError(event.breakage))
      case 'START_TIMED_OUT':
        return this.#clock.increment(times.start)
      case 'HANDLER_OK':
        return this.#life?.running?.end.resolve({ success: true })
      case 'HANDLER_ERROR':
        return this.#life?.running?.end.resolve({ success: false, error: 'it says no' })
      case 'HANDLER_CRASHED':
        return this.#crash(event.breakage)
      case 'EXECUTION_BROKE':
        return this.#breakExecution()
      case 'CRASH':
        return this.#context.current
          ? this.#reportCrash(event.breakage)
          : this.#crashWhenStarted(event.breakage)
      case 'STALE_CRASH':
        return this.#reportCrash('mendable', this.#context.epoch - 1)
      case 'DISPLACED':
        return this.#displace()
      case 'STALE_DISPLACED':
        return this.#actor.send({ type: 'session.displaced', epoch: this.#context.epoch - 1 })
      case 'STORE_DIED':
        return this.#endStore()
      case 'PIN':
        return this.#actor.send({ type: 'agent.pin' })
      case 'UNPIN':
        return this.#actor.send({ type: 'agent.unpin' })
      case 'KEEP':
        return this.#actor.send({ type: 'agent.keep' })
      case 'IDLE_NOTICED':
      case 'IDLE_OVER':
        return this.#clock.increment(times.idle)
      case 'CULLED_GONE':
        return this.#runtime.release()
      case 'CULLED_STUCK':
        return this.#cannotEnd('disposal')
      case 'COUNTDOWN_TICKED':
        return this.#clock.increment(500)
      case 'BACKOFF_ELAPSED':
        this.#clock.increment(this.#context.restartInMs)
        return this.#runtime.release()
      case 'WINDOW_ELAPSED':
        return this.#clock.increment(times.window)
      case 'FORGOTTEN_WINDOW_ELAPSED':
        return this.#clock.increment(this.#forgottenAt + times.window - this.#clock.now())
      case 'STABLE_ELAPSED':
        return this.#clock.increment(times.stable)
      case 'HANDLER_GONE':
      case 'RUNTIME_GONE':
        return this.#runtime.release()
      case 'RUNTIME_STUCK':
        return this.#cannotEnd('runtime')
      case 'STOP_TIMED_OUT':
        return this.#clock.increment(times.stop)
    }
  }

  /** What breaks later does so at another time than what is forgotten with a start by hand. */
  #noteForgotten(): void {
    if (!this.#actor.getSnapshot().matches('failed')) return
    this.#forgottenAt = this.#clock.now()
    this.#clock.increment(times.apart)
  }

  /** Only a runtime that is down already makes way for the next life. */
  #restart(): void {
    this.#noteForgotten()
    const isDown = this.#actor.getSnapshot().hasTag('down') || this.#context.isCulled
    this.#actor.send({ type: 'agent.restart' })
    if (isDown) this.#runtime.release()
  }

  #request(): void {
    const index = this.#requests++
    this.#store.commit(requestOf(`q${index}`, `c${index % 3}`))
  }

  #requestAgain(): void {
    const request = this.#context.queue[0]
    if (request) this.#actor.send({ type: 'execution.request', request })
  }

  #cancel(queueId: string | undefined): void {
    const row = queueRows(this.#store).find(({ id }) => id === queueId)
    if (!row) throw new Error('There is nothing to cancel.')
    const { id, cellId } = row
    this.#store.commit(
      events.executionCancelled({ queueId: id, cellId, cancelledBy: 'user', reason: 'not needed' }),
    )
  }

  async #startedLife(): Promise<Life> {
    const { epoch } = this.#context
    return waitUntil(`life ${epoch} of the runtime`, () => {
      const life = this.#life
      return life && (epoch === 1 || life.options.sessionId.endsWith(`-${epoch}`)) ? life : undefined
    })
  }

  async #crashWhenStarted(breakage: Breakage): Promise<void> {
    if (this.#actor.getSnapshot().matches('starting')) await this.#startedLife()
    this.#crash(breakage)
  }

  #crash(breakage: Breakage): void {
    const code = failureCodes[breakage]
    this.#life?.options.onCrash({ code, message: `The runtime broke: ${code}.` })
  }

  /** As when the service that takes the runtime down throws, which the real one never does. */
  #cannotEnd(actorId: 'runtime' | 'disposal'): void {
    const error = new Error('it cannot be taken down')
    sendUnchecked(this.#actor, { type: `xstate.error.actor.${actorId}`, actorId, error } as EventObject)
  }

  /** As when the service that runs the handler throws: nothing in the execution's machine expects that. */
  #breakExecution(): void {
    const error = { type: 'xstate.error.actor.handler', actorId: 'handler', error: new Error('a bug') }
    this.#actor.getSnapshot().children['execution']?.send(error as never)
  }

  /** A crash that the agent hears of by a report, not through the execution that runs. */
  #reportCrash(breakage: Breakage, epoch = this.#context.epoch): void {
    const failure = createFailure(failureCodes[breakage])
    this.#actor.send({ type: 'runtime.crashed', epoch, failure })
  }

  /** Another client ends the session; before there is one to end, the report comes alone. */
  #displace(): void {
    const { epoch } = this.#context
    if (this.#actor.getSnapshot().matches('starting')) {
      return this.#actor.send({ type: 'session.displaced', epoch })
    }
    const sessionId = this.#life?.options.sessionId as string
    this.#store.commit(events.runtimeSessionTerminated({ sessionId, reason: 'displaced' }))
  }

  /** The store ends without having been closed; before there is a life, the report comes alone. */
  async #endStore(): Promise<void> {
    if (this.#context.epoch > 0) return this.#store.shutdownPromise()
    this.#actor.send({ type: 'store.died', failure: createFailure('storeDied') })
  }

  #sessions(): string[] {
    const isGoingDown = this.#actor.getSnapshot().matches('shuttingDown')
    return this.#store
      .query(tables.runtimeSessions.select())
      .toSorted((left, right) => lifeOf(left.sessionId) - lifeOf(right.sessionId))
      .map(({ isActive, status }) => (isActive ? (isGoingDown ? 'open' : status) : 'over'))
  }

  #inspect(event: InspectionEvent): void {
    if ((event.actorRef as AnyActorRef).id !== `agent:${this.#store.storeId}`) return
    const taken = takenTransitions(event)
    this.#staleReports += taken.filter((label) => staleReport.test(label)).length
    this.#taken.push(...taken)
  }
}

/** The transition of a report that is not from this life. */
const staleReport = /^\(any\) \| (runtime\.crashed|session\.displaced) |\| report is from another life$/

const breakageError = (breakage: Breakage) =>
  new FailureError(createFailure(failureCodes[breakage], { retryable: breakage === 'mendable' }))

/** The number at the end of a session id that is not the first; the ids of first sessions have none. */
export const lifeOf = (sessionId: string): number => Number(/-(\d{1,3})$/.exec(sessionId)?.[1] ?? 1)

const openStatus: Readonly<Record<string, string>> = {
  starting: 'starting',
  running: 'ready',
  executing: 'busy',
}

export function expectedSessions(state: string, { lives, session }: AgentModelSnapshot['context']): string[] {
  const earlier = Array.from({ length: Math.max(0, lives - 1) }, () => 'over')
  if (session === 'none') return []
  return [...earlier, session === 'over' ? 'over' : (openStatus[state] ?? 'open')]
}
