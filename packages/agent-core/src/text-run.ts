import { events } from '@runtimed/schema'
import type { OutputClock } from './clock.js'
import type { OutputEvent, StreamName } from './output-event.js'
import { createSwitchBudget } from './switch-budget.js'

export interface TextRunOptions {
  cellId: string
  flushMs: number
  clock: OutputClock
  nextPosition(): number
  emit(event: OutputEvent): void
}

/** Collects consecutive text of one stream into one output. */
export interface TextRun {
  /**
   * Adds text; another stream's run ends first. Streams that alternate faster than their budget are collected side by side
   * instead, and shown as Jupyter shows them: what stdout wrote in an interval, then what stderr did.
   */
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
  outputId: string
  units: number
}

/** Milliseconds that text of streams which alternate too fast is collected; the flush interval of ipykernel. */
const crowdedFlushMs = 200

/**
 * UTF-16 units of one output, after which the next line starts a new one. Each append rewrites the output's row, and what was before
 * is kept until the sync backend has the event, so that an output without a limit costs its size again with each append.
 */
const outputUnits = 64 * 1024

/** UTF-16 units after which an output ends also within a line. */
const lineUnits = 8 * outputUnits

const trailingHighSurrogate = /[\ud800-\udbff]$/
const loneSurrogates = /\p{Surrogate}/gu

/**
 * The text part of an execution's outputs: the first flush of a run is a `terminalOutputAdded`, each later one a
 * `terminalOutputAppended`, the form of appending that every client reads. A surrogate pair is never split.
 */
export function createTextRun(options: TextRunOptions): TextRun {
  const switches = createSwitchBudget(options.clock)
  const collected = { stdout: '', stderr: '' }
  let run: Run | undefined
  let latest: StreamName | undefined
  let timer: unknown

  function write(stream: StreamName, text: string): void {
    const isSwitch = latest !== undefined && latest !== stream
    const isCrowded = isSwitch && !switches.admit()
    if (isSwitch && !isCrowded) end()
    latest = stream
    collected[stream] += text
    timer ??= options.clock.setTimeout(flush, isCrowded ? crowdedFlushMs : options.flushMs)
  }

  function flush(): void {
    const texts = { ...collected }
    discard()
    for (const stream of ['stdout', 'stderr'] as const) {
      const held = trailingHighSurrogate.exec(texts[stream])?.[0] ?? ''
      emitText(stream, texts[stream].slice(0, texts[stream].length - held.length))
      collected[stream] = held
    }
  }

  function end(): void {
    const { stdout, stderr } = collected
    discard()
    emitText('stdout', stdout)
    emitText('stderr', stderr)
    run = undefined
    latest = undefined
  }

  function discard(): void {
    if (timer !== undefined) options.clock.clearTimeout(timer)
    timer = undefined
    collected.stdout = collected.stderr = ''
  }

  function emitText(stream: StreamName, raw: string): void {
    if (raw === '') return
    const text = raw.replace(loneSurrogates, '\ufffd')
    if (run?.stream !== stream) run = undefined
    const appended = run === undefined ? 0 : roomOf(run, text)
    append(text.slice(0, appended))
    add(stream, text.slice(appended))
  }

  function append(text: string): void {
    if (run === undefined || text === '') return
    run.units += text.length
    const content = { type: 'inline', data: text } as const
    options.emit(events.terminalOutputAppended({ outputId: run.outputId, content }))
  }

  function add(stream: StreamName, text: string): void {
    if (text === '') return
    const id = crypto.randomUUID()
    run = { stream, outputId: id, units: text.length }
    options.emit(
      events.terminalOutputAdded({
        id,
        cellId: options.cellId,
        position: options.nextPosition(),
        content: { type: 'inline', data: text },
        streamName: stream,
      }),
    )
  }

  return { write, flush, end, discard }
}

/** How much of `text` still belongs to the output of this run: all of it, or, once that is full, the rest of its last line. */
function roomOf({ units }: Run, text: string): number {
  if (units + text.length <= outputUnits) return text.length
  const lineEnd = text.indexOf('\n', Math.max(0, outputUnits - units - 1))
  if (lineEnd !== -1) return lineEnd + 1
  return units < lineUnits ? text.length : 0
}
