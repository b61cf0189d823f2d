import { connect } from 'node:net'
import type { Malformed } from './malformed-bytes.js'

/** Milliseconds after which a connection that is still open has hung; a server cuts it off long before. */
const hangMs = 60_000

/** How a server ended what it was sent. */
export interface Answer {
  /** Of the first answer; 0 when it closed without a word. */
  readonly status: number
  readonly text: string
  readonly hung: boolean
}

/** Sends bytes to a port of this machine, and waits until the server has closed the connection. */
export function sendBytes(port: number, { bytes, isHalf }: Malformed): Promise<Answer> {
  return new Promise((resolve) => {
    let text = ''
    const socket = connect(port, '127.0.0.1')
    const end = (hung: boolean) => {
      clearTimeout(timer)
      socket.destroy()
      resolve({ status: Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? 0), text, hung })
    }
    const timer = setTimeout(() => end(true), hangMs)
    socket.setEncoding('latin1').on('data', (chunk: string) => (text += chunk))
    socket.on('error', () => end(false)).on('close', () => end(false))
    socket.write(bytes)
    if (isHalf) socket.end()
  })
}
