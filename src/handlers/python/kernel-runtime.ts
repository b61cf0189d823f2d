/**
 * The kernel's side of the protocol: loads Pyodide, installs the Python package and runs cells. It knows nothing of
 * Node or the browser; the worker's entry file gives it a way to post, the files and the shared memory.
 */
import type { PyodideInterface } from 'pyodide'
import { createOutputGate } from './_output-gate.js'
import { createTextOutlet, type TextOutlet } from './_text-outlet.js'
import {
  SHARED,
  type CellOutcome,
  type HostMessage,
  type KernelMessage,
  type KernelOutput,
  type SignalBuffer,
  createSignalBuffer,
} from './protocol.js'

/** What the surroundings of the kernel provide. */
export interface KernelSurroundings {
  loadPyodide(options: Record<string, unknown>): Promise<PyodideInterface>
  /** Gives the interpreter its folder and its variables, before the kernel itself begins. */
  prepare?(python: PyodideInterface): void
  /** Options for `loadPyodide`, for example `indexURL`. */
  pyodideOptions: Record<string, unknown>
  /** Sources of the Python package by file name. */
  files: Record<string, string>
  post(message: KernelMessage): void
  /** Shared with the host; without it running code cannot be interrupted. */
  shared?: Int32Array
  /** Bytes of text per stream and cell. */
  streamBytes: number
  /** The bytes of a time zone's file, for example of `Europe/Paris`; undefined when there is none. */
  timeZone(key: string): Uint8Array | undefined
  /** Ends the worker, for `os._exit`. */
  exit(code: number): void
  /** What a person is told when a cell finds no network. */
  networkHint: string
}

interface PythonKernel {
  language_info(): string
  is_running(id: number): boolean
  execute(id: number, source: string, count: number): void
  interrupt(number: number): void
}

/** Folder that holds the Python package: below `/lib`, which is never one of the machine. */
const PACKAGE_PARENT = '/lib/notebook-kernel'
const PACKAGE = 'notebook_kernel'

/** A kernel that is loaded. */
export interface LoadedKernel {
  /** Takes a message of the host. */
  receive(message: HostMessage): void
  /** Takes an error that nobody caught: one that broke the interpreter ends its life, another one is shown as text. */
  uncaught(error: unknown): void
  /** Tells the running cell, or the next one, that an address was refused to it. */
  refused(address: string): void
}

/** Loads everything and posts `ready`. Rejects when loading fails. */
export async function startKernel(surroundings: KernelSurroundings): Promise<LoadedKernel> {
  const python = await surroundings.loadPyodide(surroundings.pyodideOptions)
  writePackage(python, surroundings.files)
  surroundings.prepare?.(python)
  const send = createOutputGate(surroundings.post, surroundings.shared)
  const outlet = createTextOutlet(send, surroundings.streamBytes)
  redirectDescriptors(python, outlet)
  const signals = surroundings.shared && createSignalBuffer(surroundings.shared)
  if (signals) python.setInterruptBuffer(signals as object as Int32Array)
  python.registerJsModule('notebook_bridge', createBridge(surroundings, outlet, send, signals))
  const kernel = (python.pyimport(`${PACKAGE}.kernel`) as { connect(): PythonKernel }).connect()
  const parts = { python, kernel, outlet, surroundings }
  const language = JSON.parse(kernel.language_info()) as Record<string, unknown>
  surroundings.post({ type: 'ready', language })
  return {
    receive: (message) => receive(message, parts),
    uncaught: (error) => uncaught(error, parts),
    refused: (address) => {
      outlet.write('stderr', `Not reached: ${address}. ${surroundings.networkHint}\n`)
      outlet.flush()
    },
  }
}

interface Kernel {
  python: PyodideInterface
  kernel: PythonKernel
  outlet: TextOutlet
  surroundings: KernelSurroundings
}

function receive(message: HostMessage, parts: Kernel): void {
  if (message.type === 'execute') return execute(message, parts)
  if (message.type === 'interrupt') return parts.kernel.interrupt(message.number)
  if (message.type === 'beat') return beat(message.id, parts)
  const sum: unknown = parts.python.runPython('1 + 1')
  parts.surroundings.post(
    sum === 2 ? { type: 'probed' } : { type: 'probed', message: `1 + 1 gave ${String(sum)}` },
  )
}

function beat(id: number, parts: Kernel): void {
  try {
    parts.surroundings.post({ type: 'beat', id, isRunning: parts.kernel.is_running(id) })
  } catch (error) {
    die(messageOf(error), parts)
  }
}

function uncaught(error: unknown, parts: Kernel): void {
  if (isBroken(error, parts.python)) return die(messageOf(error), parts)
  parts.outlet.write('stderr', `Unhandled rejection: ${messageOf(error)}\n`)
  parts.outlet.flush()
}

function isBroken(error: unknown, python: PyodideInterface): boolean {
  if (error instanceof RangeError || error instanceof WebAssembly.RuntimeError) return true
  try {
    return python.runPython('1 + 1') !== 2
  } catch {
    return true
  }
}

function die(cause: string, { outlet, surroundings }: Kernel): void {
  outlet.flush()
  const advice = /call stack/.test(cause) ? ' Look for a recursion that does not end.' : ''
  surroundings.post({
    type: 'died',
    message: `Python broke down: ${cause}.${advice} Its variables are lost.`,
  })
}

/** Characters of an error's text that are passed on: Pyodide's own source is one line of 1.2 MB. */
const LONGEST_MESSAGE = 500

/** What an error says, in one short text. */
export function messageOf(error: unknown): string {
  const { name, message, errno } = Object(error) as { name?: string; message?: string; errno?: number }
  const text = name === undefined ? String(error) : `${name}: ${message || `errno ${errno}`}`
  return text.slice(0, LONGEST_MESSAGE)
}

function execute(message: HostMessage & { type: 'execute' }, parts: Kernel): void {
  const { shared } = parts.surroundings
  parts.outlet.begin()
  if (shared) Atomics.store(shared, SHARED.signal, 0)
  parts.kernel.execute(message.id, message.source, message.count)
}

function createBridge(
  surroundings: KernelSurroundings,
  outlet: TextOutlet,
  send: (output: KernelOutput, units: number) => void,
  signals: SignalBuffer | undefined,
): Record<string, unknown> {
  const { post, shared } = surroundings
  return {
    text: outlet.write,
    skipped: outlet.skip,
    flush: (stream: 'stdout' | 'stderr') => {
      outlet.flush()
      send({ type: 'flush', stream }, 0)
    },
    send: (json: string) => {
      outlet.flush()
      send(JSON.parse(json) as KernelOutput, json.length)
    },
    finish: (json: string) => {
      const { id, ...outcome } = JSON.parse(json) as { id: number } & CellOutcome
      outlet.end()
      post({ type: 'finished', id, outcome })
    },
    note: outlet.note,
    sleep: (milliseconds: number) => {
      outlet.flush()
      return signals?.sleep(milliseconds) ?? false
    },
    signalFromHost: () => signals?.takeRead() ?? false,
    interruptTarget: () => (shared ? Atomics.load(shared, SHARED.interruptTarget) : 0),
    interruptNumber: () => (shared ? Atomics.load(shared, SHARED.interruptNumber) : 0),
    timeZone: surroundings.timeZone,
    networkHint: surroundings.networkHint,
    exit: (code: number) => {
      outlet.flush()
      surroundings.exit(code)
    },
  }
}

function redirectDescriptors(python: PyodideInterface, outlet: TextOutlet): void {
  const writer = (stream: 'stdout' | 'stderr') => {
    const decoder = new TextDecoder()
    return {
      isatty: false,
      write: (bytes: Uint8Array): number => {
        outlet.write(stream, decoder.decode(bytes, { stream: true }))
        return bytes.length
      },
    }
  }
  python.setStdout(writer('stdout'))
  python.setStderr(writer('stderr'))
  python.setStdin({ stdin: () => null })
}

function writePackage(python: PyodideInterface, files: Record<string, string>): void {
  const folder = `${PACKAGE_PARENT}/${PACKAGE}`
  python.FS.mkdirTree(folder)
  python.FS.writeFile(`${folder}/__init__.py`, '')
  for (const [name, source] of Object.entries(files)) python.FS.writeFile(`${folder}/${name}`, source)
  python.runPython(`import sys; sys.path.append(${JSON.stringify(PACKAGE_PARENT)}); del sys`)
}
