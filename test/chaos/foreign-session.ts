import { events } from '@runtimed/schema'
import {
  claimToEvents,
  factToEvents,
  type MirrorEnvironment,
  type NotebookEvent,
} from '../../src/livestore/fact-to-events.js'
import type { ChaosNotebook } from './chaos-notebook.js'

/** How long a session of the other process is valid, in milliseconds. */
const validForMs = 30_000

/** A runtime of another process on a shared notebook: it writes by the same rules, straight into the log. */
export class ForeignSession {
  readonly #notebook: ChaosNotebook
  readonly #environment: MirrorEnvironment
  #sessionId: string | undefined
  #current: string | undefined
  #sessions = 0

  constructor(notebook: ChaosNotebook, now: () => Date) {
    this.#notebook = notebook
    this.#environment = {
      runtimeId: 'foreign',
      runtimeType: 'chaos',
      capabilities: { canExecuteCode: true, canExecuteSql: false, canExecuteAi: false },
      soleOwner: false,
      now,
      elapsedMs: () => 0,
    }
  }

  /** Takes the notebook over; or, if not `takesOver`, claims requests beside the session that is there. */
  start(takesOver: boolean): void {
    this.#sessionId = `foreign-${++this.#sessions}`
    const sessionId = this.#sessionId
    this.#push(factToEvents({ type: 'agent.starting', epoch: 1, sessionId }, this.#view, this.#environment))
    const started = { type: 'agent.started', epoch: 1, sessionId } as const
    if (takesOver) this.#push(factToEvents(started, this.#view, this.#environment))
    this.#push([events.runtimeSessionRenewal({ sessionId, renewedAt: this.#environment.now(), validForMs })])
  }

  /** Takes the first request that waits, and runs it. */
  claim(): void {
    const request = this.#view.pending(1)[0]
    if (!this.#isActive || this.#current !== undefined || !request) return
    const now = this.#environment.now()
    const claim = claimToEvents(request, this.#sessionId as string, now, this.#view, this.#environment)
    this.#push(claim)
    this.#current = request.executionId
    this.#notebook.ledger.count(request.executionId)
  }

  finish(): void {
    const request = this.#current
    this.#current = undefined
    const row = request === undefined ? undefined : this.#view.queueRow(request)
    if (request === undefined || row?.status !== 'executing') return
    this.#push([
      events.executionCompleted({
        queueId: request,
        cellId: row.cellId,
        status: 'success',
        completedAt: this.#environment.now(),
        executionDurationMs: 1,
      }),
    ])
  }

  /** Ends; `politely`, or without a word, which leaves its session and its work behind. */
  leave(politely: boolean): void {
    const sessionId = this.#sessionId
    if (politely) this.finish()
    if (politely && sessionId !== undefined && this.#isActive) {
      this.#push([events.runtimeSessionTerminated({ sessionId, reason: 'shutdown' })])
    }
    this.#sessionId = undefined
    this.#current = undefined
  }

  get #view() {
    return this.#notebook.store.loggedView
  }

  get #isActive(): boolean {
    return this.#sessionId !== undefined && !this.#view.sessionHasEnded(this.#sessionId)
  }

  #push(written: readonly NotebookEvent[]): void {
    this.#notebook.store.pushForeign(written)
  }
}
