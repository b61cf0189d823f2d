import { queryDb, Schema, type Store } from '@runtimed/schema'
import type { AgentActorRef } from '../../machines/index.js'
import type { ExecutionRecords } from './execution-records.js'
import { createNotebookWatch, type NotebookWatch } from './notebook-watch.js'
import { endedBySomebody, type StoreView } from './store-view.js'

export interface IntakeOptions {
  readonly store: Store
  readonly view: StoreView
  readonly records: ExecutionRecords
  /** The agent it works for; not asked before the intake is opened. */
  readonly actor: () => AgentActorRef
  /** The agent's own session while it is up, else undefined. */
  readonly session: () => { readonly sessionId: string; readonly epoch: number } | undefined
  readonly now: () => Date
  /** An older session calls itself active, or one that has ended left claims behind. */
  readonly supersede: (sessionId: string) => void
  /** The notebook could not be read. Nothing more is handed over until the intake is opened again. */
  readonly broke: (error: unknown) => void
}

/** Requests held in the agent at a time; the others wait in the notebook, where everybody sees them. */
const windowSize = 64

/** Reads one row, and runs whenever one of the two tables is written; one subscription costs some 30 kB of heap. */
const trigger = queryDb(
  {
    query: `SELECT (SELECT 1 FROM executionQueue LIMIT 1) AS requests, (SELECT 1 FROM runtimeSessions LIMIT 1) AS sessions`,
    schema: Schema.Array(
      Schema.Struct({ requests: Schema.NullOr(Schema.Number), sessions: Schema.NullOr(Schema.Number) }),
    ),
  },
  { label: 'intake' },
)

/**
 * Turns rows into machine events: requests that wait, cancellations of what the agent holds, the end of its session, and what
 * other sessions are and have left. Of sessions that are up at once, the one that started last in the log has the notebook.
 *
 * It subscribes with a query that reads one row, and looks at most at a window of waiting requests, whatever the
 * length of the notebook's history. A request is handed over once, however often its row is written.
 */
export class Intake {
  readonly #options: IntakeOptions
  /** Told to the agent once: its execution that somebody else has ended, and its session that was ended. */
  #cancelled: string | undefined
  #ended: string | undefined
  #unsubscribe: (() => void) | undefined
  readonly #watch: NotebookWatch

  constructor(options: IntakeOptions) {
    this.#options = options
    this.#watch = createNotebookWatch(
      () => this.#look(),
      (error) => {
        options.records.prune(() => false)
        options.broke(error)
      },
    )
  }

  /** Begins to hand over, also again after it broke; what already waits comes first. */
  open(): void {
    this.#watch.open()
    this.#unsubscribe ??= this.#options.store.subscribe(trigger, () => this.#watch.schedule())
  }

  /** Idempotent: LiveStore counts the ends of a query that several agents share. */
  close(): void {
    this.#watch.close()
    this.#unsubscribe?.()
    this.#unsubscribe = undefined
  }

  /** Looks again: the agent has room, or something has ended. */
  refresh(): void {
    this.#watch.schedule()
  }

  #look(): void {
    this.#lookAtQueue()
    this.#lookAtSession()
    this.#lookAtCurrent()
  }

  #lookAtSession(): void {
    const { view, session, now, supersede } = this.#options
    const own = session()
    if (!own || own.sessionId === this.#ended) return
    const { sessionId, epoch } = own
    const others = view.otherActiveSessions(sessionId, now())
    const isOutranked = others.some(({ isNewer, isUp, expired }) => isNewer && isUp && !expired)
    if (isOutranked || view.sessionHasEnded(sessionId)) {
      this.#ended = sessionId
      return this.#send({ type: 'session.displaced', epoch })
    }
    const isAlone = others.every(({ isNewer, expired }) => isNewer && !expired)
    if (!isAlone || this.#hasVoidClaims()) supersede(sessionId)
  }

  /** Claims that came into the log after the end of their session, for example from a client that was offline. */
  #hasVoidClaims(): boolean {
    const { view } = this.#options
    return view
      .openExecutions([])
      .some(({ sessionId }) => sessionId !== null && view.sessionHasEnded(sessionId))
  }

  #lookAtCurrent(): void {
    const executionId = this.#agent.current?.executionId
    if (executionId === undefined || executionId === this.#cancelled) return
    const row = this.#options.view.queueRow(executionId)
    const reason = endedBySomebody(row)
    if (reason === undefined) return
    this.#cancelled = executionId
    this.#send({ type: 'execution.cancel', executionId, reason })
  }

  #lookAtQueue(): void {
    const { view, records } = this.#options
    const { queue } = this.#agent
    const room = Math.max(0, windowSize - queue.length)
    const waiting = view.pending(records.size + room)
    const waitingIds = new Set(waiting.map((request) => request.executionId))
    for (const { executionId } of queue) {
      if (waitingIds.has(executionId)) continue
      this.#send({ type: 'execution.cancel', executionId, reason: 'no longer waiting' })
    }
    records.prune((executionId) => waitingIds.has(executionId))
    for (const request of waiting) {
      if (records.get(request.executionId)) continue
      records.handOver(request)
      this.#send({ type: 'execution.request', request })
    }
  }

  get #agent() {
    return this.#options.actor().getSnapshot().context
  }

  #send(event: Parameters<AgentActorRef['send']>[0]): void {
    this.#options.actor().send(event)
  }
}
