/** Opens the web worker of a kernel in a page. */
import type { KernelLink, WorkerEnd } from './_link.js'
import { SHARED_LENGTH, type KernelMessage } from './protocol.js'
import type { WebWorkerData } from './web-worker.js'

/** How the web worker is made. */
export interface WebLinkOptions {
  createWorker(): Worker
  /** Folder of Pyodide's files, with a slash at its end. */
  pyodideUrl: string
  /** Folder of the kernel's Python files, with a slash at its end. */
  kernelUrl: string
  streamBytes: number
}

/**
 * Starts the worker. Memory is shared only in a page that is cross-origin isolated; elsewhere a cell can be interrupted only while
 * it awaits.
 */
export function openWebLink(options: WebLinkOptions): KernelLink {
  const shared = sharedMemory()
  const worker = options.createWorker()
  const life = `python-worker-${crypto.randomUUID()}`
  const data: WebWorkerData = {
    life,
    pyodideUrl: options.pyodideUrl,
    kernelUrl: options.kernelUrl,
    streamBytes: options.streamBytes,
    ...(shared && { shared }),
  }
  worker.postMessage(data)
  return {
    ...(shared && { shared }),
    post: (message) => worker.postMessage(message),
    onMessage: (listener) =>
      worker.addEventListener('message', ({ data: message }: MessageEvent<KernelMessage>) =>
        listener(message),
      ),
    onEnd: (listener) => {
      worker.addEventListener('error', (event) => listener(reasonOf(event)))
      worker.addEventListener('message', () => watchLife(life, listener), { once: true })
    },
    keepAlive: () => undefined,
    terminate: async () => worker.terminate(),
  }
}

function sharedMemory(): Int32Array | undefined {
  if (!globalThis.crossOriginIsolated) return undefined
  return new Int32Array(new SharedArrayBuffer(SHARED_LENGTH * Int32Array.BYTES_PER_ELEMENT))
}

/** A page is not told when a worker of it ends; but the worker holds a lock as long as it lives. */
function watchLife(life: string, listener: (end: WorkerEnd) => void): void {
  const message = 'The Python worker ended by itself. Its variables are lost.'
  void navigator.locks.request(life, () => listener({ code: 'workerCrashed', message }))
}

function reasonOf({ message }: ErrorEvent): WorkerEnd {
  const isMemory = /out of memory|allocation failed/i.test(message)
  return isMemory
    ? { code: 'outOfMemory', message: 'Python ran out of memory. Use less data at a time.' }
    : { code: 'workerCrashed', message: `The Python worker failed: ${String(message).slice(0, 500)}` }
}
