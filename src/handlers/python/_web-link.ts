/** Opens the frame with the web worker of a kernel in a page. */
import type { KernelLink, WorkerEnd } from './_link.js'
import type { HostMessage, KernelMessage } from './protocol.js'
import type { FrameData, FrameMessage, FrameRequest } from './web-frame.js'

/** How the frame is made. */
export interface WebLinkOptions extends FrameData {
  /** Address of the page that calls `serveKernelFrame`. */
  readonly frameUrl: string
}

/** Milliseconds between looks at the frame, which has nothing to do and answers at once. */
const LOOK_MS = 1_000

/** Looks without an answer after which the frame counts as gone: the browser tells nobody when it ends the process of one. */
const LOOKS = 20

/**
 * Starts the worker in a frame without an origin, so that cells reach neither what the page keeps nor, by the policy of the frame, a
 * network. Memory is shared only in a page that is cross-origin isolated; elsewhere a cell can be interrupted only while it awaits.
 */
export function openWebLink({ frameUrl, streamBytes }: WebLinkOptions): KernelLink {
  const control = new MessageChannel()
  const kernel = new MessageChannel()
  const frame = createFrame(frameUrl)
  const data: FrameData = { streamBytes }
  const begin = () => frame.contentWindow?.postMessage(data, '*', [control.port2, kernel.port2])
  frame.addEventListener('load', begin, { once: true })
  document.body.append(frame)
  const request = (message: FrameRequest) => control.port1.postMessage(message)
  const post = (message: HostMessage) => kernel.port1.postMessage(message)
  let stopLooking: () => void = () => undefined
  return {
    post,
    interrupt: (number, target) => {
      request({ type: 'interrupt', number, target })
      post({ type: 'interrupt', number })
    },
    recorded: (sent) => request({ type: 'recorded', sent }),
    onMessage: (listener) => {
      kernel.port1.onmessage = ({ data: message }: MessageEvent<KernelMessage>) => listener(message)
    },
    onEnd: (listener) => {
      const watch = watchFrame(() => request({ type: 'ping' }), listener)
      stopLooking = watch.stop
      control.port1.onmessage = ({ data: message }: MessageEvent<FrameMessage>) =>
        message.type === 'pong' ? watch.answered() : listener(reasonOf(message.message))
    },
    keepAlive: () => undefined,
    terminate: async () => {
      stopLooking()
      frame.remove()
      control.port1.close()
      kernel.port1.close()
    },
  }
}

function createFrame(url: string): HTMLIFrameElement {
  const frame = document.createElement('iframe')
  frame.title = 'Python'
  frame.hidden = true
  frame.setAttribute('sandbox', 'allow-scripts')
  frame.allow = 'cross-origin-isolated'
  frame.src = url
  return frame
}

function watchFrame(ping: () => void, onEnd: (end: WorkerEnd) => void) {
  let unanswered = 0
  const look = () => {
    if (unanswered === LOOKS) return onEnd(reasonOf('it does not answer any more'))
    unanswered += 1
    ping()
  }
  const timer = setInterval(look, LOOK_MS)
  return { answered: () => (unanswered = 0), stop: () => clearInterval(timer) }
}

function reasonOf(message: string): WorkerEnd {
  const isMemory = /out of memory|allocation failed/i.test(message)
  return isMemory
    ? { code: 'outOfMemory', message: 'Python ran out of memory. Use less data at a time.' }
    : { code: 'workerCrashed', message: `The Python worker failed: ${message.slice(0, 500)}` }
}
