import { queryDb, Schema, type Store } from '@runtimed/schema'
import type { ExecutionRequest } from '../../machines/index.js'
import { createNotebookWatch, type NotebookWatch } from './notebook-watch.js'
import type { StoreView } from './store-view.js'

/** How the intake sees and drives the agent it works for. */
export interface IntakeAgent {
  /** Requests that wait in the agent, and the one that runs. */
  readonly held: () => { queue: readonly ExecutionRequest[]; current: ExecutionRequest | null }
  readonly request: (request: ExecutionRequest) => void
  readonly cancel: (executionId: string, reason: string) => void
  /** The agent's own session was ended by somebody else, or a newer one is up. */
  readonly displaced: () => void
  /** An older session calls itself active, or one that has ended left claims behind. */
  readonly supersede: (sessionId: string) => void
  /** The agent's own session while it is up, else undefined. */
  readonly sessionId: () => string | undefined
  readonly now: () => Date
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
  readonly #store: Store
  readonly #view: StoreView
  readonly #agent: IntakeAgent
  /** Handed over, and their rows may still say `pending` because the claim or the end is not written yet. */
  readonly #delivered = new Set<string>()
  /** Told to the agent once: its cancelled execution, and its session that was ended. */
  #cancelled: string | undefined
  #ended: string | undefined
  #holds = 0
  #unsubscribe: (() => void) | undefined
  readonly #watch: NotebookWatch

  constructor(store: Store, view: StoreView, agent: IntakeAgent) {
    this.#store = store
    this.#view = view
    this.#agent = agent
    this.#watch = createNotebookWatch(
      () => this.#look(),
      (error) => {
        this.#delivered.clear()
        agent.broke(error)
      },
    )
  }

  /** Begins to hand over, also again after it broke; what already waits comes first. */
  open(): void {
    this.#watch.open()
    this.#unsubscribe ??= this.#store.subscribe(trigger, () => this.#watch.schedule())
  }

  close(): void {
    this.#watch.close()
    this.#unsubscribe?.()
  }

  /** Hands nothing over until the returned function is called. */
  hold(): () => void {
    this.#holds++
    let held = true
    return () => {
      if (!held) return
      held = false
      this.#holds--
      this.refresh()
    }
  }

  /** Looks again: the agent has room. */
  refresh(): void {
    this.#watch.schedule()
  }

  #look(): void {
    if (this.#holds === 0) this.#lookAtQueue()
    this.#lookAtCurrent()
    this.#lookAtSession()
  }

  #lookAtSession(): void {
    const sessionId = this.#agent.sessionId()
    if (sessionId === undefined || sessionId === this.#ended) return
    const others = this.#view.otherActiveSessions(sessionId, this.#agent.now())
    const isOutranked = others.some(({ isNewer, isUp, expired }) => isNewer && isUp && !expired)
    if (isOutranked || this.#view.sessionHasEnded(sessionId)) {
      this.#ended = sessionId
      return this.#agent.displaced()
    }
    const isAlone = others.every(({ isNewer, expired }) => isNewer && !expired)
    if (!isAlone || this.#hasVoidClaims()) this.#agent.supersede(sessionId)
  }

  /** Claims that came into the log after the end of their session, for example from a client that was offline. */
  #hasVoidClaims(): boolean {
    return this.#view
      .openExecutions([])
      .some(({ sessionId }) => sessionId !== null && this.#view.sessionHasEnded(sessionId))
  }

  #lookAtCurrent(): void {
    const { current } = this.#agent.held()
    if (!current || current.executionId === this.#cancelled) return
    const row = this.#view.queueRow(current.executionId)
    if (row?.status !== 'cancelled') return
    this.#cancelled = current.executionId
    this.#agent.cancel(current.executionId, row.cancelReason ?? 'cancelled')
  }

  #lookAtQueue(): void {
    const { queue } = this.#agent.held()
    const room = Math.max(0, windowSize - queue.length)
    const waiting = this.#view.pending(this.#delivered.size + room)
    const waitingIds = new Set(waiting.map((request) => request.executionId))
    for (const { executionId } of queue) {
      if (!waitingIds.has(executionId)) this.#agent.cancel(executionId, 'no longer waiting')
    }
    for (const executionId of this.#delivered) {
      if (!waitingIds.has(executionId)) this.#delivered.delete(executionId)
    }
    for (const request of waiting) this.#deliver(request)
  }

  #deliver(request: ExecutionRequest): void {
    if (this.#delivered.has(request.executionId)) return
    this.#delivered.add(request.executionId)
    this.#agent.request(request)
  }
}
