import dgram from 'node:dgram'
import dns from 'node:dns'
import net from 'node:net'
import { onTestFinished, vi } from 'vitest'

/** From now until the test is over: everything that tries to reach a network, as `fetch https://…` and the like. Nothing gets there. */
export function watchNetwork(): readonly string[] {
  const attempts: string[] = []
  const note = (what: string, address: unknown) => {
    attempts.push(`${what} ${typeof address === 'string' ? address : JSON.stringify(address)}`)
    return new Error('The test has no network.')
  }
  vi.stubGlobal('fetch', (address: unknown) => Promise.reject(note('fetch', address)))
  vi.stubGlobal(
    'WebSocket',
    class {
      constructor(address: unknown) {
        throw note('WebSocket', address)
      }
    },
  )
  const refuse = (what: string) => (address: unknown) => {
    throw note(what, address)
  }
  vi.spyOn(net.Socket.prototype, 'connect').mockImplementation(refuse('socket'))
  vi.spyOn(dgram.Socket.prototype, 'send').mockImplementation(refuse('datagram'))
  vi.spyOn(dns, 'lookup').mockImplementation(refuse('name') as never)
  onTestFinished(() => {
    vi.unstubAllGlobals()
    vi.restoreAllMocks()
  })
  return attempts
}
