import type { StatelyInspectionEvent } from '@statelyai/inspect'
import { RegistryError } from '../errors.js'
import type { InspectionSink } from './inspection-hub.js'
import type { InspectionSource, InspectionTarget } from './create-inspection.js'
import type { StatelyMessage } from './stately-stream.js'

/** Where the Stately inspector is shown. */
export interface StatelyWindowOptions {
  /** The frame that shows it; without one a window is opened, which browsers allow only after a click. */
  readonly iframe?: HTMLIFrameElement
  /**
   * The page that shows what it is sent, such as one with `createBrowserReceiver()`. `https://stately.ai/inspect` is the hosted
   * inspector: everything that is shown is then sent to that page.
   */
  readonly url: string
  /** Told when the inspector cannot be started, for example without the package. Default: throws in a task of its own. */
  readonly onError?: (error: RegistryError) => void
}

/** The Stately inspector in a page. Needs the package `@statelyai/inspect`, which is loaded when an inspection begins. */
export function statelyWindow(options: StatelyWindowOptions): InspectionTarget {
  const onError = options.onError ?? reportLater
  return {
    connect(source) {
      const open = openInspector(source, options)
      open.catch((cause: unknown) => onError(missing(cause)))
      return () => void open.then((close) => close()).catch(() => undefined)
    },
  }
}

async function openInspector(
  source: InspectionSource,
  { iframe, url }: StatelyWindowOptions,
): Promise<() => void> {
  const { createBrowserInspector } = await import('@statelyai/inspect')
  const inspector = createBrowserInspector({ url, ...(iframe && { iframe }), maxDeferredEvents: 0 })
  const sink: InspectionSink<StatelyMessage> = {
    isReady: () => true,
    send: (message) => inspector.adapter.send(message as unknown as StatelyInspectionEvent),
  }
  const disconnect = source.stately(sink)
  const introduce = ({ data }: MessageEvent<unknown>) => {
    if (isConnected(data)) source.introduce()
  }
  window.addEventListener('message', introduce)
  return () => {
    window.removeEventListener('message', introduce)
    disconnect()
    inspector.stop()
  }
}

const isConnected = (data: unknown) =>
  typeof data === 'object' && data !== null && 'type' in data && data.type === '@statelyai.connected'

const missing = (cause: unknown) =>
  new RegistryError(
    'INSPECTOR_UNAVAILABLE',
    'The Stately inspector could not be started. Install the package @statelyai/inspect, and allow this page to open windows or give it an iframe.',
    { cause },
  )

function reportLater(error: RegistryError): void {
  setTimeout(() => {
    throw error
  })
}
