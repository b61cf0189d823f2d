import { formatBytes, utf8Bytes, utf8Prefix } from './output-limits.js'
import type { StreamName } from './output-event.js'

/** Keeps count of the text of both streams, and lets only so much of it through. */
export interface StreamBudget {
  /** The part of `text` that still has room. */
  admit(stream: StreamName, text: string): string
  /** The line that tells readers what is missing; given once per truncated stream. */
  takeMarkers(): { stream: StreamName; text: string }[]
}

interface Usage {
  shown: number
  endsLine: boolean
  isMarked: boolean
}

/** A budget of `limit` UTF-8 bytes for each stream; `droppedBytes` is kept up to date with what was refused. */
export function createStreamBudget(limit: number, droppedBytes: Record<StreamName, number>): StreamBudget {
  const usage: Record<StreamName, Usage> = {
    stdout: { shown: 0, endsLine: true, isMarked: false },
    stderr: { shown: 0, endsLine: true, isMarked: false },
  }

  function admit(stream: StreamName, text: string): string {
    const bytes = utf8Bytes(text)
    const used = usage[stream]
    const isClosed = droppedBytes[stream] > 0
    const admitted = isClosed ? '' : used.shown + bytes <= limit ? text : utf8Prefix(text, limit - used.shown)
    const admittedBytes = admitted === text ? bytes : utf8Bytes(admitted)
    used.shown += admittedBytes
    droppedBytes[stream] += bytes - admittedBytes
    if (admitted !== '') used.endsLine = admitted.endsWith('\n')
    return admitted
  }

  function takeMarkers(): { stream: StreamName; text: string }[] {
    const streams = (['stdout', 'stderr'] as const).filter(
      (stream) => droppedBytes[stream] > 0 && !usage[stream].isMarked,
    )
    for (const stream of streams) usage[stream].isMarked = true
    return streams.map((stream) => ({ stream, text: markerOf(usage[stream], droppedBytes[stream]) }))
  }

  return { admit, takeMarkers }
}

function markerOf({ shown, endsLine }: Usage, dropped: number): string {
  const sizes = `${formatBytes(shown)} of ${formatBytes(shown + dropped)}`
  return `${endsLine ? '' : '\n'}[output truncated: ${sizes} shown]\n`
}
