import type { FileData, MediaContainer, Store } from '@runtimed/schema'
import type { RuntimeConfig } from './config.js'
import { endsWithin, guarded, toError } from './errors.js'
import { watchFiles } from './file-watch.js'
import { addTextForArtifacts, processBinaryContent, type ArtifactTarget } from './images.js'
import { logger } from './logger.js'
import type { Representations } from './representations.js'
import { createRuntimeDriver, type RuntimeDriver } from './runtime-driver.js'
import type {
  CancellationHandler,
  ExecutionHandler,
  IArtifactClient,
  RuntimeAgentEventHandlers,
  RuntimeCapabilities,
} from './types.js'

/**
 * Serves one notebook: announces a session, runs the requested cells one at a time in the order of the
 * log, and records what comes out. A {@link RuntimeDriver} does that for it.
 *
 * One agent lives once: it is started, it is shut down (by its owner, or because another session took
 * over, the store was closed or its runtime failed for good), and then a new one is made. It never closes the store.
 */
export class RuntimeAgent {
  config: RuntimeConfig
  handlers: RuntimeAgentEventHandlers
  artifactClient: IArtifactClient
  /** Ids that are being or were run, at most the last 1000. */
  processedExecutions = new Set<string>()
  /** Stop functions of the agent's store subscriptions. */
  subscriptions: (() => void)[] = []
  /** Abort controller of the running execution by queue id. */
  activeExecutions = new Map<string, AbortController>()
  cancellationHandlers: CancellationHandler[] = []
  /** The timer of the next renewal; set while the session is renewed. */
  renewalInterval?: ReturnType<typeof setInterval> | undefined
  /** Longest time, in milliseconds, that `shutdown()` waits for `onShutdown`. */
  shutdownTimeoutMs = 5000

  /** Unset until the agent is started, unless a registry made it. */
  protected driver: RuntimeDriver | undefined
  /** Called when the agent has ended; each is waited for as `onShutdown` is. */
  protected readonly endCallbacks = new Set<() => unknown>()
  protected hasEnded = false
  #capabilities: RuntimeCapabilities
  #executionHandler: ExecutionHandler = echoSource
  #filesUpload: ((files: FileData[]) => void) | undefined
  #watchesFiles = false
  #isShuttingDown = false
  #starting: Promise<void> | undefined
  #told: Promise<void> | undefined
  #ending: Promise<void> | undefined
  #removeListeners: (() => void)[] = []
  #resolveEnded: () => void = () => {}
  readonly #ended = new Promise<void>((resolve) => {
    this.#resolveEnded = resolve
  })

  /** `capabilities` are announced and decide what is run; default: those of the configuration. */
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

  /** The notebook's store. */
  get store(): Store {
    return this.config.store
  }

  /** The handler that runs cells; by default one that shows the source of the cell. */
  get executionHandler(): ExecutionHandler {
    return this.#executionHandler
  }

  get capabilities(): RuntimeCapabilities {
    return this.#capabilities
  }

  /** Changes what the runtime can do: decides from now on what is run, and a running session announces it again. */
  set capabilities(capabilities: RuntimeCapabilities) {
    this.#capabilities = capabilities
    this.driver?.announce()
  }

  /** The callback of {@link onFilesUpload}. */
  get filesUpload(): ((files: FileData[]) => void) | undefined {
    return this.#filesUpload
  }

  set filesUpload(callback: ((files: FileData[]) => void) | undefined) {
    this.#filesUpload = callback
    this.#watchFiles()
  }

  get isShuttingDown(): boolean {
    return this.#isShuttingDown
  }

  /**
   * True: ends the agent as `shutdown()` does, which also waits for it. Owners with a shutdown sequence of their own set it. An agent
   * that ends is not called back by false.
   */
  set isShuttingDown(value: boolean) {
    if (!value || this.#isShuttingDown) return
    this.#isShuttingDown = true
    this.#told = this.#waitFor('onShutdown', () => this.handlers.onShutdown?.())
    if (this.driver) this.driver.stop()
    else void this.#end()
  }

  /** Replaces the handler, from the next execution on; one that has a runtime of its own serves from the next start of it. */
  onExecution(handler: ExecutionHandler): void {
    this.#executionHandler = handler
  }

  /** Adds a callback for running executions that are stopped. */
  onCancellation(handler: CancellationHandler): void {
    this.cancellationHandlers.push(handler)
  }

  /** Replaces the callback for changes of the notebook's files, until the agent has ended. It gets all files that are not deleted. */
  onFilesUpload(callback: (files: readonly FileData[]) => void): void {
    this.filesUpload = callback
  }

  /**
   * Brings the runtime up unless it is; calls at once share one start, and a later one ends the pause before its next try. Resolves
   * when the session is ready.
   *
   * Rejects when the configuration or the store is unusable, when `onStartup` fails, when the runtime does not come up or when the
   * agent was shut down meanwhile. Then no session stays behind, `onDisconnected` is told, and it may be started again unless it was
   * shut down.
   */
  start(): Promise<void> {
    if (this.#starting) this.driver?.retryNow()
    this.#starting ??= this.#performStart().finally(() => (this.#starting = undefined))
    return this.#starting
  }

  /** Ends the session, and with it the running execution; resolves when that is recorded. Never rejects. */
  shutdown(): Promise<void> {
    this.isShuttingDown = true
    return this.#ended
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

  /** Where large media of outputs go. For drivers. */
  artifactTarget(): ArtifactTarget {
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
    return processBinaryContent(mimeType, content, metadata, this.artifactTarget(), signal)
  }

  /** Adds plain and markdown forms for images that live in artifacts. */
  protected generateTextRepresentationsForArtifacts(representations: Representations): void {
    addTextForArtifacts(representations, this.artifactClient)
  }

  /** Gives the agent its driver; it ends with it. */
  protected drive(driver: RuntimeDriver): void {
    this.driver = driver
    void driver.ended.then(() => (this.#isShuttingDown ? this.#end() : undefined))
    this.#watchFiles()
  }

  async #performStart(): Promise<void> {
    if (this.driver?.isUp) return
    const isAlone = this.driver === undefined
    try {
      await this.#requireNotShutDown()
      this.config.validate()
      await this.handlers.onStartup?.()
      await this.#requireNotShutDown()
      if (isAlone) this.drive(createRuntimeDriver(this))
      await this.driver?.start()
      this.setupShutdownHandlers()
    } catch (error) {
      if (isAlone) await this.#undoStart()
      await guarded('onDisconnected', () => this.handlers.onDisconnected?.(toError(error)))
      throw error
    }
    await guarded('onConnected', () => this.handlers.onConnected?.())
  }

  /** A driver that has ended says why it does not start. */
  async #requireNotShutDown(): Promise<void> {
    if (!this.#isShuttingDown) return
    await this.driver?.start()
    throw new Error(
      `Runtime agent ${this.config.sessionId} was shut down and cannot be started. Create a new agent with a new RuntimeConfig.`,
    )
  }

  async #undoStart(): Promise<void> {
    if (this.#isShuttingDown) return
    await this.driver?.abandon()
    this.driver = undefined
    this.#detach()
  }

  #end(): Promise<void> {
    this.#ending ??= this.#performEnd()
    return this.#ending
  }

  async #performEnd(): Promise<void> {
    this.#detach()
    await this.#told
    for (const callback of this.endCallbacks) await this.#waitFor('onShutdown', callback)
    this.endCallbacks.clear()
    this.hasEnded = true
    this.#resolveEnded()
  }

  #detach(): void {
    for (const unsubscribe of this.subscriptions.splice(0)) void guarded('unsubscribe', unsubscribe)
    this.#watchesFiles = false
    void guarded('cleanupShutdownHandlers', () => this.cleanupShutdownHandlers())
  }

  #watchFiles(): void {
    if (!this.driver || !this.#filesUpload || this.#watchesFiles || this.#isShuttingDown) return
    this.#watchesFiles = true
    this.subscriptions.push(
      watchFiles(this.store, (files) => void guarded('onFilesUpload', () => this.#filesUpload?.([...files]))),
    )
  }

  async #waitFor(name: string, callback: () => unknown): Promise<void> {
    const limitMs = this.shutdownTimeoutMs
    if (await endsWithin(guarded(name, callback), limitMs)) return
    logger.error(`The ${name} callback did not end within ${limitMs} ms; the agent ends all the same`)
  }
}

const echoSource: ExecutionHandler = async ({ cell }) => {
  await new Promise((resolve) => setTimeout(resolve, 0))
  return { success: true, data: { 'text/plain': cell.source || '' } }
}
