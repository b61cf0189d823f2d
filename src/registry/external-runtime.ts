import { events, queryDb, tables, type RuntimeSessionData, type Store } from '@runtimed/schema'
import {
  createFailure,
  FailureError,
  type AgentActorRef,
  type AgentFact,
  type ClaimResult,
  type ExecutionRequest,
  type HandlerInput,
  type HandlerReport,
  type HandlerResult,
  type RuntimeInput,
} from '../../machines/index.js'
import type { Committer } from '../livestore/committer.js'
import type { TimerClock } from '../livestore/mirror.js'
import { createNotebookWatch } from '../livestore/notebook-watch.js'
import type { StoreView } from '../livestore/store-view.js'
import type { AgentServices, HandlerRun } from './agent-services.js'
import { reportBrokenWatch } from './broken-watch.js'
import { requireOpenStore } from './notebook-store.js'
import type { ExternalHost } from './external-handler.js'
import type { RegistryAgent } from './registry-agent.js'
import { succeedsWithin } from './runtime-disposal.js'

export interface ExternalRuntimeOptions {
  readonly agent: RegistryAgent
  readonly store: Store
  readonly view: StoreView
  readonly committer: Committer
  /** Null: nobody here can bring the runtime up. */
  readonly host: ExternalHost | null
  readonly clock: TimerClock
  onProblem(message: string, error: unknown): void
}

const executing = queryDb(tables.executionQueue.select().where({ status: 'executing' }), {
  label: 'external.executing',
})

/** Milliseconds that a host may take to stop its runtime; the agent then ends without it. */
const hostStopMs = 30_000

const usable: readonly string[] = ['ready', 'busy']

/**
 * Follows a runtime that lives in another process by the rows that it writes: the agent is `running` while a session is
 * active, `executing` while that session executes a row, and `failed` with `noRuntime` while none is there and no host can bring
 * one. It writes nothing of its own but the cancellation that an interrupt asks for.
 */
export class ExternalRuntime implements AgentServices {
  readonly #options: ExternalRuntimeOptions
  readonly #rowListeners = new Set<() => void>()
  readonly #sessionListeners = new Set<() => void>()
  readonly #watch = createNotebookWatch(
    () => this.#look(),
    (error) => void reportBrokenWatch(error, this.#actorRef as AgentActorRef, this.#options),
  )
  #isHosting = false
  #actorRef: AgentActorRef | undefined
  #following: { sessionId: string; epoch: number } | undefined
  #unsubscribe: (() => void)[] = []

  constructor(options: ExternalRuntimeOptions) {
    this.#options = options
  }

  attach(actorRef: AgentActorRef): void {
    this.#actorRef = actorRef
    const { store, committer } = this.#options
    const sessions = queryDb(tables.runtimeSessions.select().where({ isActive: true }), {
      label: 'external.sessions',
    })
    this.#watch.open()
    this.#unsubscribe = [
      store.subscribe(sessions, this.#watch.schedule),
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
    this.#following = undefined
    const { host, agent, clock, onProblem } = this.#options
    if (!host || !this.#isHosting) return
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

  claimExecution(): Promise<ClaimResult> {
    return Promise.resolve({ status: 'claimed' })
  }

  runHandler({ request }: HandlerInput, report: (event: HandlerReport) => void): HandlerRun {
    const abort = new AbortController()
    void this.#untilEnded(request.executionId, abort.signal).then((result) => {
      if (!abort.signal.aborted) report({ type: 'handler.settled', result })
    })
    return {
      interrupt: () => {
        this.#options.agent.notifyCancellation(request, 'interrupted')
        this.#cancel(request)
      },
      force: () => report({ type: 'handler.crashed', failure: createFailure('forcedStop') }),
      close: () => abort.abort(),
    }
  }

  observe(fact: AgentFact): void {
    if (fact.type === 'agent.started') this.#watch.schedule()
  }

  note(): void {}

  recordCrash(): void {}

  detach(): Promise<void> {
    this.#watch.close()
    for (const unsubscribe of this.#unsubscribe.splice(0)) unsubscribe()
    return Promise.resolve()
  }

  #findSession(): RuntimeSessionData | undefined {
    return this.#options.store
      .query(queryDb(tables.runtimeSessions.select().where({ isActive: true })))
      .find((session) => usable.includes(session.status))
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
    this.#lookAtSessions()
    this.#lookAtRows()
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

  #lookAtRows(): void {
    for (const listener of this.#rowListeners) listener()
    const snapshot = this.#actorRef?.getSnapshot()
    if (!snapshot?.hasTag('up')) return
    for (const row of this.#options.store.query(executing)) {
      const { id: executionId, cellId, executionCount, requestedBy, requestSeq } = row
      const request = { executionId, cellId, executionCount, requestedBy, requestSeq }
      this.#actorRef?.send({ type: 'execution.request', request })
    }
  }

  #untilEnded(executionId: string, signal: AbortSignal): Promise<HandlerResult> {
    return new Promise((resolve) => {
      const look = () => {
        const row = this.#options.view.queueRow(executionId)
        if (row?.status === 'executing' && !signal.aborted) return
        this.#rowListeners.delete(look)
        resolve(
          row?.status === 'completed'
            ? { success: true }
            : { success: false, error: `The external runtime ended it as ${row?.status ?? 'unknown'}.` },
        )
      }
      this.#rowListeners.add(look)
      signal.addEventListener('abort', look, { once: true })
      look()
    })
  }

  #cancel(request: ExecutionRequest): void {
    const submission = this.#options.committer.submit([
      events.executionCancelled({
        queueId: request.executionId,
        cellId: request.cellId,
        cancelledBy: this.#options.agent.config.userId,
        reason: 'interrupted',
      }),
    ])
    submission.durable.catch(() => undefined)
    submission.confirmed.catch(() => undefined)
  }
}
