/**
 * What the host and the Python kernel say to each other. Plain JSON and one piece of shared memory, so that the kernel
 * may live in a worker thread, a web worker or elsewhere.
 */

/** The modules of the Python package, beside this file. */
export const KERNEL_FILES = [
  'capture.py',
  'display.py',
  'environment.py',
  'errors.py',
  'events.py',
  'formatting.py',
  'interrupts.py',
  'kernel.py',
  'layout.py',
  'magics.py',
  'modules.py',
  'pretty.py',
  'reach.py',
  'scripts.py',
  'shell.py',
  'source.py',
  'source_context.py',
  'streams.py',
  'system_errors.py',
  'time_zones.py',
  'timing.py',
  'tracebacks.py',
] as const

/** A module file of the Python package. */
export type KernelFile = (typeof KERNEL_FILES)[number]

/** Bytes of text that one stream of one execution may show, the note about the rest included, where the agent does not say. */
export const DEFAULT_STREAM_BYTES = 1_000_000

/** Places in the shared Int32Array; interrupts work without it only while a cell awaits. */
export const SHARED = {
  /** 0, or the number of the signal that the running Python shall receive. */
  signal: 0,
  /** How many interrupts the host has asked for so far. */
  interruptNumber: 1,
  /** Id of the execution that the last interrupt is meant for. */
  interruptTarget: 2,
  /** `sent` of the last output that the host has recorded, together with all before it. */
  recorded: 3,
} as const

/** Number of places in the shared Int32Array. */
const SHARED_LENGTH = 4

/** SIGINT. */
const INTERRUPT_SIGNAL = 2

/** Memory that a kernel shares with whoever interrupts it. */
export const createSharedMemory = (): Int32Array =>
  new Int32Array(new SharedArrayBuffer(SHARED_LENGTH * Int32Array.BYTES_PER_ELEMENT))

/** Raises KeyboardInterrupt in the execution `target`, also while it computes or sleeps. */
export function signalInterrupt(shared: Int32Array, number: number, target: number): void {
  Atomics.store(shared, SHARED.interruptNumber, number)
  Atomics.store(shared, SHARED.interruptTarget, target)
  Atomics.store(shared, SHARED.signal, INTERRUPT_SIGNAL)
  Atomics.notify(shared, SHARED.signal)
  Atomics.notify(shared, SHARED.recorded)
}

/** What Python reads signals from, and whether one came. */
export interface SignalBuffer {
  0: number
  /** Whether a signal was read since the last call: one that the host sent, not code of a cell. */
  takeRead(): boolean
  /** Sleeps until the time, in milliseconds, is over or a signal comes; takes the signal, and says so. */
  sleep(milliseconds: number): boolean
}

/**
 * Python reads the place, and then writes 0: of a signal that comes between the two, which it has not read, the write
 * leaves the memory as it is.
 */
export function createSignalBuffer(shared: Int32Array): SignalBuffer {
  let read = 0
  let wasRead = false
  const buffer: SignalBuffer = {
    get 0() {
      read = Atomics.load(shared, SHARED.signal)
      wasRead ||= read !== 0
      return read
    },
    set 0(value) {
      Atomics.compareExchange(shared, SHARED.signal, read, value)
    },
    takeRead() {
      const taken = wasRead
      wasRead = false
      return taken
    },
    sleep(milliseconds) {
      Atomics.wait(shared, SHARED.signal, 0, milliseconds)
      const came = buffer[0] !== 0
      buffer[0] = 0
      return came
    },
  }
  return buffer
}

/** Takes note that an output, and all before it, is recorded, so that a cell which waits for that goes on. */
export function noteRecorded(shared: Int32Array, sent: number): void {
  if (((sent - Atomics.load(shared, SHARED.recorded)) | 0) <= 0) return
  Atomics.store(shared, SHARED.recorded, sent)
  Atomics.notify(shared, SHARED.recorded)
}

/** The two text streams of a cell. */
export type StreamName = 'stdout' | 'stderr'

/** Host to kernel. One `execute` at a time. */
export type HostMessage =
  | { type: 'execute'; id: number; source: string; count: number }
  | { type: 'interrupt'; number: number }
  /** Asks whether this execution still runs; answered by `beat` as soon as the worker is free. */
  | { type: 'beat'; id: number }
  | { type: 'probe' }

/** A MIME bundle: JSON values by MIME type, images as base64. */
export type MimeBundle = Record<string, unknown>

/** An output of the running cell. */
export type KernelOutput =
  | { type: 'text'; stream: StreamName; text: string }
  | { type: 'flush'; stream: StreamName }
  | { type: 'display'; data: MimeBundle; metadata: MimeBundle; displayId: string | null }
  | { type: 'updateDisplay'; data: MimeBundle; metadata: MimeBundle; displayId: string | null }
  | { type: 'result'; data: MimeBundle; metadata: MimeBundle }
  | { type: 'error'; name: string; value: string; traceback: string[] }
  | { type: 'clear'; wait: boolean }

/** An output on its way, with the sum of the weights of all outputs up to it; 32 bits that wrap around. */
export type SentOutput = KernelOutput & { sent: number }

/** How a cell ended. An error has been shown by an output already. */
export type CellOutcome = { status: 'ok' } | { status: 'error'; name: string; value: string }

/** Kernel to host. */
export type KernelMessage =
  /** `language` is what a notebook file has as `language_info`. */
  | { type: 'ready'; language: Record<string, unknown> }
  | { type: 'failed'; message: string }
  | { type: 'probed'; message?: string }
  | { type: 'finished'; id: number; outcome: CellOutcome }
  /** The end of an execution is told before the beat that finds it not running. */
  | { type: 'beat'; id: number; isRunning: boolean }
  /** The interpreter is of no use any more; nothing comes after this. */
  | { type: 'died'; message: string }
  | SentOutput
