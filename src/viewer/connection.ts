import type { LeanFrame } from '../inspection/lean-frame.js'
import type { Recording } from './recording.js'

/** Milliseconds until a connection that was lost is tried again. */
const retryMs = 1_000

/** Fills the recording from the endpoint that served the page, with the page's own token. Tries again while it is not there. */
export function connectTo(recording: Recording, page: URL): void {
  const url = new URL('./lean', page)
  url.protocol = page.protocol === 'https:' ? 'wss:' : 'ws:'
  url.search = new URLSearchParams({ token: page.searchParams.get('token') ?? '' }).toString()
  const socket = new WebSocket(url)
  socket.addEventListener('open', () => recording.setConnection('live'))
  socket.addEventListener('message', ({ data }) => recording.apply(JSON.parse(String(data)) as LeanFrame))
  socket.addEventListener('close', () => {
    recording.setConnection('ended')
    setTimeout(() => connectTo(recording, page), retryMs)
  })
}
