import type { CellData, ExecutionQueueData, Store } from '@runtimed/schema'
import { systemClock, type OutputClock } from './clock.js'
import type { ArtifactTarget } from './images.js'
import { logger } from './logger.js'
import { createOutputWriter } from './output-writer.js'
import { defaultOutputLimits, type OutputLimits } from './output-limits.js'
import type { OutputSink, StreamName } from './output-event.js'
import type { ExecutionContext, RawOutputData } from './types.js'

/** Everything one execution needs to write its outputs. */
export interface ExecutionContextOptions {
  cell: CellData
  queueEntry: ExecutionQueueData
  store: Store
  sessionId: string
  runtimeId: string
  /** Fires when the execution is to stop. It ends uploads; it does not silence the context, `close()` does. */
  signal: AbortSignal
  sink: OutputSink
  artifacts: ArtifactTarget
  /** Default: {@link defaultOutputLimits}. */
  limits?: Partial<OutputLimits>
  /** Default: the global timers, which never keep a Node process alive. */
  clock?: OutputClock
  /** Called on every call of an output method, except after `close()`. */
  onActivity?: () => void
}

/** The outputs of one execution, from its first to its last. */
export interface ExecutionRun {
  context: ExecutionContext
  /**
   * Waits for running uploads, then writes collected text and the notes about truncated streams. Without
   * uploads everything is written before it returns. May be called again.
   */
  finish(): Promise<void>
  /** From now on every context method is ignored and counted, and nothing reaches the sink. */
  close(): void
  readonly dropped: { afterClose: number; streamBytes: Record<StreamName, number> }
}

/** Creates the context of one execution and the means to end it. */
export function createExecutionRun(options: ExecutionContextOptions): ExecutionRun {
  const { cell, queueEntry, store, sessionId, runtimeId, signal } = options
  const dropped = { afterClose: 0, streamBytes: { stdout: 0, stderr: 0 } }
  let isClosed = false
  let recorded = Promise.resolve()

  const writer = createOutputWriter({
    cellId: cell.id,
    executionCount: queueEntry.executionCount,
    clearedBy: clearedByRuntime(runtimeId),
    signal,
    artifacts: options.artifacts,
    limits: { ...defaultOutputLimits, ...options.limits },
    clock: options.clock ?? systemClock,
    droppedStreamBytes: dropped.streamBytes,
    emit: (event) => {
      const written = isClosed ? undefined : options.sink([event])
      if (written instanceof Promise) recorded = written.then(ignore, ignore)
    },
  })

  const whileOpen = <Result>(write: () => Result, ignored: Result): Result => {
    if (isClosed) {
      dropped.afterClose += 1
      return ignored
    }
    try {
      options.onActivity?.()
      return write()
    } catch (error) {
      logger.error('An output could not be written and was dropped', error, { cellId: cell.id })
      return ignored
    }
  }

  const context: ExecutionContext = {
    cell,
    queueEntry,
    store,
    sessionId,
    runtimeId,
    abortSignal: signal,
    checkCancellation: () => {
      if (signal.aborted) throw new Error('Execution cancelled')
    },
    stdout: (text) => whileOpen(() => writer.text('stdout', text), undefined),
    stderr: (text) => whileOpen(() => writer.text('stderr', text), undefined),
    appendTerminal: (outputId, delta, sequenceNumber) =>
      whileOpen(() => writer.append('terminal', outputId, delta, sequenceNumber), crypto.randomUUID()),
    markdown: (content, metadata) => whileOpen(() => writer.markdown(content, metadata), crypto.randomUUID()),
    appendMarkdown: (outputId, delta, sequenceNumber) =>
      whileOpen(() => writer.append('markdown', outputId, delta, sequenceNumber), crypto.randomUUID()),
    display: (data: RawOutputData, metadata, displayId) =>
      whileOpen(() => writer.display(data, metadata, displayId), Promise.resolve()),
    updateDisplay: (displayId, data, metadata) =>
      whileOpen(() => writer.updateDisplay(displayId, data, metadata), Promise.resolve()),
    result: (data, metadata) => whileOpen(() => writer.result(data, metadata), Promise.resolve()),
    error: (ename, evalue, traceback) => whileOpen(() => writer.error(ename, evalue, traceback), undefined),
    clear: (wait = false) => whileOpen(() => writer.clear(wait), undefined),
    drained: () => recorded,
  }

  return {
    context,
    finish: () => writer.finish(),
    close: () => {
      isClosed = true
      writer.discard()
    },
    dropped,
  }
}

const ignore = () => undefined

/** Actor name of a runtime in clear events. */
export function clearedByRuntime(runtimeId: string): string {
  return `runtime-${runtimeId}`
}
