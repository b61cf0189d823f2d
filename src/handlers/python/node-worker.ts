/** Entry of the worker thread in which a Python kernel lives under Node. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { parentPort, workerData } from 'node:worker_threads'
import type { loadPyodide as loadPyodideType, PyodideInterface } from 'pyodide'
import { workIn } from './_node-folder.js'
import { messageOf, startKernel, type LoadedKernel } from './kernel-runtime.js'
import { KERNEL_FILES, type KernelMessage } from './protocol.js'

/** What the host passes as `workerData`. */
export interface NodeWorkerData {
  /** File of the `pyodide` module. */
  pyodideFile: string
  shared: Int32Array
  streamBytes: number
  /** Folder of this machine that Python works in. */
  workingDirectory?: string
  /** Environment variables that cells see; the interpreter itself begins without them. */
  env: Record<string, string>
}

const port = parentPort
if (port) {
  const post = (message: KernelMessage): void => port.postMessage(message)
  try {
    const kernel = await start(workerData as NodeWorkerData, post)
    process.on('unhandledRejection', kernel.uncaught)
    process.on('uncaughtException', kernel.uncaught)
    port.on('message', kernel.receive)
  } catch (error) {
    post({ type: 'failed', message: messageOf(error) })
  }
}

async function start(data: NodeWorkerData, post: (message: KernelMessage) => void): Promise<LoadedKernel> {
  const loadPyodide = await importPyodide(data.pyodideFile)
  return startKernel({
    loadPyodide,
    prepare: (python) => {
      setVariables(python, data.env)
      if (data.workingDirectory !== undefined) workIn(python, data.workingDirectory)
    },
    pyodideOptions: { env: { HOME: '/home/pyodide', TZ: process.env['TZ'] ?? 'UTC' } },
    files: readKernelFiles(),
    post,
    shared: data.shared,
    streamBytes: data.streamBytes,
    timeZone: readTimeZone,
    exit: (code) => process.exit(code),
    networkHint:
      'This Python (Pyodide) has no network access. Put what the cell needs into the notebook itself.',
  })
}

function setVariables(python: PyodideInterface, variables: Readonly<Record<string, string>>): void {
  const { environ } = python.pyimport('os') as { environ: { update(values: unknown): void } }
  environ.update(python.toPy(variables))
}

/** Where Linux and macOS keep their time zones. */
const TIME_ZONES = '/usr/share/zoneinfo'

function readTimeZone(key: string): Uint8Array | undefined {
  if (!/^[A-Za-z0-9_+-]+(\/[A-Za-z0-9_+-]+)*$/.test(key)) return undefined
  try {
    return new Uint8Array(readFileSync(join(TIME_ZONES, key)))
  } catch {
    return undefined
  }
}

type LoadPyodide = typeof loadPyodideType

async function importPyodide(file: string): Promise<LoadPyodide> {
  const module: unknown = await import(pathToFileURL(file).href)
  const { loadPyodide, default: commonJs } = module as {
    loadPyodide?: LoadPyodide
    default?: { loadPyodide: LoadPyodide }
  }
  const load = loadPyodide ?? commonJs?.loadPyodide
  if (!load) throw new Error(`${file} does not export loadPyodide`)
  return load
}

function readKernelFiles(): Record<string, string> {
  const folder = dirname(createRequire(import.meta.url).resolve('#python-kernel'))
  return Object.fromEntries(KERNEL_FILES.map((name) => [name, readFileSync(join(folder, name), 'utf8')]))
}
