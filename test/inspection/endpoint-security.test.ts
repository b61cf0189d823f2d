import { request } from 'node:http'
import { connect as connectTcp } from 'node:net'
import { networkInterfaces } from 'node:os'
import { describe, expect, test } from 'vitest'
import { openInspectionEndpoint, type InspectionEndpoint } from '../../src/inspection/index.js'
import { cleanUp } from '../support/test-registry.js'
import { waitUntil } from '../support/wait-for.js'
import { connect, inspect, openEndpoint, runCell, watchedAgent } from './support.js'

interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, unknown>>
}

function ask(
  { port }: InspectionEndpoint,
  path: string,
  options: { method?: string; headers?: Record<string, string> } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, path, agent: false, ...options }, (response) => {
      response.resume()
      resolve({ status: response.statusCode ?? 0, headers: response.headers })
    })
    sent.once('error', reject)
    sent.end()
  })
}

const streams = ['leanUrl', 'statelyUrl'] as const

describe.each(streams)('the stream at %s', (stream) => {
  test('takes a program with the token, and the endpoint’s own page', async () => {
    const endpoint = await openEndpoint()
    await connect(endpoint[stream])
    await connect(endpoint[stream], { origin: `http://127.0.0.1:${endpoint.port}` })
    await waitUntil('both are counted', () => endpoint.viewers === 2)
  })

  test.each([
    ['a page of another origin', { origin: 'https://evil.example' }, 403],
    ['a page without an origin of its own', { origin: 'null' }, 403],
    ['a page of another port', { origin: 'http://127.0.0.1:1' }, 403],
    ['a name that was pointed at this machine', { host: 'evil.example' }, 403],
  ])('refuses %s', async (_, headers, status) => {
    const endpoint = await openEndpoint()
    await expect(connect(endpoint[stream], headers)).rejects.toThrow(`refused: ${status}`)
    expect(endpoint.viewers).toBe(0)
  })

  test.each([
    ['no token', ''],
    ['another token', '?token=guess'],
    ['a longer token', (token: string) => `?token=${token}x`],
  ])('refuses %s', async (_, query) => {
    const endpoint = await openEndpoint()
    const url = `${endpoint[stream].split('?')[0]}${typeof query === 'string' ? query : query(endpoint.token)}`
    await expect(connect(url)).rejects.toThrow('refused: 401')
  })

  test('takes a page of an origin that was allowed', async () => {
    const endpoint = await openEndpoint({ allowedOrigins: ['http://localhost:5173'] })
    await connect(endpoint[stream], { origin: 'http://localhost:5173' })
  })
})

describe('what a viewer sends', () => {
  test.each([
    ['no JSON', 'hello', 1008],
    ['another message', '{"type":"agent.stop"}', 1008],
    ['bytes', Buffer.from([1, 2, 3]), 1008],
    ['a huge message', 'x'.repeat(5_000), 1009],
  ])('is refused when it is %s, and the program goes on', async (_, message, code) => {
    const endpoint = await openEndpoint()
    const { store } = await watchedAgent(inspect({ target: endpoint }))
    const viewer = await connect(endpoint.leanUrl)
    viewer.socket.send(message)
    expect(await viewer.closed).toBe(code)
    await waitUntil('it is forgotten', () => endpoint.viewers === 0)
    await runCell(store)
  })

  test('may be a ping', async () => {
    const endpoint = await openEndpoint()
    const { store } = await watchedAgent(inspect({ target: endpoint }))
    const viewer = await connect(endpoint.leanUrl)
    viewer.socket.send('{"type":"ping"}')
    await waitUntil('it is told everything', () => viewer.messages.length > 0)
    await runCell(store)
    expect(endpoint.viewers).toBe(1)
  })

  test('is refused when it is no WebSocket frame at all', async () => {
    const endpoint = await openEndpoint()
    const { store } = await watchedAgent(inspect({ target: endpoint }))
    const viewer = await connect(endpoint.leanUrl)
    const raw = viewer.socket as unknown as { _socket: { write(bytes: Buffer): void } }
    raw._socket.write(Buffer.from([0xff, 0xff, 0xff, 0xff, 0x00, 0x01]))
    await waitUntil('it is forgotten', () => endpoint.viewers === 0)
    await runCell(store)
  })

  test('is refused when it is no HTTP either', async () => {
    const endpoint = await openEndpoint()
    const { store } = await watchedAgent(inspect({ target: endpoint }))
    const socket = connectTcp(endpoint.port, '127.0.0.1', () => socket.write('\u0000\u0001 nonsense\r\n\r\n'))
    await new Promise((resolve) => socket.once('close', resolve).resume())
    await runCell(store)
  })
})

test('too many viewers are refused', async () => {
  const endpoint = await openEndpoint()
  for (let count = 0; count < 16; count++) await connect(endpoint.leanUrl)
  await expect(connect(endpoint.leanUrl)).rejects.toThrow('refused: 503')
})

describe('the page', () => {
  test('needs the token; no other site may frame it, and it may load from nowhere else', async () => {
    const endpoint = await openEndpoint()
    const refused = await ask(endpoint, '/')
    expect(refused.status).toBe(401)
    expect(refused.headers['content-security-policy']).toContain("frame-ancestors 'none'")
    expect(await ask(endpoint, '/', { headers: { host: 'evil.example' } })).toMatchObject({ status: 403 })
    const page = await ask(endpoint, `/?token=${endpoint.token}`)
    const policy = page.headers['content-security-policy']
    expect(policy).toContain("default-src 'none'")
    expect(policy).toContain("frame-ancestors 'none'")
    expect(page.headers['referrer-policy']).toBe('no-referrer')
  })

  test('is all there is: no other file, and no other method', async () => {
    const endpoint = await openEndpoint()
    const token = `?token=${endpoint.token}`
    for (const path of [
      '/package.json',
      '/assets/../../package.json',
      '/assets/..%2f..%2fpackage.json',
      '/%00',
      '//x',
    ]) {
      expect((await ask(endpoint, `${path}${token}`)).status).toBe(404)
    }
    expect((await ask(endpoint, `/${token}`, { method: 'POST' })).status).toBe(405)
  })
})

describe('the address', () => {
  test.each(['0.0.0.0', '::', '192.168.0.1', 'localhost.evil.example'])('%s is refused', async (host) => {
    await expect(openInspectionEndpoint({ host })).rejects.toMatchObject({ code: 'INSPECTION_NOT_LOCAL' })
  })

  test('is not to be reached over the network', async () => {
    const { port } = await openEndpoint()
    const others = Object.values(networkInterfaces())
      .flatMap((addresses) => addresses ?? [])
      .filter(({ internal, family }) => !internal && family === 'IPv4')
    for (const { address } of others) {
      const socket = connectTcp(port, address)
      cleanUp(() => Promise.resolve(socket.destroy()))
      const reached = await new Promise((resolve) => {
        socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
      })
      expect(reached).toBe(false)
    }
  })

  test('that is taken is said to be', async () => {
    const { port } = await openEndpoint()
    await expect(openInspectionEndpoint({ port })).rejects.toMatchObject({ code: 'INSPECTION_UNAVAILABLE' })
  })
})

test('closing ends every connection, also one that does not answer', async () => {
  const endpoint = await openEndpoint()
  const viewer = await connect(endpoint.leanUrl)
  const silent = await connect(endpoint.leanUrl)
  silent.socket.pause()
  await endpoint.close()
  expect(await viewer.closed).toBe(1001)
  await expect(connect(endpoint.leanUrl)).rejects.toThrow('ECONNREFUSED')
})
