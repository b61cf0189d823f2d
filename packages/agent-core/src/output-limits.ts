/** How much one execution may write into the event log. */
export interface OutputLimits {
  /** UTF-8 bytes of text per stream; the rest is counted and dropped. Default 1000000. */
  streamBytes: number
  /** UTF-8 bytes of one representation, markdown text or error; beyond it a note takes its place. Default 8000000. */
  outputBytes: number
  /** Displays, markdown texts and updates per second; the rest is counted and dropped, results and errors never. Default 1000. */
  outputsPerSecond: number
  /** Longest time that text waits for more text, in milliseconds. Default 50. */
  flushMs: number
}

export const defaultOutputLimits: OutputLimits = {
  streamBytes: 1_000_000,
  outputBytes: 8_000_000,
  outputsPerSecond: 1_000,
  flushMs: 50,
}

const encoder = new TextEncoder()

const sliceLength = 0x10000
const scratch = new Uint8Array(sliceLength * 3)

/** Size of `text` in UTF-8, measured in slices so that large text needs no second copy of itself. */
export function utf8Bytes(text: string): number {
  let bytes = 0
  for (let start = 0; start < text.length;) {
    const slice = text.slice(start, start + sliceLength)
    const whole = slice.length < sliceLength ? slice : slice.replace(/[\ud800-\udbff]$/, '')
    bytes += encoder.encodeInto(whole, scratch).written
    start += whole.length
  }
  return bytes
}

/** The longest start of `text` with at most `bytes` UTF-8 bytes; never half a character. */
export function utf8Prefix(text: string, bytes: number): string {
  if (bytes <= 0) return ''
  return text.slice(0, encoder.encodeInto(text, new Uint8Array(bytes)).read)
}

/** `12 B`, `3.4 kB` or `5.6 MB`, in powers of ten. */
export function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`
  if (bytes < 999_950) return `${(bytes / 1000).toFixed(1)} kB`
  return `${(bytes / 1_000_000).toFixed(1)} MB`
}

/** Whether text has more than `bytes` UTF-8 bytes; short text is not encoded. */
export function isLongerThan(text: string, bytes: number): boolean {
  return text.length * 3 > bytes && utf8Bytes(text) > bytes
}
