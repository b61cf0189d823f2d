/** Opens the worker thread of a kernel under Node, and says what is missing when that cannot work. */
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { Worker, type ResourceLimits } from 'node:worker_threads'
import type { KernelLink, WorkerEnd } from './_link.js'
import type { NodeWorkerData } from './node-worker.js'
import {
  createSharedMemory,
  noteRecorded,
  signalInterrupt,
  type HostMessage,
  type KernelMessage,
} from './protocol.js'

/** How the worker thread is made. */
export interface NodeLinkOptions {
  /** Module that is Pyodide: a package name or an absolute file. */
  pyodideModule: string
  streamBytes: number
  workingDirectory?: string
  /** Environment variables of Python. */
  env: Record<string, string>
  resourceLimits?: ResourceLimits
}

/** Stack of the thread: with it deep recursion ends in Python's RecursionError; with Node's 4 MB it kills the interpreter. */
const STACK_MB = 64

const require = createRequire(import.meta.url)

/** Starts the thread. Throws a readable error when Pyodide is not installed or the worker was not built. */
export function openNodeLink(options: NodeLinkOptions): KernelLink {
  const shared = createSharedMemory()
  const workerData: NodeWorkerData = {
    pyodideFile: findPyodide(options.pyodideModule),
    shared,
    streamBytes: options.streamBytes,
    env: options.env,
    ...(options.workingDirectory === undefined ? {} : { workingDirectory: options.workingDirectory }),
  }
  const worker = new Worker(findWorker(), {
    workerData,
    stdout: true,
    stderr: true,
    resourceLimits: { stackSizeMb: STACK_MB, ...options.resourceLimits },
  })
  worker.stdout.resume()
  worker.stderr.resume()
  const messages = new Mailbox<KernelMessage>()
  const ends = new Mailbox<WorkerEnd>()
  worker.on('message', (message: KernelMessage) => messages.put(message))
  worker.once('error', (error: Error & { code?: string }) => ends.put(reasonOf(error)))
  worker.once('exit', (code) =>
    ends.put({ code: 'workerCrashed', message: `The Python worker ended by itself with exit code ${code}.` }),
  )
  const post = (message: HostMessage) => worker.postMessage(message)
  return {
    post,
    interrupt: (number, target) => {
      signalInterrupt(shared, number, target)
      post({ type: 'interrupt', number })
    },
    recorded: (sent) => noteRecorded(shared, sent),
    onMessage: (listener) => messages.deliverTo(listener),
    onEnd: (listener) => ends.deliverTo(listener),
    keepAlive: (alive) => (alive ? worker.ref() : worker.unref()),
    terminate: async () => {
      await worker.terminate()
    },
  }
}

/** Keeps what comes before somebody listens. */
class Mailbox<Item> {
  #early: Item[] = []
  #deliver = (item: Item): void => void this.#early.push(item)

  put(item: Item): void {
    this.#deliver(item)
  }

  deliverTo(listener: (item: Item) => void): void {
    this.#deliver = listener
    for (const item of this.#early.splice(0)) listener(item)
  }
}

function reasonOf(error: Error & { code?: string }): WorkerEnd {
  if (error.code === 'ERR_WORKER_OUT_OF_MEMORY') {
    const message =
      'Python ran out of memory and its worker ended. Use less data at a time, then run the cells again.'
    return { code: 'outOfMemory', message }
  }
  return {
    code: 'workerCrashed',
    message: `The Python worker failed: ${String(error.message).slice(0, 500)}`,
  }
}

function findPyodide(name: string): string {
  try {
    return require.resolve(name)
  } catch (cause) {
    throw missing(
      `Python cells need the package "${name}", which is not installed. Run: npm install ${name}`,
      cause,
    )
  }
}

function findWorker(): string {
  const file = require.resolve('#python-worker')
  if (existsSync(file)) return file
  throw missing(`The Python worker ${file} does not exist. Build it with: npm run build`)
}

/** Carries the failure record that the agent stores: a file that is not there is not there at the next try either. */
function missing(message: string, cause?: unknown): Error {
  const failure = { code: 'assetLoadFailed', message, retryable: false }
  return Object.assign(new Error(message, { cause }), { failure })
}
