/** What the frame does in which the worker of a kernel lives in a page: it makes the worker, and interrupts it. */
import { createSharedMemory, noteRecorded, signalInterrupt } from './protocol.js'
import type { WebWorkerData } from './web-worker.js'

/** The page's one message to the window of the frame; its ports are for {@link FrameRequest} and for the kernel. */
export interface FrameData {
  readonly streamBytes: number
}

/** Page to frame. */
export type FrameRequest =
  | { readonly type: 'interrupt'; readonly number: number; readonly target: number }
  | { readonly type: 'recorded'; readonly sent: number }
  | { readonly type: 'ping' }

/** Frame to page. */
export type FrameMessage = { readonly type: 'pong' } | { readonly type: 'failed'; readonly message: string }

/** Where the files of a kernel are served. */
export interface FrameFiles {
  /** The built `web-worker.js`. */
  readonly workerUrl: string
  /** Folder of `pyodide.asm.mjs`, `pyodide.asm.wasm`, `python_stdlib.zip` and `pyodide-lock.json`, with a slash at its end. */
  readonly pyodideUrl: string
  /** Folder of the kernel's Python files, with a slash at its end. */
  readonly kernelUrl: string
}

/** Waits for the page's message and makes the worker; whatever else comes is let be. */
export function serveKernelFrame(files: FrameFiles): void {
  const begin = ({ source, data, ports }: MessageEvent<FrameData>) => {
    const [control, kernel] = ports
    if (source !== parent || !control || !kernel) return
    removeEventListener('message', begin)
    const shared = globalThis.crossOriginIsolated ? createSharedMemory() : undefined
    const worker = createWorker(files.workerUrl)
    const tell = (message: FrameMessage) => control.postMessage(message)
    worker.addEventListener('error', (event) => tell({ type: 'failed', message: event.message }))
    control.onmessage = ({ data: request }: MessageEvent<FrameRequest>) => {
      if (request.type === 'ping') tell({ type: 'pong' })
      else if (shared && request.type === 'recorded') noteRecorded(shared, request.sent)
      else if (shared && request.type === 'interrupt') signalInterrupt(shared, request.number, request.target)
    }
    const { pyodideUrl, kernelUrl } = files
    const start: WebWorkerData = { pyodideUrl, kernelUrl, kernel, streamBytes: data.streamBytes }
    const send = () => worker.postMessage({ ...start, ...(shared && { shared }) }, [kernel])
    worker.addEventListener('message', send, { once: true })
  }
  addEventListener('message', begin)
}

/** A frame without an origin may make workers only of scripts of its own; this one loads the real one. */
function createWorker(url: string): Worker {
  const script = `import(${JSON.stringify(url)}).catch((error) => setTimeout(() => { throw error }))`
  const address = URL.createObjectURL(new Blob([script], { type: 'text/javascript' }))
  return new Worker(address, { name: 'python' })
}
