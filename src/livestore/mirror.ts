import type { OutputEvent } from '@runtimed/agent-core'
import type { AgentFact, ExecutionRequest } from '../../machines/index.js'
import { StoreDiedError } from '../errors.js'
import type { Committer, Submission, SubmitOptions } from './committer.js'
import type { ExecutionRecords } from './execution-records.js'
import {
  abandonToEvents,
  announcement,
  claimToEvents,
  factToEvents,
  supersedeToEvents,
  type MirrorEnvironment,
  type NotebookEvent,
} from './fact-to-events.js'
import { HistoryBuffer, type NotedTransition } from './history-buffer.js'
import type { StoreView } from './store-view.js'

/** Timers that a test can replace; milliseconds. */
export interface TimerClock {
  setTimeout(callback: () => void, delayMs: number): unknown
  clearTimeout(handle: unknown): void
}

export interface MirrorOptions {
  readonly committer: Committer
  readonly view: StoreView
  readonly records: ExecutionRecords
  readonly environment: MirrorEnvironment
  readonly clock: TimerClock
  readonly agentId: string
  /** Told when something could not be recorded; the agent goes on. */
  onProblem(message: string, error: unknown): void
}

/** How long a session's busy or ready must last before it is written, so that short cells do not fill the log. */
const statusDelayMs = 100

/**
 * Writes what an agent does into its notebook, as events, in the order in which it happened.
 *
 * It never throws and never tells the agent what to do: a store that cannot take an event is reported once, through
 * `onProblem` and the committer's own death notice.
 */
export class Mirror {
  readonly #options: MirrorOptions
  readonly #history: HistoryBuffer
  #statusTimer: unknown
  #deathIsTold = false
  #isSuperseding = false
  #waitingStatus: AgentFact | undefined

  constructor(options: MirrorOptions) {
    this.#options = options
    this.#history = new HistoryBuffer(options.agentId, () => options.environment.now().getTime())
  }

  /** Remembers a transition; it is written along with what is committed next. */
  note(transition: NotedTransition): void {
    this.#history.note(transition)
  }

  /** Records a fact; facts that say nothing to the notebook resolve at once. */
  record(fact: AgentFact): Submission {
    if (fact.type === 'agent.busy' || fact.type === 'agent.ready') return this.#recordStatus(fact)
    if (fact.type === 'agent.ended' || fact.type === 'agent.starting') this.#forgetStatus()
    const isPlainEnd = fact.type === 'execution.finished' && fact.end.outcome === 'succeeded'
    const environment = this.#environmentOf(fact)
    const events = () => factToEvents(fact, this.#options.view, environment)
    const expected = hasRun(fact) ? { expected: events } : {}
    const submission = this.#submit(events, { fresh: !isPlainEnd, mayWait: isPlainEnd, ...expected })
    if (fact.type === 'execution.refused') this.#options.records.end(fact.request, submission.durable)
    if (fact.type === 'execution.finished') this.#options.records.end(fact.end.request, submission.durable)
    return submission
  }

  /**
   * Makes a request the session's own. `claimed` says, once the events are in the local log, whether the request was still to
   * be had in the turn of the commit.
   */
  claim(request: ExecutionRequest, sessionId: string): { submission: Submission; claimed: () => boolean } {
    const { view, environment, records } = this.#options
    const startedAt = environment.now()
    const seen = records.isEnding(request.cellId) ? { ...view, hasOutputs: () => true } : view
    records.claim(request)
    let claimed = false
    const events = () => claimToEvents(request, sessionId, startedAt, seen, environment)
    const submission = this.#submit(
      () => {
        const claim = events()
        claimed = claim.length > 0
        return claim
      },
      { fresh: false, mayWait: true, expected: events },
    )
    if (!submission.isKept) this.#options.committer.flush()
    return { submission, claimed: () => claimed }
  }

  /** Ends what an older session is or has left, once at a time; see {@link supersedeToEvents}. */
  supersede(sessionId: string): void {
    if (this.#isSuperseding) return
    this.#isSuperseding = true
    const done = () => void (this.#isSuperseding = false)
    this.#submit(() =>
      supersedeToEvents(sessionId, this.#options.view, this.#options.environment),
    ).durable.then(done, done)
  }

  /** Cancels every request that waits now. */
  abandonQueue(reason: string): Submission {
    const { view, records, environment } = this.#options
    const waiting = waitingNow(view)
    const through = waiting.at(-1)?.requestSeq ?? 0
    const submission = this.#submit(() => abandonToEvents(through, reason, view, environment))
    for (const request of waiting) {
      if (!records.isTaken(request.executionId)) records.end(request, submission.durable)
    }
    return submission
  }

  /** Writes outputs of an execution; those of its last moment along with its end. */
  outputs(events: readonly OutputEvent[]): Submission {
    return this.#submit(events as readonly NotebookEvent[], { mayWait: true })
  }

  /** Tells again what a session can do. */
  announce(sessionId: string, isBusy: boolean): void {
    const { environment } = this.#options
    this.#submit(announcement(sessionId, isBusy ? 'busy' : 'ready', environment))
  }

  /** Writes one event of the session, such as a renewal. */
  write(event: NotebookEvent): Submission {
    return this.#submit([event])
  }

  /** Ends the timers; what was recorded or noted is still written. */
  close(): void {
    this.#forgetStatus()
    if (this.#history.isEmpty || this.#options.committer.status !== 'open') return
    this.#submit(() => this.#history.takeAll(), { fresh: false })
  }

  /** An execution has ended when it is told, not when that is written. */
  #environmentOf(fact: AgentFact): MirrorEnvironment {
    const { environment } = this.#options
    if (fact.type !== 'execution.finished') return environment
    const now = environment.now()
    const elapsedMs = environment.elapsedMs(fact.end.request.executionId)
    return { ...environment, now: () => now, elapsedMs: () => elapsedMs }
  }

  #recordStatus(fact: AgentFact): Submission {
    this.#forgetStatus()
    if (fact.type === 'agent.ready') this.#options.committer.flush()
    this.#waitingStatus = fact
    this.#statusTimer = this.#options.clock.setTimeout(() => {
      this.#waitingStatus = undefined
      this.#submit(() => factToEvents(fact, this.#options.view, this.#options.environment))
    }, statusDelayMs)
    return { durable: Promise.resolve(), confirmed: Promise.resolve(), isKept: false }
  }

  #forgetStatus(): void {
    if (this.#waitingStatus) this.#options.clock.clearTimeout(this.#statusTimer)
    this.#waitingStatus = undefined
  }

  #submit(
    events: readonly NotebookEvent[] | (() => readonly NotebookEvent[]),
    options: SubmitOptions = {},
  ): Submission {
    const withHistory = typeof events === 'function' ? () => this.#withHistory(events()) : events
    const submission = this.#options.committer.submit(withHistory, options)
    submission.durable.catch((error: unknown) => this.#report(error))
    submission.confirmed.catch(() => undefined)
    return submission
  }

  /** Everything that waits is rejected with the death of the store, and so is what follows: one sentence says it. */
  #report(error: unknown): void {
    if (!(error instanceof StoreDiedError)) return this.#options.onProblem('An event was not recorded', error)
    if (this.#deathIsTold) return
    this.#deathIsTold = true
    this.#options.onProblem(`${this.#options.agentId} records nothing any more: ${error.message}`, undefined)
  }

  #withHistory(events: readonly NotebookEvent[]): readonly NotebookEvent[] {
    return events.length === 0 ? events : [...events, ...this.#history.takeDue()]
  }
}

/** What has run must not be told as lost because its end was not written when the process ended. */
const hasRun = (fact: AgentFact): boolean =>
  fact.type === 'execution.finished' &&
  fact.end.claimed &&
  fact.end.outcome !== 'cancelled' &&
  fact.end.outcome !== 'lost'

/** A dead store has no requests; the submission that follows is rejected with the reason. */
function waitingNow(view: StoreView): ExecutionRequest[] {
  try {
    return view.pending(Number.MAX_SAFE_INTEGER)
  } catch {
    return []
  }
}
