import { events } from '@runtimed/schema'
import type { OutputClock } from './clock.js'
import type { ArtifactTarget } from './images.js'
import { toStorableText } from './json-safe.js'
import { createDeltaBudget, errorContent, markdownContent } from './output-content.js'
import type { OutputEvent, StreamName } from './output-event.js'
import type { OutputLimits } from './output-limits.js'
import { createOutputQueue } from './output-queue.js'
import { createOutputRate } from './output-rate.js'
import type { Representations } from './representations.js'
import { createRichOutput } from './rich-output.js'
import { createStreamBudget } from './stream-budget.js'
import { createTextRun } from './text-run.js'
import type { RawOutputData } from './types.js'

export interface OutputWriterOptions {
  cellId: string
  executionCount: number
  clearedBy: string
  signal: AbortSignal
  artifacts: ArtifactTarget
  limits: OutputLimits
  clock: OutputClock
  /** Kept up to date with the bytes of each stream that were dropped. */
  droppedStreamBytes: Record<StreamName, number>
  emit(event: OutputEvent): void
}

type Metadata = Record<string, unknown> | undefined

/** Turns output calls into events, in the order of the calls. */
export interface OutputWriter {
  text(stream: StreamName, text: string): void
  append(kind: 'terminal' | 'markdown', outputId: string, delta: string, sequenceNumber: number): string
  markdown(content: string, metadata: Metadata): string
  display(data: RawOutputData, metadata: Metadata, displayId: string | undefined): Promise<void>
  updateDisplay(displayId: string, data: RawOutputData, metadata: Metadata): Promise<void>
  result(data: RawOutputData, metadata: Metadata): Promise<void>
  error(ename: string, evalue: string, traceback: readonly string[]): void
  clear(wait: boolean): void
  finish(): Promise<void>
  /** Drops collected text and its timer. */
  discard(): void
}

/**
 * Every output ends the run of text before it, except appends and display updates, which add no output
 * and only flush it. Calls behind a running upload wait for it.
 */
export function createOutputWriter(options: OutputWriterOptions): OutputWriter {
  const { cellId, limits, emit } = options
  const queue = createOutputQueue()
  const budget = createStreamBudget(limits.streamBytes, options.droppedStreamBytes)
  const rate = createOutputRate(limits.outputsPerSecond, options.clock)
  const deltas = createDeltaBudget(limits.outputBytes)
  const richOptions = {
    artifacts: options.artifacts,
    outputBytes: limits.outputBytes,
    signal: options.signal,
  }
  let position = 0
  let waitingText: { stream: StreamName; text: string } | undefined
  const nextPosition = () => position++
  const textRun = createTextRun({ cellId, flushMs: limits.flushMs, clock: options.clock, nextPosition, emit })

  function text(stream: StreamName, raw: string): void {
    const admitted = budget.admit(stream, toStorableText(String(raw)))
    if (admitted !== '') writeText(stream, admitted)
  }

  function writeText(stream: StreamName, admitted: string): void {
    if (!queue.isBusy) return textRun.write(stream, admitted)
    if (waitingText?.stream === stream) {
      waitingText.text += admitted
      return
    }
    const waiting = { stream, text: admitted }
    waitingText = waiting
    void queue.add(() => {
      if (waitingText === waiting) waitingText = undefined
      textRun.write(waiting.stream, waiting.text)
    })
  }

  function inOrder(action: () => void | Promise<void>): Promise<void> {
    waitingText = undefined
    return queue.add(action)
  }

  function output(create: () => OutputEvent): void {
    void inOrder(() => {
      textRun.end()
      emit(create())
    })
  }

  function append(
    kind: 'terminal' | 'markdown',
    outputId: string,
    raw: string,
    sequenceNumber: number,
  ): string {
    const id = crypto.randomUUID()
    const delta = deltas.admit(outputId, toStorableText(String(raw)))
    if (delta === undefined || !rate.admit()) return id
    const create = kind === 'terminal' ? events.terminalOutputAppended2 : events.markdownOutputAppended2
    void inOrder(() => {
      textRun.flush()
      emit(create({ id, outputId: String(outputId), delta, sequenceNumber: toInteger(sequenceNumber) }))
    })
    return id
  }

  function markdown(raw: string, metadata: Metadata): string {
    const id = crypto.randomUUID()
    if (!rate.admit()) return id
    const content = markdownContent(raw, metadata, limits.outputBytes)
    output(() => events.markdownOutputAdded({ id, cellId, position: nextPosition(), content }))
    return id
  }

  function error(ename: string, evalue: string, traceback: readonly string[]): void {
    const id = crypto.randomUUID()
    const content = errorContent(ename, evalue, traceback, limits.outputBytes)
    output(() => events.errorOutputAdded({ id, cellId, position: nextPosition(), content }))
  }

  function clear(wait: boolean): void {
    output(() => {
      if (!wait) position = 0
      return events.cellOutputsCleared({ cellId, wait: Boolean(wait), clearedBy: options.clearedBy })
    })
  }

  function display(data: RawOutputData, metadata: Metadata, displayId: string | undefined): Promise<void> {
    if (!rate.admit()) return Promise.resolve()
    return rich(data, metadata, (representations) => {
      textRun.end()
      const id = crypto.randomUUID()
      const name = displayId === undefined || displayId === null ? {} : { displayId: String(displayId) }
      emit(
        events.multimediaDisplayOutputAdded({
          id,
          cellId,
          position: nextPosition(),
          representations,
          ...name,
        }),
      )
    })
  }

  function updateDisplay(displayId: string, data: RawOutputData, metadata: Metadata): Promise<void> {
    if (!rate.admit()) return Promise.resolve()
    return rich(data, metadata, (representations) => {
      textRun.flush()
      emit(events.multimediaDisplayOutputUpdated({ displayId: String(displayId), representations }))
    })
  }

  function result(data: RawOutputData, metadata: Metadata): Promise<void> {
    const { executionCount } = options
    return rich(data, metadata, (representations) => {
      textRun.end()
      const id = crypto.randomUUID()
      emit(
        events.multimediaResultOutputAdded({
          id,
          cellId,
          position: nextPosition(),
          representations,
          executionCount,
        }),
      )
    })
  }

  function rich(
    data: RawOutputData,
    metadata: Metadata,
    write: (all: Representations) => void,
  ): Promise<void> {
    const { needsUploads, prepare } = createRichOutput(data, metadata, richOptions)
    return inOrder(() => {
      if (needsUploads) textRun.flush()
      const prepared = prepare()
      return prepared instanceof Promise ? prepared.then(write) : write(prepared)
    })
  }

  async function finish(): Promise<void> {
    if (queue.isBusy) await queue.idle()
    for (const { stream, text: marker } of budget.takeMarkers()) textRun.write(stream, marker)
    const missing = rate.marker()
    if (missing !== undefined) textRun.write('stderr', missing)
    textRun.end()
  }

  return {
    text,
    append,
    markdown,
    display,
    updateDisplay,
    result,
    error,
    clear,
    finish,
    discard: () => textRun.discard(),
  }
}

function toInteger(value: number): number {
  return Number.isFinite(value) ? Math.trunc(value) : 0
}
