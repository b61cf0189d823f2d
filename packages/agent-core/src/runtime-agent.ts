import type { FileData, MediaContainer, Store } from '@runtimed/schema'
import type { RuntimeConfig } from './config.js'
import { unreferenced } from './clock.js'
import { endsWithin, guarded, toError } from './errors.js'
import { watchFiles } from './file-watch.js'
import { addTextForArtifacts, processBinaryContent, type ArtifactTarget } from './images.js'
import { logger } from './logger.js'
import type { Representations } from './representations.js'
import {
  announcementEvents,
  isSessionActive,
  renewalEvent,
  renewalIntervalMs,
  takeOverEvents,
  terminationEvent,
  watchSession,
  type SessionView,
} from './session.js'
import { createStoreWriter, type StoreWriter } from './store-writer.js'
import type {
  CancellationHandler,
  ExecutionHandler,
  IArtifactClient,
  RuntimeAgentEventHandlers,
  RuntimeCapabilities,
} from './types.js'
import { WorkLoop } from './work-loop.js'

/**
 * Serves one notebook: announces a session, runs the requested cells one at a time in the order of the
 * log, and records what comes out.
 *
 * One agent lives once: it is started, it is shut down (by its owner, or because another session took
 * over or the store was closed), and then a new one is made. It never closes the store.
 */
export class RuntimeAgent {
  config: RuntimeConfig
  handlers: RuntimeAgentEventHandlers
  artifactClient: IArtifactClient
  /** Ids that are being or were handled, at most the last 1000. */
  processedExecutions = new Set<string>()
  /** Stop functions of the agent's store subscriptions. */
  subscriptions: (() => void)[] = []
  /** Abort controller of the running execution by queue id. */
  activeExecutions = new Map<string, AbortController>()
  cancellationHandlers: CancellationHandler[] = []
  /** Set while the session is renewed. */
  renewalInterval?: ReturnType<typeof setInterval> | undefined
  filesUpload?: ((files: FileData[]) => void) | undefined
  /** Longest time, in milliseconds, that `shutdown()` waits for executions and for `onShutdown`. */
  shutdownTimeoutMs = 5000

  #capabilities: RuntimeCapabilities
  #isShuttingDown = false
  #executionHandler: ExecutionHandler = echoSource
  #store: Store | undefined
  #writer: StoreWriter | undefined
  #loop: WorkLoop | undefined
  #session: SessionView = { isActive: false, olderSessionIds: [] }
  #renewedAt = 0
  #start: Promise<void> | undefined
  #shutdown: Promise<void> | undefined
  #removeListeners: (() => void)[] = []
  #end: () => void = () => {}
  readonly #ended = new Promise<void>((resolve) => {
    this.#end = resolve
  })

  /** `capabilities` are announced and decide what is claimed; default: those of the configuration. */
  constructor(
    config: RuntimeConfig,
    capabilities: RuntimeCapabilities = config.capabilities,
    handlers: RuntimeAgentEventHandlers = {},
  ) {
    this.config = config
    this.#capabilities = capabilities
    this.handlers = handlers
    this.artifactClient = config.artifactClient
  }

  /** The notebook's store; undefined before `start()`. */
  get store(): Store {
    return this.#store as Store
  }

  /** The handler that runs cells; by default one that shows the source of the cell. */
  get executionHandler(): ExecutionHandler {
    return this.#executionHandler
  }

  get capabilities(): RuntimeCapabilities {
    return this.#capabilities
  }

  /** Changes what the runtime can do; a running session announces it again. */
  set capabilities(capabilities: RuntimeCapabilities) {
    this.#capabilities = capabilities
    if (!this.#session.isActive || this.#isShuttingDown) return
    const status = this.#loop?.status ?? 'ready'
    this.#writer?.commit(announcementEvents(this.config, capabilities, status, new Date()))
  }

  get isShuttingDown(): boolean {
    return this.#isShuttingDown
  }

  /**
   * Setting it to true ends the work of the agent: nothing is claimed any more, the running execution is
   * stopped, and `keepAlive()` resolves. Owners with a shutdown sequence of their own set it.
   */
  set isShuttingDown(value: boolean) {
    this.#isShuttingDown = value
    if (!value || this.#shutdown !== undefined) return
    this.#stopRenewal()
    void this.#loop?.stop('shutdown', this.shutdownTimeoutMs)
    this.#end()
  }

  /** Replaces the handler. */
  onExecution(handler: ExecutionHandler): void {
    this.#executionHandler = handler
  }

  /** Adds a callback for running executions that are stopped. */
  onCancellation(handler: CancellationHandler): void {
    this.cancellationHandlers.push(handler)
  }

  /** Replaces the callback for changes of the notebook's files. It gets all files that are not deleted. */
  onFilesUpload(callback: (files: readonly FileData[]) => void): void {
    this.filesUpload = callback
  }

  /**
   * Announces the session and begins to work. A second call gives the first one's promise.
   *
   * Rejects when the configuration is unusable, when `onStartup` fails, when the store is closed or when
   * the agent was shut down meanwhile. Then nothing stays behind, `onDisconnected` is told, and it may be
   * started again unless it was shut down.
   */
  start(): Promise<void> {
    this.#start ??= this.#performStart().catch(async (error: unknown) => {
      this.#start = undefined
      await this.#undoStart(toError(error))
      throw error
    })
    return this.#start
  }

  /**
   * Ends the session: stops the running execution and waits for it and for `onShutdown`, each at most
   * `shutdownTimeoutMs`. Never rejects; a second call gives the first one's promise.
   */
  shutdown(): Promise<void> {
    this.#shutdown ??= this.#performShutdown('shutdown')
    return this.#shutdown
  }

  /** Resolves when the agent has shut down; until then it keeps a Node process alive. */
  async keepAlive(): Promise<void> {
    const longest = 2 ** 31 - 1
    const handle = setInterval(() => {}, longest)
    try {
      await this.#ended
    } finally {
      clearInterval(handle)
    }
  }

  /** Removes the listeners that `setupShutdownHandlers` added through `listenUntilShutdown`. */
  cleanupShutdownHandlers(): void {
    for (const remove of this.#removeListeners.splice(0)) remove()
  }

  /**
   * For subclasses that listen to platform signals. Adds nothing by default: the agent contains its own
   * errors, and those of others are not its business.
   */
  protected setupShutdownHandlers(): void {}

  /** Adds a listener that `cleanupShutdownHandlers` removes again. */
  protected listenUntilShutdown(target: EventTarget, type: string, listener: (event: Event) => void): void {
    target.addEventListener(type, listener)
    this.#removeListeners.push(() => target.removeEventListener(type, listener))
  }

  /** Decides where one binary value is stored: inline, or above the threshold as an artifact. */
  protected processImageContent(
    mimeType: string,
    content: unknown,
    metadata?: Record<string, unknown>,
    signal?: AbortSignal,
  ): Promise<MediaContainer> {
    return processBinaryContent(mimeType, content, metadata, this.#artifactTarget(), signal)
  }

  /** Adds plain and markdown forms for images that live in artifacts. */
  protected generateTextRepresentationsForArtifacts(representations: Representations): void {
    addTextForArtifacts(representations, this.artifactClient)
  }

  async #performStart(): Promise<void> {
    this.#requireNotShutDown()
    this.config.validate()
    await this.handlers.onStartup?.()
    this.#requireNotShutDown()
    const { store, notebookId, sessionId } = this.config
    const writer = createStoreWriter(store, (error) => this.#onStoreClosed(error))
    this.#store = store
    this.#writer = writer
    this.#renewedAt = Date.now()
    const takeOver = writer.read(
      () => takeOverEvents(store, this.config, this.#capabilities, new Date(this.#renewedAt)),
      undefined,
    )
    if (takeOver === undefined || !writer.commit(takeOver)) throw closedStoreError(notebookId)
    this.#loop = this.#createLoop(store, writer)
    this.subscriptions.push(
      watchSession(store, sessionId, (view) => this.#onSessionChange(view)),
      this.#loop.watch(),
      watchFiles(store, (files) => void guarded('onFilesUpload', () => this.filesUpload?.([...files]))),
    )
    this.#startRenewal()
    this.setupShutdownHandlers()
    await guarded('onConnected', () => this.handlers.onConnected?.())
    logger.info('Runtime agent is ready', { notebookId, sessionId, runtimeType: this.config.runtimeType })
  }

  #requireNotShutDown(): void {
    if (!this.#isShuttingDown) return
    throw new Error(
      `Runtime agent ${this.config.sessionId} was shut down and cannot be started. Create a new agent with a new RuntimeConfig.`,
    )
  }

  async #undoStart(error: Error): Promise<void> {
    logger.error('The runtime agent could not start', error, { sessionId: this.config.sessionId })
    await this.#loop?.stop('error', this.shutdownTimeoutMs)
    this.#detach()
    this.#terminate('error')
    await guarded('onDisconnected', () => this.handlers.onDisconnected?.(error))
  }

  async #performShutdown(reason: string): Promise<void> {
    const { sessionId, notebookId } = this.config
    this.#isShuttingDown = true
    logger.info('Runtime agent is shutting down', { notebookId, sessionId, reason })
    const told = guarded('onShutdown', () => this.handlers.onShutdown?.())
    await Promise.all([
      endsWithin(told, this.shutdownTimeoutMs),
      this.#loop?.stop(reason, this.shutdownTimeoutMs),
    ])
    this.#detach()
    this.#terminate('shutdown')
    this.#end()
  }

  #terminate(reason: 'shutdown' | 'error'): void {
    const { sessionId } = this.config
    const writer = this.#writer
    this.#session = { isActive: false, olderSessionIds: [] }
    if (writer?.read(() => isSessionActive(this.store, sessionId), false) !== true) return
    writer.commit([terminationEvent(sessionId, reason)])
  }

  #detach(): void {
    for (const unsubscribe of this.subscriptions.splice(0)) {
      try {
        unsubscribe()
      } catch (error) {
        logger.debug('A subscription was gone before it was ended', { cause: toError(error).message })
      }
    }
    this.#stopRenewal()
    void guarded('cleanupShutdownHandlers', () => this.cleanupShutdownHandlers())
  }

  #createLoop(store: Store, writer: StoreWriter): WorkLoop {
    return new WorkLoop({
      store,
      writer,
      config: this.config,
      artifacts: this.#artifactTarget(),
      activeExecutions: this.activeExecutions,
      processedExecutions: this.processedExecutions,
      mayClaim: () => this.#mayClaim(),
      capabilities: () => this.#capabilities,
      handler: () => this.#executionHandler,
      onStopped: (queueId, cellId, reason) => this.#tellCancellation(queueId, cellId, reason),
      onExecutionError: (error, context) => this.handlers.onExecutionError?.(error, context),
    })
  }

  #mayClaim(): boolean {
    if (this.#isShuttingDown || !this.#session.isActive || this.#writer?.isOpen !== true) return false
    if (Date.now() - this.#renewedAt > renewalIntervalMs * 2) this.#renew()
    return true
  }

  #artifactTarget(): ArtifactTarget {
    const { imageArtifactThresholdBytes, notebookId, authToken } = this.config
    return {
      client: this.artifactClient,
      thresholdBytes: imageArtifactThresholdBytes,
      notebookId,
      authToken,
      process: (mimeType, content, metadata, signal) =>
        this.processImageContent(mimeType, content, metadata, signal),
      describe: (representations) => this.generateTextRepresentationsForArtifacts(representations),
    }
  }

  #tellCancellation(queueId: string, cellId: string, reason: string): void {
    for (const handler of this.cancellationHandlers) {
      queueMicrotask(() => void guarded('onCancellation', () => handler(queueId, cellId, reason)))
    }
  }

  #onSessionChange(view: SessionView): void {
    const wasActive = this.#session.isActive
    this.#session = view
    if (wasActive && !view.isActive) queueMicrotask(() => this.#onDisplaced())
    if (view.olderSessionIds.length > 0) queueMicrotask(() => this.#displaceOlder())
  }

  #onDisplaced(): void {
    if (this.#isShuttingDown) return
    const { sessionId } = this.config
    this.#leave(new Error(`Runtime session ${sessionId} was ended by another client.`), 'displaced')
  }

  #displaceOlder(): void {
    if (this.#isShuttingDown || !this.#session.isActive) return
    this.#writer?.commit(this.#session.olderSessionIds.map((id) => terminationEvent(id, 'displaced')))
  }

  #onStoreClosed(error: Error): void {
    this.#session = { isActive: false, olderSessionIds: [] }
    logger.error('The store of the notebook is closed; the runtime agent ends', error)
    if (!this.#isShuttingDown) this.#leave(error, 'store closed')
  }

  #leave(error: Error, reason: string): void {
    void guarded('onDisconnected', () => this.handlers.onDisconnected?.(error))
    this.#shutdown ??= this.#performShutdown(reason)
  }

  #startRenewal(): void {
    this.renewalInterval = unreferenced(setInterval(() => this.#renew(), renewalIntervalMs))
  }

  #stopRenewal(): void {
    clearInterval(this.renewalInterval)
    this.renewalInterval = undefined
  }

  #renew(): void {
    if (this.#isShuttingDown || !this.#session.isActive) return this.#stopRenewal()
    this.#renewedAt = Date.now()
    this.#writer?.commit([renewalEvent(this.config.sessionId, new Date(this.#renewedAt))])
    logger.debug('Runtime session renewed', { sessionId: this.config.sessionId })
  }
}

const echoSource: ExecutionHandler = async ({ cell }) => {
  await new Promise((resolve) => setTimeout(resolve, 0))
  return { success: true, data: { 'text/plain': cell.source || '' } }
}

function closedStoreError(notebookId: string): Error {
  return new Error(
    `The store of notebook ${notebookId} is closed, so no runtime session can be started on it. Open the store again and create a new agent.`,
  )
}
