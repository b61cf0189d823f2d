import {
  openInspectionEndpoint,
  recordedFrame,
  type InspectionTarget,
  type LeanFrame,
} from '../../inspection/index.js'
import { listenForInterruption } from '../run/interruption.js'
import type { StorePlace } from '../store-place.js'
import { createStyle, wantsColour } from '../text/style.js'
import { withRecord } from '../with-record.js'
import type { World } from '../world.js'
import { untilAborted } from './run-inspection.js'

/**
 * Serves the viewer with what a store has recorded, until the program is interrupted. The store is closed before that, so that a
 * run may go on in it. Throws as `withRecord`.
 */
export async function showRecording(
  place: StorePlace,
  kind: 'text' | 'json',
  { stdout, env }: World,
): Promise<void> {
  const frame = await withRecord(place, recordedFrame)
  const endpoint = await openInspectionEndpoint()
  const interruption = listenForInterruption(() => process.exit(130))
  endpoint.connect(recordingOf(frame))
  const { viewerUrl: viewer } = endpoint
  const style = createStyle(wantsColour(stdout, env))
  const line =
    kind === 'json'
      ? JSON.stringify({ event: 'inspect.ready', viewer })
      : `${style.accent('Look at it')} ${viewer} ${style.dim('(until Ctrl-C; for you alone)')}`
  stdout.write(`${line}\n`)
  await untilAborted(interruption.signal)
  interruption.stop()
  await endpoint.close()
}

type Source = Parameters<InspectionTarget['connect']>[0]

/** A source that has one frame to tell. */
function recordingOf(frame: LeanFrame): Source {
  return {
    lean: (sink) => {
      sink.send(frame)
      return () => undefined
    },
    stately: () => () => undefined,
    introduce: () => undefined,
  }
}
