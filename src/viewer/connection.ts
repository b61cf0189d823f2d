import type { LeanFrame } from '../inspection/lean-frame.js'
import type { Recording } from './recording.js'

/** Milliseconds until a connection that was lost is tried again: first, and at most. */
const retryMs = { first: 1_000, most: 30_000 } as const

/**
 * Fills the recording from the endpoint that served the page, with the page's own token. Tries again, ever less often, while it
 * is not there.
 */
export function connectTo(recording: Recording, page: URL, delayMs: number = retryMs.first): void {
  const url = new URL('./lean', page)
  url.protocol = page.protocol === 'https:' ? 'wss:' : 'ws:'
  url.search = new URLSearchParams({ token: page.searchParams.get('token') ?? '' }).toString()
  const socket = new WebSocket(url)
  let waitMs = delayMs
  socket.addEventListener('open', () => {
    waitMs = retryMs.first
    recording.setConnection('live')
  })
  socket.addEventListener('message', ({ data }) => recording.apply(JSON.parse(String(data)) as LeanFrame))
  socket.addEventListener('close', () => {
    recording.setConnection('ended')
    setTimeout(() => connectTo(recording, page, Math.min(2 * waitMs, retryMs.most)), waitMs)
  })
}
