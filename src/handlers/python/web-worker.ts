/** Entry of the web worker in which a Python kernel lives in a page. */
import { loadPyodide } from 'pyodide'
import { messageOf, startKernel, type LoadedKernel } from './kernel-runtime.js'
import { KERNEL_FILES, type HostMessage, type KernelMessage } from './protocol.js'

/** The first message of the host. */
export interface WebWorkerData {
  /** Name of a lock that the worker holds as long as it lives. */
  life: string
  pyodideUrl: string
  kernelUrl: string
  /** Absent where the page is not isolated. */
  shared?: Int32Array
  streamBytes: number
}

const scope = globalThis as unknown as DedicatedWorkerScope

interface DedicatedWorkerScope {
  postMessage(message: KernelMessage): void
  close(): void
  addEventListener(type: 'message', listener: (event: MessageEvent) => void, options?: object): void
}

const post = (message: KernelMessage): void => scope.postMessage(message)

scope.addEventListener('message', ({ data }: MessageEvent<WebWorkerData>) => void begin(data), { once: true })

async function begin(data: WebWorkerData): Promise<void> {
  await holdLife(data.life)
  try {
    const kernel = await start(data)
    takeUncaught(kernel)
    scope.addEventListener('message', ({ data: message }: MessageEvent<HostMessage>) =>
      kernel.receive(message),
    )
  } catch (error) {
    post({ type: 'failed', message: messageOf(error) })
  }
}

function takeUncaught(kernel: LoadedKernel): void {
  globalThis.addEventListener('unhandledrejection', (event) => {
    event.preventDefault()
    kernel.uncaught(event.reason)
  })
  globalThis.addEventListener('error', (event) => {
    event.preventDefault()
    kernel.uncaught(event.error)
  })
}

/** Resolves when the lock is held. It is given back by the end of the worker only. */
function holdLife(name: string): Promise<void> {
  return new Promise((resolve) => {
    void navigator.locks.request(name, () => {
      resolve()
      return new Promise(() => undefined)
    })
  })
}

async function start(data: WebWorkerData): Promise<LoadedKernel> {
  return startKernel({
    loadPyodide: (options) => loadPyodide(options),
    pyodideOptions: {
      indexURL: data.pyodideUrl,
      env: { HOME: '/home/pyodide', TZ: Intl.DateTimeFormat().resolvedOptions().timeZone },
    },
    files: await fetchKernelFiles(data.kernelUrl),
    post,
    ...(data.shared && { shared: data.shared }),
    streamBytes: data.streamBytes,
    timeZone: () => undefined,
    exit: () => scope.close(),
  })
}

async function fetchKernelFiles(folder: string): Promise<Record<string, string>> {
  const load = async (name: string) => [name, await fetchText(`${folder}${name}`)] as const
  return Object.fromEntries(await Promise.all(KERNEL_FILES.map(load)))
}

async function fetchText(url: string): Promise<string> {
  const response = await fetch(url)
  if (!response.ok) throw new Error(`${url} was answered with ${response.status}`)
  return response.text()
}
