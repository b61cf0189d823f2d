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
  /** Cells for which this agent has written outputs since it last cleared them; the tables may not show them yet. */
  readonly #shownCells = new Set<string>()
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
    const events = () => factToEvents(fact, this.#options.view, this.#options.environment)
    const submission = this.#submit(events, { fresh: !isPlainEnd, ...(hasRun(fact) && { expected: events }) })
    if (fact.type === 'execution.refused') this.#options.records.end(fact.request, submission.durable)
    if (fact.type === 'execution.finished') {
      if (fact.end.failure) this.#shownCells.add(fact.end.request.cellId)
      this.#options.records.end(fact.end.request, submission.durable)
    }
    return submission
  }

  /**
   * Makes a request the session's own. `claimed` says, once the events are in the local log, whether the request was still to
   * be had in the turn of the commit.
   */
  claim(request: ExecutionRequest, sessionId: string): { submission: Submission; claimed: () => boolean } {
    const { view, environment, records } = this.#options
    const startedAt = environment.now()
    records.claim(request)
    const mayHaveOutputs = this.#shownCells.delete(request.cellId)
    let claimed = false
    const submission = this.#submit(
      () => {
        const claim = claimToEvents(request, sessionId, startedAt, view, environment, mayHaveOutputs)
        claimed = claim.length > 0
        return claim
      },
      { fresh: false },
    )
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
    for (const { args } of events) if ('cellId' in args) this.#shownCells.add(args.cellId)
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

  #recordStatus(fact: AgentFact): Submission {
    this.#forgetStatus()
    this.#waitingStatus = fact
    this.#statusTimer = this.#options.clock.setTimeout(() => {
      this.#waitingStatus = undefined
      this.#submit(() => factToEvents(fact, this.#options.view, this.#options.environment))
    }, statusDelayMs)
    return { durable: Promise.resolve(), confirmed: Promise.resolve() }
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
