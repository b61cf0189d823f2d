import type { RuntimeAgent } from '@runtimed/agent-core'
import { events, queryDb, tables, type RuntimeSessionData, type Store } from '@runtimed/schema'
import {
  createFailure,
  FailureError,
  type AgentActorRef,
  type AgentFact,
  type ExecutionRequest,
  type FollowReport,
  type RuntimeInput,
} from '../../machines/index.js'
import type { Committer } from '../livestore/committer.js'
import type { TimerClock } from '../livestore/mirror.js'
import { createNotebookWatch } from '../livestore/notebook-watch.js'
import { readExecutionEnd, type StoredEnd } from '../livestore/stored-end.js'
import { tellCancellation } from './agent-driver.js'
import type { FollowerServices } from './agent-services.js'
import { reportBrokenWatch } from './broken-watch.js'
import { requireOpenStore } from './notebook-store.js'
import type { ExternalHost } from './external-handler.js'
import { succeedsWithin } from './runtime-disposal.js'

export interface ExternalRuntimeOptions {
  readonly agent: RuntimeAgent
  readonly store: Store
  readonly committer: Committer
  /** Null: nobody here can bring the runtime up. */
  readonly host: ExternalHost | null
  readonly clock: TimerClock
  onProblem(message: string, error: unknown): void
}

const executing = queryDb(tables.executionQueue.select().where({ status: 'executing' }), {
  label: 'external.executing',
})

const activeSessions = queryDb(tables.runtimeSessions.select().where({ isActive: true }), {
  label: 'external.sessions',
})

/** Milliseconds that a host may take to stop its runtime; the agent then ends without it. */
const hostStopMs = 30_000

const usable: readonly string[] = ['ready', 'busy']

/**
 * Follows a runtime that lives in another process by the rows that it writes: the agent is `running` while a session is
 * active, `executing` while that session executes a row, and `failed` with `noRuntime` while none is there and no host can bring
 * one. It writes nothing of its own but the cancellations with which it asks that session: for an interrupt, and before the host
 * takes the runtime down. Without a host a stop only ends the following; the session goes on.
 */
export class ExternalRuntime implements FollowerServices {
  readonly #options: ExternalRuntimeOptions
  readonly #sessionListeners = new Set<() => void>()
  readonly #watch = createNotebookWatch(
    () => this.#look(),
    (error) => void reportBrokenWatch(error, this.#actorRef as AgentActorRef, this.#options),
  )
  #isHosting = false
  #followed: { request: ExecutionRequest; report: (event: FollowReport) => void } | undefined
  #actorRef: AgentActorRef | undefined
  #following: { sessionId: string; epoch: number } | undefined
  #unsubscribe: (() => void)[] = []

  constructor(options: ExternalRuntimeOptions) {
    this.#options = options
  }

  attach(actorRef: AgentActorRef): void {
    this.#actorRef = actorRef
    const { store, committer } = this.#options
    this.#watch.open()
    this.#unsubscribe = [
      store.subscribe(activeSessions, this.#watch.schedule),
      store.subscribe(executing, this.#watch.schedule),
      committer.onDeath(({ code, message }) =>
        actorRef.send({ type: 'store.died', failure: createFailure(code, { message }) }),
      ),
    ]
  }

  async startRuntime({ epoch }: RuntimeInput, signal: AbortSignal): Promise<void> {
    const { host, agent } = this.#options
    const { notebookId } = agent.config
    requireOpenStore(this.#options)
    this.#watch.open()
    if (host) {
      this.#isHosting = true
      await host.start(notebookId)
    }
    const session = this.#findSession() ?? (host ? await this.#untilSession(signal) : undefined)
    if (session) {
      this.#following = { sessionId: session.sessionId, epoch }
      return
    }
    const message = `No ${agent.config.runtimeType} runtime is connected to notebook "${notebookId}".`
    throw new FailureError(createFailure('noRuntime', { message, retryable: false }))
  }

  async stopRuntime(): Promise<void> {
    const { host, agent, clock, onProblem } = this.#options
    if (!host || !this.#isHosting) return void (this.#following = undefined)
    for (const request of this.#executingRequests()) this.askToStop(request)
    this.#following = undefined
    this.#isHosting = false
    let problem: unknown = `it did not answer within ${hostStopMs} ms`
    const stopped = async () =>
      host.stop(agent.config.notebookId).catch((error: unknown) => {
        problem = error
        throw error
      })
    if (await succeedsWithin(stopped, hostStopMs, clock)) return
    onProblem('external.stop: the runtime could not be taken down', problem)
  }

  follow(request: ExecutionRequest, report: (event: FollowReport) => void): () => void {
    const followed = { request, report }
    this.#followed = followed
    this.#watch.schedule()
    return () => {
      if (this.#followed === followed) this.#followed = undefined
    }
  }

  askToStop(request: ExecutionRequest): void {
    const { agent, committer } = this.#options
    const { executionId: queueId, cellId } = request
    const cancelledBy = agent.config.userId
    tellCancellation(agent, request, 'interrupted')
    committer.submit([events.executionCancelled({ queueId, cellId, cancelledBy, reason: 'interrupted' })])
  }

  observe(fact: AgentFact): void {
    if (fact.type === 'agent.started') this.#watch.schedule()
  }

  announce(): void {}

  note(): void {}

  recordCrash(): void {}

  async detach(): Promise<void> {
    this.#watch.close()
    for (const unsubscribe of this.#unsubscribe.splice(0)) unsubscribe()
    await this.#options.committer.idle().catch(() => undefined)
  }

  #findSession(): RuntimeSessionData | undefined {
    return this.#sessions().find((session) => usable.includes(session.status))
  }

  /** Undefined when the start was given up. */
  #untilSession(signal: AbortSignal): Promise<RuntimeSessionData | undefined> {
    return new Promise((resolve) => {
      const look = () => {
        const session = this.#findSession()
        if (!session && !signal.aborted) return
        this.#sessionListeners.delete(look)
        resolve(session)
      }
      this.#sessionListeners.add(look)
      signal.addEventListener('abort', look, { once: true })
      look()
    })
  }

  #look(): void {
    this.#lookAtFollowed()
    this.#lookAtSessions()
    const snapshot = this.#actorRef?.getSnapshot()
    if (!snapshot?.hasTag('up')) return
    for (const request of this.#executingRequests()) {
      this.#actorRef?.send({ type: 'execution.request', request })
    }
  }

  #lookAtFollowed(): void {
    const end = this.#followed && this.#endOf(this.#followed.request.executionId)
    if (!end) return
    const { outcome, reason, failure } = end
    this.#followed?.report({
      type: 'session.ended',
      end: { outcome, ...(reason !== null && { reason }), ...(failure && { failure }) },
    })
  }

  /** A row is cancelled at once; the session that runs it is busy until it has stopped, or runs the next one. */
  #endOf(executionId: string): StoredEnd | undefined {
    const { store } = this.#options
    const end = readExecutionEnd(store, executionId)
    if (end?.outcome !== 'cancelled') return end
    const runner = tables.executionQueue.select('assignedRuntimeSession').where({ id: executionId })
    const [sessionId] = store.query(queryDb(runner))
    const busy = this.#sessions().filter((other) => other.sessionId === sessionId && other.status === 'busy')
    return busy.length === 0 || this.#executingRequests(busy).length > 0 ? end : undefined
  }

  /** What these sessions run. */
  #executingRequests(sessions = this.#sessions()): ExecutionRequest[] {
    const sessionIds = sessions.map(({ sessionId }) => sessionId)
    return this.#options.store
      .query(executing)
      .filter(({ assignedRuntimeSession: id }) => id !== null && sessionIds.includes(id))
      .map(({ id: executionId, cellId, executionCount, requestedBy, requestSeq }) => ({
        executionId,
        cellId,
        executionCount,
        requestedBy,
        requestSeq,
      }))
  }

  #sessions(): readonly RuntimeSessionData[] {
    return this.#options.store.query(activeSessions)
  }

  #lookAtSessions(): void {
    for (const listener of this.#sessionListeners) listener()
    const snapshot = this.#actorRef?.getSnapshot()
    if (!snapshot || snapshot.status !== 'active') return
    const session = this.#findSession()
    if (session && snapshot.matches('failed')) this.#actorRef?.send({ type: 'agent.start' })
    if (!this.#following || session?.sessionId === this.#following.sessionId) return
    const { epoch } = this.#following
    if (session) {
      this.#following = { sessionId: session.sessionId, epoch }
      return
    }
    const failure = createFailure('noRuntime', {
      message: 'The external runtime has ended.',
      retryable: this.#options.host !== null,
    })
    this.#actorRef?.send({ type: 'runtime.crashed', epoch, failure })
  }
}
