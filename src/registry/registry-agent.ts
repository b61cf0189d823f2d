import {
  logger,
  RuntimeAgent,
  systemClock,
  watchFiles,
  type RuntimeAgentEventHandlers,
  type RuntimeCapabilities,
  type RuntimeConfig,
} from '@runtimed/agent-core'
import type { FileData } from '@runtimed/schema'
import type { Observer, Subscription } from 'xstate'
import {
  nextActionFor,
  toFailure,
  type AgentActorRef,
  type AgentSnapshot,
  type ExecutionRequest,
  type Failure,
} from '../../machines/index.js'
import { RegistryError } from '../errors.js'
import { NotebookWriter } from '../livestore/notebook-writer.js'
import type { QueuedExecution } from '../livestore/queue-queries.js'
import { succeedsWithin } from './runtime-disposal.js'

/**
 * The agent that a registry hands out: what users of `RuntimeAgent` touch, driven by the agent's machine.
 *
 * `start()` and `shutdown()` are commands to the machine. The machine's actor is there for everything else: `actorRef` to send
 * events and to read facts, `getSnapshot` and `subscribe` for its state.
 */
export class RegistryAgent extends RuntimeAgent {
  readonly #shutdownCallbacks = new Set<() => void | Promise<void>>()
  #actorRef: AgentActorRef | undefined
  #ended: Promise<void> = Promise.resolve()
  #capabilitiesChanged: () => void = () => undefined
  #stopWatchingFiles: (() => void) | undefined

  constructor(
    config: RuntimeConfig,
    capabilities: RuntimeCapabilities,
    handlers?: RuntimeAgentEventHandlers,
  ) {
    super(config, capabilities, handlers)
  }

  /** Gives the agent its actor; `ended` resolves when the actor is gone and all is recorded. @internal */
  attach(actorRef: AgentActorRef, ended: Promise<void>): void {
    this.#actorRef = actorRef
    this.#ended = ended.then(() => this.#runShutdownCallbacks())
    actorRef.subscribe({
      next: (snapshot) => {
        if (isGoing(snapshot)) super.isShuttingDown = true
      },
      error: () => {
        super.isShuttingDown = true
      },
    })
  }

  /** The agent's actor, a child of the registry's. */
  get actorRef(): AgentActorRef {
    if (!this.#actorRef) throw new RegistryError('AGENT_NOT_SPAWNED', 'The agent has no actor yet.')
    return this.#actorRef
  }

  override get isShuttingDown(): boolean {
    return super.isShuttingDown
  }

  /** True: the agent is told to stop, as by `shutdown()`, which also waits for it. An agent that stops is not called back by false. */
  override set isShuttingDown(value: boolean) {
    if (!value) return
    super.isShuttingDown = true
    const snapshot = this.#actorRef?.getSnapshot()
    if (snapshot?.status === 'active' && !isGoing(snapshot)) this.actorRef.send({ type: 'agent.stop' })
  }

  override get capabilities(): RuntimeCapabilities {
    return super.capabilities
  }

  /** Changes what the runtime can do: decides from now on what is run, and a running session announces it again. */
  override set capabilities(capabilities: RuntimeCapabilities) {
    super.capabilities = capabilities
    this.#capabilitiesChanged()
  }

  /** Replaces the callback that hears of changed capabilities. @internal */
  onCapabilitiesChange(callback: () => void): void {
    this.#capabilitiesChanged = callback
  }

  /** Replaces the callback for changes of the notebook's files, until the agent has ended. It gets all files that are not deleted. */
  override onFilesUpload(callback: (files: readonly FileData[]) => void): void {
    super.onFilesUpload(callback)
    this.#stopWatchingFiles ??= watchFiles(
      this.store,
      (files) => void contain('An onFilesUpload callback failed', () => this.filesUpload?.([...files])),
    )
  }

  override get store() {
    return this.config.store
  }

  getSnapshot(): AgentSnapshot {
    return this.actorRef.getSnapshot()
  }

  /**
   * Calls back with each new snapshot, until unsubscribed; not with the present one. What an observer throws is logged; a crash of the
   * agent is told to those that have `error`.
   */
  subscribe(observer: Observer<AgentSnapshot> | ((snapshot: AgentSnapshot) => void)): Subscription {
    const { next, error, complete }: Observer<AgentSnapshot> =
      typeof observer === 'function' ? { next: observer } : observer
    const tell = <Value>(value: Value, callback?: (value: Value) => void) =>
      void contain('An observer of an agent failed', () => callback?.call(observer, value))
    return this.actorRef.subscribe({
      next: (snapshot) => tell(snapshot, next),
      error: (reason: unknown) => tell(reason, error),
      complete: () => tell(undefined, complete),
    })
  }

  /**
   * Starts the runtime unless it is up, and resolves when it is up. Rejects with `RUNTIME_FAILED` when it goes to `failed`
   * (the failure is in `cause`), or with `AGENT_STOPPED` when it was shut down meanwhile.
   */
  override async start(): Promise<void> {
    if (this.getSnapshot().status === 'active') {
      await this.handlers.onStartup?.()
      this.actorRef.send({ type: 'agent.start' })
    }
    await this.#untilUp()
    await this.handlers.onConnected?.()
  }

  /** Ends the runtime; resolves when the session's end is recorded. The store stays open. Idempotent; never rejects. */
  override async shutdown(): Promise<void> {
    this.isShuttingDown = true
    await this.#ended
  }

  /** Resolves when the agent has ended. */
  override keepAlive(): Promise<void> {
    return this.#ended
  }

  /**
   * Calls back once, when the agent has ended; at once when it already has. `shutdown()` waits for it, at most `shutdownTimeoutMs`.
   * Returns the function that forgets it.
   */
  onShutdown(callback: () => void | Promise<void>): () => void {
    this.#shutdownCallbacks.add(callback)
    return () => this.#shutdownCallbacks.delete(callback)
  }

  /** Stops the running cell. Without one: no effect. What waits goes on unless the error policy ends it. */
  interrupt(reason?: string): void {
    this.actorRef.send({ type: 'execution.interrupt', ...(reason !== undefined && { reason }) })
  }

  /** Ends a running cell that does not react to its interrupt, with its runtime: variables are lost. Else: no effect. */
  force(): void {
    this.actorRef.send({ type: 'execution.force' })
  }

  /** Puts off the cull of an idle runtime: its idle time counts from now. */
  keep(): void {
    this.actorRef.send({ type: 'agent.keep' })
  }

  /** Never cull the runtime, until `unpin()`. */
  pin(): void {
    this.actorRef.send({ type: 'agent.pin' })
  }

  unpin(): void {
    this.actorRef.send({ type: 'agent.unpin' })
  }

  /**
   * Cancels one execution that waits or runs; resolves when that is on disk. One that has ended, or that the notebook does not
   * know, is left as it is. Rejects with `STORE_DIED`, or with `STORE_STALLED` when the store stands still.
   */
  async cancel(executionId: string, reason = 'Cancelled.'): Promise<void> {
    await this.#cancelAll(reason, (queued) => queued.executionId === executionId)
  }

  /** Cancels everything that waits, and what runs; resolves when that is on disk. Rejects as {@link cancel} does. */
  async cancelAll(reason = 'Cancelled.'): Promise<void> {
    await this.#cancelAll(reason, () => true)
  }

  async #cancelAll(reason: string, isChosen: (queued: QueuedExecution) => boolean): Promise<void> {
    const writer = new NotebookWriter(this.store, this.config.userId)
    const { durable } = writer.cancelAllExecutions(reason, isChosen)
    await Promise.race([durable, writer.idle()])
  }

  /** Starts a new life of the runtime: variables are lost, the running and the waiting requests are cancelled. */
  restart(): void {
    this.actorRef.send({ type: 'agent.restart' })
  }

  /** Tells the cancellation handlers; one that throws or rejects is logged. @internal */
  notifyCancellation(request: ExecutionRequest, reason: string): void {
    for (const handler of this.cancellationHandlers) {
      void contain('A cancellation handler failed', () =>
        handler(request.executionId, request.cellId, reason),
      )
    }
  }

  async #untilUp(): Promise<void> {
    const snapshot = await new Promise<AgentSnapshot>((resolve, reject) => {
      const present = this.getSnapshot()
      if (isDecided(present)) return resolve(present)
      const subscription = this.actorRef.subscribe({
        next: (next) => {
          if (!isDecided(next)) return
          subscription.unsubscribe()
          resolve(next)
        },
        error: (error: unknown) => reject(agentCrashed(this.config, error)),
        complete: () => resolve(this.getSnapshot()),
      })
    })
    if (snapshot.matches('failed')) throw runtimeFailed(this.config, snapshot.context.failure)
    if (!snapshot.hasTag('up')) throw agentStopped(this.config)
  }

  async #runShutdownCallbacks(): Promise<void> {
    await contain('The watch of the files could not be ended', () => this.#stopWatchingFiles?.())
    await this.#tellEnd('onShutdown', () => this.handlers.onShutdown?.())
    for (const callback of this.#shutdownCallbacks) await this.#tellEnd('An onShutdown callback', callback)
    this.#shutdownCallbacks.clear()
  }

  async #tellEnd(what: string, callback: () => unknown): Promise<void> {
    const limitMs = this.shutdownTimeoutMs
    const inTime = await succeedsWithin(() => contain(`${what} failed`, callback), limitMs, systemClock)
    if (!inTime) logger.error(`${what} did not end within ${limitMs} ms; the agent has ended all the same`)
  }
}

const isGoing = (snapshot: AgentSnapshot) => snapshot.matches('shuttingDown') || snapshot.matches('stopped')

const isDecided = (snapshot: AgentSnapshot) =>
  snapshot.hasTag('up') || snapshot.matches('failed') || snapshot.status !== 'active'

const runtimeFailed = (config: RuntimeConfig, failure: Failure | null) =>
  new RegistryError(
    'RUNTIME_FAILED',
    `The ${config.runtimeType} runtime of notebook "${config.notebookId}" did not start: ${failure?.message ?? 'no reason given'} ${failure ? nextActionFor(failure.code) : ''}`,
    { cause: failure },
  )

const agentCrashed = (config: RuntimeConfig, error: unknown) =>
  new RegistryError(
    'RUNTIME_FAILED',
    `The agent of notebook "${config.notebookId}" crashed; this is a bug. Report it with the cause.`,
    { cause: toFailure(error, 'machineCrashed') },
  )

const agentStopped = (config: RuntimeConfig) =>
  new RegistryError(
    'AGENT_STOPPED',
    `The agent of notebook "${config.notebookId}" was shut down before it was up. Ask the registry for a new one.`,
  )

/** Runs a user's callback; what it throws is logged and goes no further. */
async function contain(what: string, callback: () => unknown): Promise<void> {
  try {
    await callback()
  } catch (error) {
    logger.error(what, error)
  }
}
