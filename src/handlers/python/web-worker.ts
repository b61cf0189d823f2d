/** Entry of the web worker in which a Python kernel lives in a page. */
import { loadPyodide } from 'pyodide'
import { messageOf, startKernel, type LoadedKernel } from './kernel-runtime.js'
import { KERNEL_FILES, type HostMessage, type KernelMessage } from './protocol.js'

/** The frame's one message; the worker has told before, with an empty one, that it listens. */
export interface WebWorkerData {
  /** To the host. */
  kernel: MessagePort
  pyodideUrl: string
  kernelUrl: string
  /** Absent where the page is not isolated. */
  shared?: Int32Array
  streamBytes: number
}

const scope = globalThis as unknown as DedicatedWorkerScope

interface DedicatedWorkerScope {
  postMessage(message: null): void
  close(): void
  addEventListener(type: 'message', listener: (event: MessageEvent) => void, options?: object): void
  addEventListener(
    type: 'securitypolicyviolation',
    listener: (event: SecurityPolicyViolationEvent) => void,
  ): void
}

scope.addEventListener('message', ({ data }: MessageEvent<WebWorkerData>) => void begin(data), { once: true })
scope.postMessage(null)

async function begin(data: WebWorkerData): Promise<void> {
  const post = (message: KernelMessage): void => data.kernel.postMessage(message)
  tellEnd(post)
  try {
    const kernel = await start(data, post)
    takeUncaught(kernel)
    scope.addEventListener('securitypolicyviolation', ({ blockedURI }) => kernel.refused(blockedURI))
    data.kernel.onmessage = ({ data: message }: MessageEvent<HostMessage>) => kernel.receive(message)
  } catch (error) {
    post({ type: 'failed', message: messageOf(error) })
  }
}

/** Nobody is told when a worker ends itself, so it says so before. */
function tellEnd(post: (message: KernelMessage) => void): void {
  const end = scope.close.bind(scope)
  scope.close = () => {
    post({ type: 'died', message: 'The Python worker ended by itself. Its variables are lost.' })
    end()
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

async function start(data: WebWorkerData, post: (message: KernelMessage) => void): Promise<LoadedKernel> {
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
    networkHint:
      'No network in this notebook, but for what is allowed beside the cells, under Agent; or put what the cell needs into the notebook itself.',
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
