/**
 * Brings the text of stdout and stderr into the order in which a Jupyter kernel shows it: each stream has a buffer,
 * stdout goes first, and both are emptied before any other output.
 */
import type { StreamName } from './protocol.js'

/** Milliseconds that text of stderr waits for text of stdout; the flush interval of ipykernel. */
const HOLD_MS = 200

/** Where the text goes. */
export interface TextTarget {
  stdout(text: string): void
  stderr(text: string): void
}

/** Text in, ordered text out. */
export interface StreamOrder {
  write(stream: StreamName, text: string): void
  /** Shows everything that is held back. */
  flush(): void
  /** Drops what is held back. */
  discard(): void
}

/** Makes the order for one execution. stdout passes at once; stderr is held back up to HOLD_MS. */
export function createStreamOrder(target: TextTarget): StreamOrder {
  let held = ''
  let timer: ReturnType<typeof setTimeout> | undefined
  const discard = (): void => {
    clearTimeout(timer)
    timer = undefined
    held = ''
  }
  const flush = (): void => {
    const text = held
    discard()
    if (text) target.stderr(text)
  }
  const write = (stream: StreamName, text: string): void => {
    if (stream === 'stdout') return target.stdout(text)
    held += text
    timer ??= setTimeout(flush, HOLD_MS)
  }
  return { write, flush, discard }
}
