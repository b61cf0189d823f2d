/**
 * The kernel's side of the protocol: loads Pyodide, installs the Python package and runs cells. It knows nothing of
 * Node or the browser; the worker's entry file gives it a way to post, the files and the shared memory.
 */
import type { PyodideInterface } from 'pyodide'
import { createTextOutlet, type TextOutlet } from './_text-outlet.js'
import {
  SHARED,
  type CellOutcome,
  type HostMessage,
  type KernelMessage,
  type KernelOutput,
} from './protocol.js'

/** What the surroundings of the kernel provide. */
export interface KernelSurroundings {
  loadPyodide(options: Record<string, unknown>): Promise<PyodideInterface>
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
}

interface PythonKernel {
  execute(id: number, source: string, count: number): void
  interrupt(number: number): void
}

/** Folder inside Pyodide's file system that holds the Python package. */
const PACKAGE_PARENT = '/usr/lib/notebook'
const PACKAGE = 'notebook_kernel'

/** Loads everything and posts `ready`; returns the function that takes the host's messages. Rejects when loading fails. */
export async function startKernel(surroundings: KernelSurroundings): Promise<(message: HostMessage) => void> {
  const python = await surroundings.loadPyodide(surroundings.pyodideOptions)
  const outlet = createTextOutlet(surroundings.post, surroundings.streamBytes)
  redirectDescriptors(python, outlet)
  if (surroundings.shared) python.setInterruptBuffer(surroundings.shared)
  python.registerJsModule('notebook_bridge', createBridge(surroundings, outlet))
  const kernel = installPackage(python, surroundings.files)
  surroundings.post({ type: 'ready' })
  return (message) => receive(message, { python, kernel, outlet, surroundings })
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
  const sum: unknown = parts.python.runPython('1 + 1')
  parts.surroundings.post(
    sum === 2 ? { type: 'probed' } : { type: 'probed', message: `1 + 1 gave ${String(sum)}` },
  )
}

function execute(message: HostMessage & { type: 'execute' }, parts: Kernel): void {
  const { shared } = parts.surroundings
  parts.outlet.begin()
  if (shared) Atomics.store(shared, SHARED.signal, 0)
  parts.kernel.execute(message.id, message.source, message.count)
}

function createBridge(surroundings: KernelSurroundings, outlet: TextOutlet): Record<string, unknown> {
  const { post, shared } = surroundings
  return {
    text: outlet.write,
    skipped: outlet.skip,
    flush: (stream: 'stdout' | 'stderr') => {
      outlet.flush()
      post({ type: 'flush', stream })
    },
    send: (json: string) => {
      outlet.flush()
      post(JSON.parse(json) as KernelOutput)
    },
    finish: (json: string) => {
      const { id, ...outcome } = JSON.parse(json) as { id: number } & CellOutcome
      outlet.end()
      post({ type: 'finished', id, outcome })
    },
    note: outlet.note,
    sleep: (milliseconds: number) => {
      outlet.flush()
      return sleep(shared, milliseconds)
    },
    interruptTarget: () => (shared ? Atomics.load(shared, SHARED.interruptTarget) : 0),
    interruptNumber: () => (shared ? Atomics.load(shared, SHARED.interruptNumber) : 0),
    timeZone: surroundings.timeZone,
    exit: surroundings.exit,
  }
}

/** Sleeps until the time is over or a signal comes. False where the thread cannot sleep. */
function sleep(shared: Int32Array | undefined, milliseconds: number): boolean {
  if (!shared) return false
  Atomics.wait(shared, SHARED.signal, 0, milliseconds)
  return true
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

function installPackage(python: PyodideInterface, files: Record<string, string>): PythonKernel {
  const folder = `${PACKAGE_PARENT}/${PACKAGE}`
  python.FS.mkdirTree(folder)
  python.FS.writeFile(`${folder}/__init__.py`, '')
  for (const [name, source] of Object.entries(files)) python.FS.writeFile(`${folder}/${name}`, source)
  python.runPython(`import sys; sys.path.append(${JSON.stringify(PACKAGE_PARENT)}); del sys`)
  const module = python.pyimport(`${PACKAGE}.kernel`) as { connect(): PythonKernel }
  return module.connect()
}
