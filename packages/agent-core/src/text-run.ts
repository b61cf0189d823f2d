import { events } from '@runtimed/schema'
import type { OutputClock } from './clock.js'
import type { OutputEvent, StreamName } from './output-event.js'

export interface TextRunOptions {
  cellId: string
  flushMs: number
  clock: OutputClock
  nextPosition(): number
  emit(event: OutputEvent): void
}

/** Collects consecutive text of one stream into one output. */
export interface TextRun {
  /** Adds text; another stream's run ends first. */
  write(stream: StreamName, text: string): void
  /** Emits what is collected; later text of the same stream is appended to the same output. */
  flush(): void
  /** Emits what is collected; later text starts a new output. */
  end(): void
  /** Drops what is collected. */
  discard(): void
}

interface Run {
  stream: StreamName
  outputId: string | undefined
  sequenceNumber: number
}

const trailingHighSurrogate = /[\ud800-\udbff]$/
const loneSurrogates = /\p{Surrogate}/gu

/**
 * The text part of an execution's outputs: the first flush of a run is a `terminalOutputAdded`, each
 * later one a delta with the next sequence number, from 0. A surrogate pair is never split.
 */
export function createTextRun(options: TextRunOptions): TextRun {
  let run: Run | undefined
  let collected = ''
  let timer: unknown

  function write(stream: StreamName, text: string): void {
    if (run?.stream !== stream) end()
    run ??= { stream, outputId: undefined, sequenceNumber: 0 }
    collected += text
    timer ??= options.clock.setTimeout(flush, options.flushMs)
  }

  function flush(): void {
    const held = trailingHighSurrogate.exec(collected)?.[0] ?? ''
    const text = collected.slice(0, collected.length - held.length)
    discard()
    collected = held
    emitText(text)
  }

  function end(): void {
    const text = collected
    discard()
    emitText(text)
    run = undefined
  }

  function discard(): void {
    if (timer !== undefined) options.clock.clearTimeout(timer)
    timer = undefined
    collected = ''
  }

  function emitText(raw: string): void {
    if (run === undefined || raw === '') return
    const text = raw.replace(loneSurrogates, '\ufffd')
    options.emit(run.outputId === undefined ? firstPart(run, text) : nextPart(run.outputId, run, text))
  }

  function firstPart(current: Run, text: string): OutputEvent {
    const id = crypto.randomUUID()
    current.outputId = id
    return events.terminalOutputAdded({
      id,
      cellId: options.cellId,
      position: options.nextPosition(),
      content: { type: 'inline', data: text },
      streamName: current.stream,
    })
  }

  function nextPart(outputId: string, current: Run, delta: string): OutputEvent {
    const sequenceNumber = current.sequenceNumber++
    return events.terminalOutputAppended2({ id: crypto.randomUUID(), outputId, delta, sequenceNumber })
  }

  return { write, flush, end, discard }
}
