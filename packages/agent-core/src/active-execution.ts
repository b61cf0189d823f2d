import { events, type CellData, type ExecutionQueueData, type Store } from '@runtimed/schema'
import type { RuntimeConfig } from './config.js'
import { createCancellationError } from './errors.js'
import { callHandler, writeOutcome, type Completion } from './execution-outcome.js'
import { clearedByRuntime, createExecutionRun, type ExecutionRun } from './execution-run.js'
import type { ArtifactTarget } from './images.js'
import { logger } from './logger.js'
import type { OutputEvent, StoreEvent } from './output-event.js'
import { readQueueRow } from './queue-rows.js'
import type { StoreWriter } from './store-writer.js'
import type { ExecutionContext, ExecutionHandler } from './types.js'

export interface ActiveExecutionOptions {
  /** The row as it was claimed. */
  row: ExecutionQueueData
  cell: CellData
  startedAt: Date
  store: Store
  writer: StoreWriter
  config: RuntimeConfig
  artifacts: ArtifactTarget
}

/** Why an execution was stopped, and whether the log says so already. */
interface Stop {
  reason: string
  isRecorded: boolean
}

/** One claimed request, from the call of its handler to the events that record its end. */
export class ActiveExecution {
  readonly controller = new AbortController()
  readonly #options: ActiveExecutionOptions
  readonly #run: ExecutionRun
  /** Outputs that are committed together with the completion; unset while the handler runs. */
  #held: OutputEvent[] | undefined
  #hasErrorOutput = false
  #completion: Completion | undefined
  #stop: Stop | undefined
  #isEnded = false

  constructor(options: ActiveExecutionOptions) {
    const { row, cell, store, config, artifacts } = options
    const { sessionId, runtimeId } = config
    const { signal } = this.controller
    const sink = (outputs: readonly OutputEvent[]) => this.#write(outputs)
    this.#options = options
    this.#run = createExecutionRun({
      cell,
      queueEntry: row,
      store,
      sessionId,
      runtimeId,
      signal,
      sink,
      artifacts,
    })
  }

  get row(): ExecutionQueueData {
    return this.#options.row
  }

  get isStopped(): boolean {
    return this.#stop !== undefined
  }

  /** Calls the handler and writes its outcome. Resolves when the handler has ended; never rejects. */
  async perform(handler: ExecutionHandler, onError: (error: Error, context: ExecutionContext) => unknown) {
    if (this.isStopped) return
    const outcome = await callHandler(handler, this.#run.context)
    if (this.isStopped) return
    this.#held = []
    const hasErrorOutput = () => this.#hasErrorOutput
    const written = writeOutcome(outcome, this.#run.context, hasErrorOutput, onError).then(
      async (completion) => {
        await this.#run.finish()
        this.#completion = completion
      },
    )
    await Promise.race([written, this.#whenStopped()])
  }

  /** Fires the signal and silences the context; text written so far is kept. False when it had ended before. */
  stop(reason: string, isRecorded: boolean): boolean {
    if (this.isStopped || this.#isEnded) return false
    this.#stop = { reason, isRecorded }
    this.controller.abort(createCancellationError(this.row.id, this.row.cellId, reason))
    void this.#run.finish()
    this.#run.close()
    return true
  }

  /**
   * The events that end the execution, to be committed in this turn; none the second time. A row that is
   * not this session's any more gets no end from here.
   */
  takeEndEvents(): StoreEvent[] {
    if (this.#isEnded) return []
    this.#isEnded = true
    this.#run.close()
    const now = this.#options.writer.read(() => readQueueRow(this.#options.store, this.row.id), undefined)
    const end = now !== undefined && this.isOurs(now) ? this.#endEvent() : undefined
    const status = this.#completion?.status
    logger.debug('Execution ended', { queueId: this.row.id, status, stopped: this.#stop?.reason })
    return [...(this.#held ?? []), ...(end === undefined ? [] : [end])]
  }

  /** Whether the row, as it is now, still belongs to this session and is unfinished. */
  isOurs(row: ExecutionQueueData): boolean {
    const isUnfinished = row.status === 'assigned' || row.status === 'executing'
    return isUnfinished && row.assignedRuntimeSession === this.#options.config.sessionId
  }

  #endEvent(): StoreEvent | undefined {
    const { id: queueId, cellId } = this.row
    if (this.#stop !== undefined) {
      if (this.#stop.isRecorded) return undefined
      const cancelledBy = clearedByRuntime(this.#options.config.runtimeId)
      return events.executionCancelled({ queueId, cellId, cancelledBy, reason: this.#stop.reason })
    }
    const { status = 'error', error } = this.#completion ?? {}
    const completedAt = new Date()
    return events.executionCompleted({
      queueId,
      cellId,
      status,
      ...(error === undefined ? {} : { error }),
      completedAt,
      executionDurationMs: Math.max(0, completedAt.getTime() - this.#options.startedAt.getTime()),
    })
  }

  #write(outputs: readonly OutputEvent[]): void {
    if (outputs.some((output) => output.name === 'v1.ErrorOutputAdded')) this.#hasErrorOutput = true
    if (this.#held === undefined) this.#options.writer.commit(outputs)
    else this.#held.push(...outputs)
  }

  #whenStopped(): Promise<void> {
    const { signal } = this.controller
    return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
  }
}
