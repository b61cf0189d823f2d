import { events, type MediaContainer } from '@runtimed/schema'
import type { OutputClock } from './clock.js'
import { addTextForArtifacts, isLargeBinary, processBinaryContent, type ArtifactTarget } from './images.js'
import { toSafeRecord } from './json-safe.js'
import { isLongerThan, utf8Bytes, type OutputLimits } from './output-limits.js'
import { createOutputQueue } from './output-queue.js'
import type { OutputEvent, StreamName } from './output-event.js'
import {
  limitRepresentations,
  sizeNote,
  toInlineRepresentations,
  type Representations,
} from './representations.js'
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
  const { cellId, limits, artifacts, emit } = options
  const queue = createOutputQueue()
  const budget = createStreamBudget(limits.streamBytes, options.droppedStreamBytes)
  const appended = new Map<string, number>()
  let position = 0
  let waitingText: { stream: StreamName; text: string } | undefined
  const nextPosition = () => position++
  const textRun = createTextRun({ cellId, flushMs: limits.flushMs, clock: options.clock, nextPosition, emit })

  function text(stream: StreamName, raw: string): void {
    const admitted = budget.admit(stream, String(raw))
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
    const delta = admitDelta(outputId, String(raw))
    if (delta === undefined) return id
    const create = kind === 'terminal' ? events.terminalOutputAppended2 : events.markdownOutputAppended2
    void inOrder(() => {
      textRun.flush()
      emit(create({ id, outputId: String(outputId), delta, sequenceNumber: Number(sequenceNumber) || 0 }))
    })
    return id
  }

  function admitDelta(outputId: string, delta: string): string | undefined {
    const before = appended.get(outputId) ?? 0
    if (before > limits.outputBytes) return undefined
    const after = before + utf8Bytes(delta)
    appended.set(outputId, after)
    return after > limits.outputBytes ? `\n${sizeNote('appended', after, limits.outputBytes)}` : delta
  }

  function markdown(raw: string, rawMetadata: Metadata): string {
    const id = crypto.randomUUID()
    const content = withMetadata(shortened('text/markdown', String(raw)), toSafeRecord(rawMetadata))
    output(() => events.markdownOutputAdded({ id, cellId, position: nextPosition(), content }))
    return id
  }

  function error(ename: string, evalue: string, traceback: readonly string[]): void {
    const lines = Array.isArray(traceback) ? traceback.map(String) : [String(traceback ?? '')]
    const data = { ename: String(ename), evalue: String(evalue), traceback: lines }
    const size = JSON.stringify(data)
    const safe = isLongerThan(size, limits.outputBytes) ? shortError(data, utf8Bytes(size)) : data
    const content = { type: 'inline' as const, data: safe }
    output(() =>
      events.errorOutputAdded({ id: crypto.randomUUID(), cellId, position: nextPosition(), content }),
    )
  }

  function shortError(data: { ename: string; evalue: string }, bytes: number) {
    const { ename, evalue } = data
    const note = sizeNote('error', bytes, limits.outputBytes)
    return { ename: ename.slice(0, 200), evalue: evalue.slice(0, 2000), traceback: [note] }
  }

  function clear(wait: boolean): void {
    output(() => {
      if (!wait) position = 0
      return events.cellOutputsCleared({ cellId, wait: Boolean(wait), clearedBy: options.clearedBy })
    })
  }

  function display(data: RawOutputData, metadata: Metadata, displayId: string | undefined): Promise<void> {
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
    write: (representations: Representations) => void,
  ): Promise<void> {
    const inline = toInlineRepresentations(data, metadata)
    const large = Object.keys(inline).filter((mimeType) =>
      isLargeBinary(mimeType, inline[mimeType]?.data, artifacts.thresholdBytes),
    )
    const writeLimited = (all: Representations) => write(limitRepresentations(all, limits.outputBytes))
    if (large.length === 0) return inOrder(() => writeLimited(inline))
    return inOrder(async () => {
      textRun.flush()
      writeLimited(await withUploads(inline, large))
    })
  }

  async function withUploads(inline: Representations, large: readonly string[]): Promise<Representations> {
    const uploads = large.map(async (mimeType) => [mimeType, await stored(mimeType, inline[mimeType])])
    const representations: Representations = { ...inline, ...Object.fromEntries(await Promise.all(uploads)) }
    if (artifacts.describe) artifacts.describe(representations)
    else addTextForArtifacts(representations, artifacts.client)
    return representations
  }

  async function stored(mimeType: string, container: MediaContainer | undefined): Promise<MediaContainer> {
    const original: MediaContainer = container ?? { type: 'inline', data: '' }
    const content = original.type === 'inline' ? original.data : undefined
    const { metadata } = original
    if (!artifacts.process)
      return processBinaryContent(mimeType, content, metadata, artifacts, options.signal)
    return artifacts.process(mimeType, content, metadata, options.signal).catch(() => original)
  }

  function shortened(what: string, content: string): string {
    if (!isLongerThan(content, limits.outputBytes)) return content
    return sizeNote(what, utf8Bytes(content), limits.outputBytes)
  }

  async function finish(): Promise<void> {
    if (queue.isBusy) await queue.idle()
    for (const { stream, text: marker } of budget.takeMarkers()) textRun.write(stream, marker)
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

function withMetadata(data: unknown, metadata: Metadata): MediaContainer {
  return metadata === undefined ? { type: 'inline', data } : { type: 'inline', data, metadata }
}
