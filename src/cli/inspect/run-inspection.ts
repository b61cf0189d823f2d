import type { Inspection } from '../../inspection/index.js'
import type { RunInspecting } from '../run/run-event.js'

/** A run that can be looked at. */
export interface RunInspection {
  /** The observer for the registry of the run. */
  readonly inspect: Inspection['inspect']
  /** What the run tells about it. */
  readonly event: RunInspecting
  /** Tells the viewers the end, and closes the endpoint. */
  close(): Promise<void>
}

/** Opens an endpoint on this machine and an inspection that shows there. Rejects with `INSPECTION_UNAVAILABLE`. */
export async function openRunInspection(isHeld: boolean): Promise<RunInspection> {
  const { createInspection, openInspectionEndpoint } = await import('../../inspection/index.js')
  const endpoint = await openInspectionEndpoint()
  const inspection = createInspection({ target: endpoint })
  return {
    inspect: inspection.inspect,
    event: {
      event: 'run.inspecting',
      viewer: endpoint.viewerUrl,
      stately: endpoint.statelyUrl,
      isHeld,
    },
    close: async () => {
      inspection.stop()
      await endpoint.close()
    },
  }
}

/** Resolves when the signal is aborted. */
export function untilAborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  const heartbeat = setInterval(() => undefined, 60_000)
  return new Promise((resolve) => {
    const end = () => {
      clearInterval(heartbeat)
      resolve()
    }
    signal.addEventListener('abort', end, { once: true })
  })
}
