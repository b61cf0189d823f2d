import type { ExecutionContext, ExecutionResult } from '@runtimed/agent-core'
import type { HandlerCrash, HandlerInstance, HandlerStartOptions } from '../../src/execution/handler.js'
import type { Operations } from './operations.js'

/** What a notebook's runtimes report to whoever watches them. */
export interface RuntimeWatch {
  readonly operations: Operations
  /** A handler begins to run; the returned function says that it has ended. */
  handlerStarted(context: ExecutionContext): () => void
}

/**
 * A runtime that does nothing by itself: every call waits until the test answers it. It hears interrupts and abort signals and
 * ignores them; only its forced end ends its handler.
 */
export class FakeRuntime implements HandlerInstance {
  readonly sessionId: string
  isDead = false
  readonly #options: HandlerStartOptions
  readonly #watch: RuntimeWatch
  #endHandler: () => void = () => undefined

  constructor(options: HandlerStartOptions, watch: RuntimeWatch) {
    this.sessionId = options.sessionId
    this.#options = options
    this.#watch = watch
  }

  start(): Promise<void> {
    return this.#watch.operations.ask('start', this.sessionId, () => undefined)
  }

  probe(): Promise<void> {
    return this.#watch.operations.ask('probe', this.sessionId, () => undefined)
  }

  execute(context: ExecutionContext): Promise<ExecutionResult> {
    const ended = this.#watch.handlerStarted(context)
    this.#endHandler = ended
    const result = this.#watch.operations.ask('execute', this.sessionId, () => ({ success: true }))
    const endedToo = () => ended()
    result.then(endedToo, endedToo)
    return result
  }

  interrupt(): void {}

  dispose(force = false): Promise<void> {
    if (force || this.isDead) {
      this.#end()
      return Promise.resolve()
    }
    return this.#watch.operations.ask('dispose', this.sessionId, () => this.#end())
  }

  /** Dies by itself and says so; late when it was disposed before. */
  crash(crash: HandlerCrash): void {
    this.#end()
    this.#options.onCrash(crash)
  }

  #end(): void {
    this.isDead = true
    this.#endHandler()
  }
}
