import {
  RuntimeAgent,
  RuntimeConfig,
  type ExecutionHandler,
  type RuntimeCapabilities,
} from '@runtimed/agent-core'
import type { Store } from '@runtimed/schema'
import type { LegacyOutput, LegacyRegistry, LegacyRuntime } from '../../src/migration/index.js'
import { watchOutputs } from '../../src/migration/output-watch.js'

export interface HandWrittenOptions {
  storeOf(notebookId: string): Store
  readonly capabilities: RuntimeCapabilities
  readonly handlers: Readonly<Record<string, ExecutionHandler>>
}

/** A registry as apps wrote it by hand: a map of notebooks, and a `RuntimeAgent` of `@runtimed/agent-core` in each. */
export class HandWrittenRegistry implements LegacyRegistry {
  readonly #options: HandWrittenOptions
  readonly #runtimes = new Map<string, HandWrittenRuntime>()

  constructor(options: HandWrittenOptions) {
    this.#options = options
  }

  get running(): number {
    return [...this.#runtimes.values()].filter((runtime) => runtime.isRunning()).length
  }

  getRuntime(notebookId: string, runtimeType: string): LegacyRuntime {
    const present = this.#runtimes.get(notebookId)
    if (present) return present
    const runtime = new HandWrittenRuntime(this.#options, notebookId, runtimeType)
    this.#runtimes.set(notebookId, runtime)
    return runtime
  }
}

class HandWrittenRuntime implements LegacyRuntime {
  readonly #options: HandWrittenOptions
  readonly #notebookId: string
  readonly #runtimeType: string
  #agent: RuntimeAgent | undefined

  constructor(options: HandWrittenOptions, notebookId: string, runtimeType: string) {
    this.#options = options
    this.#notebookId = notebookId
    this.#runtimeType = runtimeType
  }

  async start(): Promise<void> {
    if (this.#agent) return
    const { capabilities, handlers, storeOf } = this.#options
    const handler = handlers[this.#runtimeType]
    if (!handler) throw new Error(`There is no runtime of type ${this.#runtimeType}.`)
    const config = new RuntimeConfig({
      runtimeId: `hand-written-${this.#notebookId}`,
      runtimeType: this.#runtimeType,
      capabilities,
      syncUrl: 'ws://localhost:8787',
      authToken: 'token',
      userId: 'ada',
      notebookId: this.#notebookId,
      store: storeOf(this.#notebookId),
    })
    this.#agent = new RuntimeAgent(config, capabilities)
    this.#agent.onExecution(handler)
    await this.#agent.start()
  }

  async stop(): Promise<void> {
    const agent = this.#agent
    this.#agent = undefined
    await agent?.shutdown()
  }

  isRunning(): boolean {
    return this.#agent !== undefined && !this.#agent.isShuttingDown
  }

  onOutput(listener: (output: LegacyOutput) => void): () => void {
    return watchOutputs(this.#options.storeOf(this.#notebookId), listener)
  }
}
