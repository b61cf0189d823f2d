import type { RuntimeAgent } from '@runtimed/agent-core'
import type { CellData } from '@runtimed/schema'
import {
  createFailure,
  FailureError,
  failureCodes,
  sessionIdOf,
  toFailure,
  type AgentActorRef,
  type AgentFact,
  type AgentSettings,
  type CellOptions,
  type ClaimResult,
  type ExecutionInput,
  type Failure,
  type FailureCode,
  type HandlerInput,
  type HandlerReport,
  type RuntimeInput,
} from '../../machines/index.js'
import type { HandlerDefinition, HandlerInstance } from '../execution/handler.js'
import type { Committer } from '../livestore/committer.js'
import { ExecutionRecords } from '../livestore/execution-records.js'
import { readCellOptions } from '../livestore/cell-options.js'
import type { NotedTransition } from '../livestore/history-buffer.js'
import { untilConfirmed } from '../livestore/confirmation.js'
import { languageEvents } from '../livestore/language-info.js'
import { Intake } from '../livestore/intake.js'
import { Mirror } from '../livestore/mirror.js'
import { renewSession, type Renewal } from '../livestore/renewal.js'
import { toStorableFailure } from '../livestore/stored-failure.js'
import type { AgentServices, HandlerRun } from './agent-services.js'
import { checkCellOptions } from './check-arguments.js'
import { reportBrokenWatch } from './broken-watch.js'
import { LocalHandlerRun, type RuntimeSurroundings } from './local-handler-run.js'
import { requireOpenStore } from './notebook-store.js'
import { disposeRuntime } from './runtime-disposal.js'

export interface LocalRuntimeOptions extends RuntimeSurroundings {
  readonly committer: Committer
  /** Asked at each start, so that a handler given later serves the next life. */
  readonly definition: () => HandlerDefinition
  /** False: other processes may write to this notebook, and a claim counts only once the backend has it. */
  readonly soleOwner: boolean
  /** True: nobody else runs cells of this notebook, so that a cell which may run twice need not wait for its claim. */
  readonly soleRunner?: boolean | undefined
  readonly settings: Pick<AgentSettings, 'retry'>
  /** What the app says about one cell; it goes before what the cell's own metadata says. */
  readonly cellOptions?: ((cell: CellData) => CellOptions | undefined) | undefined
}

/** As JSON, which is what inspectors send, a cell is no more than its name: its source is nobody's business but the handler's. */
const named = (cell: CellData): CellData =>
  Object.defineProperty({ ...cell }, 'toJSON', { value: () => ({ id: cell.id, cellType: cell.cellType }) })

/** Runs the notebook's cells in this process, through a handler, and records it in the notebook. */
export class LocalRuntime implements AgentServices {
  readonly #options: LocalRuntimeOptions
  readonly #mirror: Mirror
  readonly #intake: Intake
  readonly #records = new ExecutionRecords()
  #run: LocalHandlerRun | undefined
  #actorRef: AgentActorRef | undefined
  #instance: HandlerInstance | undefined
  #disposal: Promise<void> = Promise.resolve()
  #session: { sessionId: string; epoch: number; renewal: Renewal } | undefined
  #stopWatchingStore: () => void = () => undefined

  constructor(options: LocalRuntimeOptions) {
    const { agent, store, view, committer, clock, now } = options
    this.#options = options
    this.#mirror = new Mirror({
      agentId: options.agentId,
      committer,
      view,
      records: this.#records,
      clock,
      onProblem: options.onProblem,
      environment: {
        runtimeId: agent.config.runtimeId,
        runtimeType: agent.config.runtimeType,
        get capabilities() {
          return agent.capabilities
        },
        soleOwner: options.soleOwner,
        now,
        elapsedMs: (executionId) => this.#records.elapsedMs(executionId),
        retriesLost: () => options.settings.retry === 'safe' && options.definition().repeatable === true,
      },
    })
    this.#intake = new Intake({
      store,
      view,
      records: this.#records,
      actor: () => this.#actor(),
      session: () => this.#session,
      now,
      supersede: (sessionId) => this.#mirror.supersede(sessionId),
      broke: (error) => void reportBrokenWatch(error, this.#actor(), options),
    })
  }

  attach(actorRef: AgentActorRef): void {
    this.#actorRef = actorRef
    this.#stopWatchingStore = this.#options.committer.onDeath(({ code, message }) =>
      actorRef.send({ type: 'store.died', failure: createFailure(code, { message }) }),
    )
    this.#options.agent.subscriptions.push(() => this.#intake.close())
    this.#intake.open()
  }

  async startRuntime(input: RuntimeInput, signal: AbortSignal): Promise<void> {
    requireOpenStore(this.#options)
    await this.#disposal
    if (signal.aborted) return
    const instance = this.#options.definition().create({
      notebookId: this.#options.agent.config.notebookId,
      sessionId: input.sessionId,
      streamBytes: this.#options.outputLimits?.streamBytes,
      onCrash: (crash) => this.#crashed(instance, input.epoch, crash),
    })
    this.#instance = instance
    const abandon = () => this.#abandonStart(instance)
    signal.addEventListener('abort', abandon, { once: true })
    await failingWith('startFailed', () => instance.start?.())
    await failingWith('probeFailed', () => instance.probe?.())
    signal.removeEventListener('abort', abandon)
  }

  async stopRuntime(): Promise<void> {
    const instance = this.#instance
    this.#instance = undefined
    if (instance) this.#disposal = disposeRuntime(instance, this.#options.clock)
    await this.#disposal
  }

  claimExecution(input: ExecutionInput): Promise<ClaimResult> {
    return this.#claim(input).catch((error: unknown) => {
      if (error instanceof FailureError) return { status: 'refused', failure: error.failure }
      throw error
    })
  }

  runHandler(input: HandlerInput, report: (event: HandlerReport) => void): HandlerRun {
    const instance = this.#instance
    if (!instance) throw new FailureError(createFailure('workerCrashed'))
    this.#run = new LocalHandlerRun({ ...this.#options, instance, mirror: this.#mirror, input, report })
    void this.#run.start()
    return this.#run
  }

  observe(fact: AgentFact): void {
    this.#mirror.record(fact)
    switch (fact.type) {
      case 'agent.starting':
      case 'agent.failed':
        return this.#intake.open()
      case 'agent.started':
        return this.#openSession(fact.sessionId, fact.epoch)
      case 'agent.ended':
        return this.#closeSession()
      case 'agent.busy':
        return this.#session?.renewal.wake()
      case 'execution.finished':
        this.#run?.leave(fact.end.reason)
        this.#run = undefined
        return this.#intake.refresh()
      case 'queue.abandoned':
        return void this.#abandonQueue(fact.reason)
    }
  }

  announce(): void {
    if (!this.#session) return
    this.#mirror.announce(this.#session.sessionId, this.#snapshot().matches('executing'))
    this.#session.renewal.renew()
  }

  note(transition: NotedTransition): void {
    this.#mirror.note(transition)
  }

  recordCrash(failure: Failure): void {
    const { context } = this.#snapshot()
    const sessionId = sessionIdOf(context)
    if (context.current) {
      const end = {
        request: context.current,
        outcome: 'failed' as const,
        claimed: true,
        stateLost: true,
        reason: failure.message,
        failure,
      }
      this.#mirror.record({ type: 'execution.finished', sessionId, end })
    }
    if (!context.sessionIsOpen) return
    this.#mirror.record({ type: 'agent.ended', epoch: context.epoch, sessionId, reason: 'error', failure })
  }

  async detach(): Promise<void> {
    this.#closeSession()
    this.#stopWatchingStore()
    this.#intake.close()
    this.#mirror.close()
    await this.#options.committer.idle().catch(() => undefined)
  }

  #actor(): AgentActorRef {
    return this.#actorRef as AgentActorRef
  }

  #snapshot() {
    return this.#actor().getSnapshot()
  }

  async #claim(input: ExecutionInput): Promise<ClaimResult> {
    const { view, soleOwner, soleRunner = soleOwner, committer, clock } = this.#options
    const { request, sessionId } = input
    const cell = this.#runnableCell(request.cellId)
    const gone = { status: 'gone', reason: 'The request was cancelled, or another session took it.' } as const
    const isPending = view.queueRow(request.executionId)?.status === 'pending'
    if (!isPending || this.#records.isTaken(request.executionId)) return gone
    const won = { status: 'claimed', cell: named(cell), options: this.#cellOptions(cell) } as const
    const { submission, claimed } = this.#mirror.claim(request, sessionId)
    const needsNoProof = soleRunner && this.#options.definition().repeatable && committer.status === 'open'
    if (needsNoProof || (soleOwner && submission.isKept)) return won
    await (soleOwner ? submission.durable : untilConfirmed(submission, committer, clock))
    const isOwn = () =>
      view.queueRow(request.executionId)?.assignedRuntimeSession === sessionId &&
      !view.sessionHasEnded(sessionId)
    return claimed() && isOwn() ? won : gone
  }

  #openSession(sessionId: string, epoch: number): void {
    const { clock, now } = this.#options
    const renewal = renewSession({
      sessionId,
      clock,
      now,
      isBusy: () => this.#snapshot().matches('executing'),
      write: (event) => void this.#mirror.write(event),
      onTimer: (timer) => (this.#options.agent.renewalInterval = timer as RuntimeAgent['renewalInterval']),
    })
    this.#session = { sessionId, epoch, renewal }
    const language = this.#instance?.language?.()
    if (language) for (const event of languageEvents(this.#options.store, language)) this.#mirror.write(event)
  }

  #closeSession(): void {
    this.#session?.renewal.stop()
    this.#session = undefined
  }

  async #abandonQueue(reason: string): Promise<void> {
    await this.#mirror.abandonQueue(reason).durable.catch(() => undefined)
    this.#intake.refresh()
  }

  #abandonStart(instance: HandlerInstance): void {
    if (this.#instance === instance) this.#instance = undefined
    this.#disposal = disposeRuntime(
      { ...instance, dispose: () => instance.dispose(true) },
      this.#options.clock,
    )
  }

  #crashed(instance: HandlerInstance, epoch: number, crash: { code: string; message: string }): void {
    if (this.#instance !== instance) return
    const failure = toStorableFailure(createFailure(toFailureCode(crash.code), crash))
    if (this.#run?.isOpen) this.#run.crash(failure)
    else this.#actor().send({ type: 'runtime.crashed', epoch, failure })
  }

  /** Throws a `FailureError` for a callback of the app that throws, or returns something else than options. */
  #cellOptions(cell: CellData): CellOptions {
    const ofFile = readCellOptions(this.#options.view.cellDetails(cell.id))
    try {
      const ofApp = this.#options.cellOptions?.(cell)
      checkCellOptions(ofApp)
      return { ...ofFile, ...ofApp }
    } catch (error) {
      const message = `The app's cellOptions() failed for cell ${cell.id}: ${toFailure(error).message}`
      throw new FailureError(createFailure('handlerError', { message }))
    }
  }

  /** Throws a `FailureError` for a cell that is gone, and for one that this runtime cannot run. */
  #runnableCell(cellId: string): CellData {
    const cell = this.#options.view.cell(cellId)
    if (!cell) {
      const message = `Cell ${cellId} was deleted before it could run.`
      throw new FailureError(createFailure('cellMissing', { message }))
    }
    const { capabilities, config } = this.#options.agent
    const covered = {
      code: capabilities.canExecuteCode,
      sql: capabilities.canExecuteSql,
      ai: capabilities.canExecuteAi,
      markdown: false,
      raw: false,
    }
    if (covered[cell.cellType]) return cell
    const message = `A runtime of type "${config.runtimeType}" cannot run cells of type "${cell.cellType}".`
    throw new FailureError(createFailure('notCapable', { message, details: { cellType: cell.cellType } }))
  }
}

async function failingWith(code: FailureCode, work: () => Promise<void> | undefined): Promise<void> {
  try {
    await work()
  } catch (error) {
    throw new FailureError(toStorableFailure(toFailure(error, code)))
  }
}

const toFailureCode = (code: string): FailureCode =>
  failureCodes.find((known) => known === code) ?? 'workerCrashed'
