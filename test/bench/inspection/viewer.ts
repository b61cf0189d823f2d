/** `node viewer.js URL read|stall`: connects, says so on stdout at the first message, and reads on or not. */
import { WebSocket } from 'ws'

const [url = '', mode] = process.argv.slice(2)
const socket = new WebSocket(url, { perMessageDeflate: false })
let frames = 0
socket.on('message', (data) => {
  frames += (JSON.parse((data as Buffer).toString()) as object) ? 1 : 0
  if (frames > 1) return
  console.log('connected')
  if (mode === 'stall') socket.pause()
})
socket.on('close', () => process.exit())
