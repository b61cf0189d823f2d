/** Sends the text of a cell to the host: early, in few messages, and never more than a cell may show. */
import type { KernelOutput, StreamName } from './protocol.js'

/** Messages that may leave at once after a silence; text beyond them is joined. */
const BURST_MESSAGES = 1_000
/** Messages that become free per millisecond. */
const MESSAGES_PER_MS = 2
/** Milliseconds that joined text waits while the cell awaits. */
const FLUSH_MS = 50
/** UTF-16 units of joined text that make a message full. */
const FULL_MESSAGE = 4_096
/** Bytes kept free for the note about text that was left out. */
const NOTE_BYTES = 100

const STREAMS = ['stdout', 'stderr'] as const

interface Budget {
  sent: number
  written: number
  endsLine: boolean
  noted: boolean
}

/** The way out for text. Text of a cell counts from its `begin`; between cells it waits for the next one. */
export interface TextOutlet {
  begin(): void
  /** Takes text. False when the stream has shown all it may in this cell. */
  write(stream: StreamName, text: string): boolean
  /** Counts text that was not even handed over. */
  skip(stream: StreamName, bytes: number): void
  /** Sends what waits. */
  flush(): void
  /** Adds a note to every stream that was cut, once; text that comes later is counted no more. */
  note(): void
  /** Adds the notes, sends everything and ends the cell. */
  end(): void
}

/** Makes the outlet. `streamBytes` is the limit per stream and cell. */
export function createTextOutlet(
  send: (output: KernelOutput, units: number) => void,
  streamBytes: number,
): TextOutlet {
  const encoder = new TextEncoder()
  let budgets = newBudgets()
  let running = false
  let waiting: { stream: StreamName; text: string }[] = []
  let waitingUnits = 0
  let allowance = BURST_MESSAGES
  let lastLook = performance.now()
  let timer: ReturnType<typeof setTimeout> | undefined

  const flush = (): void => {
    clearTimeout(timer)
    timer = undefined
    if (!running) return
    const parts = waiting
    waiting = []
    waitingUnits = 0
    for (const part of parts) send({ type: 'text', ...part }, part.text.length)
  }
  const join = (stream: StreamName, text: string): void => {
    const last = waiting.at(-1)
    if (last?.stream === stream) last.text += text
    else waiting.push({ stream, text })
    waitingUnits += text.length
  }
  const mayLeave = (): boolean => {
    const now = performance.now()
    allowance = Math.min(BURST_MESSAGES, allowance + (now - lastLook) * MESSAGES_PER_MS)
    lastLook = now
    if (allowance < 1 && waitingUnits < FULL_MESSAGE) return false
    allowance = Math.max(0, allowance - 1)
    return true
  }
  const write = (stream: StreamName, text: string): boolean => {
    const budget = budgets[stream]
    const bytes = encoder.encode(text)
    const room = streamBytes - NOTE_BYTES - budget.sent
    budget.written += bytes.length
    if (room <= 0) return false
    const shown =
      bytes.length <= room ? text : new TextDecoder().decode(bytes.slice(0, room), { stream: true })
    budget.sent += Math.min(bytes.length, room)
    budget.endsLine = shown.endsWith('\n')
    join(stream, shown)
    if (mayLeave()) flush()
    else timer ??= setTimeout(flush, FLUSH_MS)
    return bytes.length < room
  }
  const skip = (stream: StreamName, bytes: number): void => {
    budgets[stream].written += bytes
  }
  const begin = (): void => {
    budgets = newBudgets()
    running = true
    flush()
  }
  const note = (): void => {
    for (const stream of STREAMS) {
      const text = truncationNote(budgets[stream])
      if (text) join(stream, text)
      budgets[stream].noted ||= text !== undefined
    }
    flush()
  }
  const end = (): void => {
    note()
    running = false
    budgets = newBudgets()
  }
  return { begin, write, skip, flush, note, end }
}

function newBudgets(): Record<StreamName, Budget> {
  const budget = (): Budget => ({ sent: 0, written: 0, endsLine: true, noted: false })
  return { stdout: budget(), stderr: budget() }
}

function truncationNote(budget: Budget): string | undefined {
  if (budget.noted || budget.sent === budget.written) return undefined
  const note = `[output truncated: ${megabytes(budget.sent)} of ${megabytes(budget.written)} shown]\n`
  return budget.endsLine ? note : `\n${note}`
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`
}
