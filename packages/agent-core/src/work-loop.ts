import { events, tables, type CellData, type ExecutionQueueData, type Store } from '@runtimed/schema'
import { ActiveExecution } from './active-execution.js'
import type { RuntimeConfig } from './config.js'
import { endsWithin } from './errors.js'
import { clearedByRuntime, startingClear } from './execution-run.js'
import type { ArtifactTarget } from './images.js'
import { logger } from './logger.js'
import type { StoreEvent } from './output-event.js'
import { readCell, readNextRow, readQueueRow, refusalEvents, refusalOf } from './queue-rows.js'
import type { StoreWriter } from './store-writer.js'
import type { ExecutionContext, ExecutionHandler, RuntimeCapabilities } from './types.js'

export interface WorkLoopOptions {
  store: Store
  writer: StoreWriter
  config: RuntimeConfig
  artifacts: ArtifactTarget
  /** Abort controllers by queue id, kept up to date. */
  activeExecutions: Map<string, AbortController>
  /** Ids that are or were handled; beyond 1000 the oldest are forgotten. */
  processedExecutions: Set<string>
  /** Whether new work may be claimed now. */
  mayClaim(): boolean
  capabilities(): RuntimeCapabilities
  handler(): ExecutionHandler
  /** Tells users that a running execution was stopped. */
  onStopped(queueId: string, cellId: string, reason: string): void
  onExecutionError(error: Error, context: ExecutionContext): unknown
}

interface Claim {
  row: ExecutionQueueData
  cell: CellData
}

/** Finished rows are final, so remembering ids only guards against a log that contradicts itself. */
const rememberedIds = 1000

/**
 * Runs the requests of a notebook one at a time, in the order of the log.
 *
 * A row is claimed in the same synchronous turn in which it is read, and its end is recorded only while
 * the row is still this session's. The end of one execution and the claim of the next are one commit.
 */
export class WorkLoop {
  readonly #options: WorkLoopOptions
  #current: { execution: ActiveExecution; done: Promise<void> } | undefined
  #isAwake = false
  #isBusy = false
  #isStopped = false

  constructor(options: WorkLoopOptions) {
    this.#options = options
  }

  /** What the session says about itself. */
  get status(): 'busy' | 'ready' {
    return this.#isBusy ? 'busy' : 'ready'
  }

  /** Starts to watch the queue; returns the stop function of the subscription. */
  watch(): () => void {
    const pending = tables.executionQueue.select('id').where({ status: 'pending' }).limit(1)
    return this.#options.store.subscribe(pending, () => this.#wake(), { label: 'runtime.pendingWork' })
  }

  /**
   * Claims nothing any more, stops the running execution and waits for it, at most `timeoutMs`. It is
   * recorded as cancelled with this reason unless someone else has ended it.
   */
  async stop(reason: string, timeoutMs: number): Promise<void> {
    this.#isStopped = true
    if (this.#current === undefined) return
    const { execution, done } = this.#current
    this.#stopExecution(execution, reason, false)
    if (await endsWithin(done, timeoutMs)) return
    logger.warn('An execution did not stop in time and is left behind', {
      queueId: execution.row.id,
      timeoutMs,
    })
    this.#options.writer.commit(execution.takeEndEvents())
  }

  #wake(): void {
    if (this.#isAwake) return
    this.#isAwake = true
    queueMicrotask(() => {
      this.#isAwake = false
      if (this.#current === undefined) this.#advance([], undefined)
      else this.#checkRow(this.#current.execution)
    })
  }

  #checkRow(execution: ActiveExecution): void {
    const { store, writer } = this.#options
    const row = writer.read(() => readQueueRow(store, execution.row.id), undefined)
    if (row === undefined || execution.isOurs(row)) return
    const reason = row.status === 'cancelled' ? (row.cancelReason ?? 'user_requested') : 'taken over'
    this.#stopExecution(execution, reason, true)
  }

  #stopExecution(execution: ActiveExecution, reason: string, isRecorded: boolean): void {
    const { id, cellId } = execution.row
    if (!execution.stop(reason, isRecorded)) return
    this.#options.activeExecutions.delete(id)
    this.#options.onStopped(id, cellId, reason)
  }

  #advance(ending: readonly StoreEvent[], previousCellId: string | undefined): void {
    const { writer } = this.#options
    const before = [...ending]
    const claim = this.#mayClaim() ? writer.read(() => this.#findClaim(before), undefined) : undefined
    if (claim !== undefined) return this.#begin(claim, before, previousCellId)
    if (this.#isBusy && this.#mayClaim()) before.push(this.#changeStatus('ready'))
    if (before.length > 0) writer.commit(before)
  }

  /** The next request that can run. The ends of those that cannot are added to `before`. */
  #findClaim(before: StoreEvent[]): Claim | undefined {
    const { store, config, processedExecutions } = this.#options
    for (;;) {
      const row = readNextRow(store, config.sessionId, processedExecutions)
      if (row === undefined) return undefined
      this.#remember(row.id)
      const cell = readCell(store, row.cellId)
      const refusal = cell ? refusalOf(cell, this.#options.capabilities()) : missingCellText(row.cellId)
      if (cell !== undefined && refusal === undefined) return { row, cell }
      logger.warn('A request was refused', { queueId: row.id, refusal })
      before.push(...refusalEvents(store, row, cell, config.runtimeId, refusal ?? ''))
    }
  }

  #begin({ row, cell }: Claim, before: readonly StoreEvent[], previousCellId: string | undefined): void {
    const { store, writer, config, artifacts } = this.#options
    const startedAt = new Date()
    const claim = this.#claimEvents(row, startedAt, previousCellId === row.cellId)
    if (!writer.commit([...before, ...claim])) return
    const claimed = { ...row, status: 'assigned' as const, assignedRuntimeSession: config.sessionId }
    const execution = new ActiveExecution({ row: claimed, cell, startedAt, store, writer, config, artifacts })
    this.#options.activeExecutions.set(row.id, execution.controller)
    this.#current = { execution, done: this.#run(execution) }
    this.#checkRow(execution)
  }

  #claimEvents(row: ExecutionQueueData, startedAt: Date, mustClear: boolean): StoreEvent[] {
    const { store, writer, config } = this.#options
    const { id: queueId, cellId } = row
    const clearedBy = clearedByRuntime(config.runtimeId)
    const clear = mustClear
      ? [events.cellOutputsCleared({ cellId, wait: false, clearedBy })]
      : writer.read(() => startingClear(store, cellId, config.runtimeId), [])
    return [
      ...(row.status === 'pending'
        ? [events.executionAssigned({ queueId, runtimeSessionId: config.sessionId })]
        : []),
      events.executionStarted({ queueId, cellId, runtimeSessionId: config.sessionId, startedAt }),
      ...clear,
      ...(this.#isBusy ? [] : [this.#changeStatus('busy')]),
    ]
  }

  /** A turn of the event loop between executions lets cancellations and timers in. */
  async #run(execution: ActiveExecution): Promise<void> {
    await nextTurn()
    await execution.perform(this.#options.handler(), (error, context) =>
      this.#options.onExecutionError(error, context),
    )
    this.#options.activeExecutions.delete(execution.row.id)
    this.#current = undefined
    this.#advance(execution.takeEndEvents(), execution.row.cellId)
  }

  #mayClaim(): boolean {
    return !this.#isStopped && this.#options.mayClaim()
  }

  #changeStatus(status: 'busy' | 'ready'): StoreEvent {
    this.#isBusy = status === 'busy'
    return events.runtimeSessionStatusChanged({ sessionId: this.#options.config.sessionId, status })
  }

  #remember(queueId: string): void {
    const { processedExecutions } = this.#options
    processedExecutions.add(queueId)
    const [oldest] = processedExecutions
    if (processedExecutions.size > rememberedIds && oldest !== undefined) processedExecutions.delete(oldest)
  }
}

function missingCellText(cellId: string): string {
  return `Cell ${cellId} not found: it was deleted before its execution began.`
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    if (typeof setImmediate === 'function') setImmediate(resolve)
    else setTimeout(resolve, 0)
  })
}
