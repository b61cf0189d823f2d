import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { createServer, type AddressInfo, type Server } from 'node:net'

/** A place outside of the studio that nothing may reach: it counts whatever comes, by TCP and by UDP. */
export interface Outside {
  /** Address of its TCP port, for HTTP and WebSocket, such as `127.0.0.1:4711`. */
  readonly host: string
  /** Address of its UDP port, for STUN. */
  readonly stun: string
  /** What came so far: `tcp`, `udp`, and first lines. */
  readonly hits: string[]
  close(): Promise<void>
}

/** Begins to listen on loopback. */
export async function listenOutside(): Promise<Outside> {
  const hits: string[] = []
  const server = createServer((socket) => {
    hits.push('tcp')
    socket.on('error', () => socket.destroy())
    socket.on('data', (data) => {
      hits.push(data.toString('latin1').split('\r\n')[0] ?? '')
      socket.end('HTTP/1.1 200 OK\r\naccess-control-allow-origin: *\r\ncontent-length: 0\r\n\r\n')
    })
  })
  const udp = createSocket('udp4')
  udp.on('message', () => hits.push('udp'))
  server.listen(0, '127.0.0.1')
  udp.bind(0, '127.0.0.1')
  await Promise.all([once(server, 'listening'), once(udp, 'listening')])
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    stun: `127.0.0.1:${udp.address().port}`,
    hits,
    close: () => closeBoth(server, udp),
  }
}

async function closeBoth(server: Server, udp: Socket): Promise<void> {
  udp.close()
  server.close()
  await once(server, 'close')
}
