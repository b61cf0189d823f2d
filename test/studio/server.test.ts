import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startStudioServer, type StudioServer } from '../../src/cli/studio/studio-server.js'

const place = mkdtempSync(join(tmpdir(), 'studio-server-'))
const folder = join(place, 'page')
let server: StudioServer

beforeAll(async () => {
  mkdirSync(join(folder, 'assets'), { recursive: true })
  mkdirSync(join(place, 'elsewhere'))
  writeFileSync(join(folder, 'index.html'), '<!doctype html>')
  writeFileSync(join(folder, 'assets/page.js'), '1')
  writeFileSync(join(folder, 'assets/sqlite.wasm'), '1')
  writeFileSync(join(place, 'secret.txt'), 'secret')
  writeFileSync(join(place, 'elsewhere/python_stdlib.zip'), 'zip')
  symlinkSync(join(place, 'secret.txt'), join(place, 'elsewhere/link.txt'))
  const mounts = { '/pyodide/': join(place, 'elsewhere') }
  server = await startStudioServer({ folder, port: 0, mayMove: true, mounts })
})

afterAll(async () => {
  await server.close()
  rmSync(place, { recursive: true, force: true })
})

interface Answer {
  readonly status: number | undefined
  readonly headers: Readonly<Record<string, unknown>>
  readonly body: string
}

/** Sends a path as it is written; `fetch` would tidy it up. */
function get(
  path: string,
  options: { method?: string; headers?: Record<string, string> } = {},
): Promise<Answer> {
  const { port } = new URL(server.url)
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, path, ...options }, (response) => {
      let body = ''
      response.on('data', (chunk: Buffer) => (body += chunk.toString()))
      response.on('end', () => resolve({ status: response.statusCode, headers: response.headers, body }))
    })
    sent.on('error', reject).end()
  })
}

test('the page is isolated, and every file has its type', async () => {
  expect(await get('/')).toMatchObject({
    status: 200,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-embedder-policy': 'require-corp',
      'content-security-policy': expect.stringContaining("frame-ancestors 'none'"),
      'cache-control': 'no-cache',
    },
  })
  expect((await get('/assets/page.js?x=1')).headers).toMatchObject({
    'content-type': 'text/javascript; charset=utf-8',
    'cross-origin-embedder-policy': 'require-corp',
    'cache-control': 'public, max-age=31536000, immutable',
  })
  expect((await get('/assets/sqlite.wasm')).headers['content-type']).toBe('application/wasm')
  expect(await get('/pyodide/python_stdlib.zip')).toMatchObject({ status: 200, body: 'zip' })
})

test('text goes zipped to whoever takes it so, and is then another version of the file', async () => {
  const zipped = await fetch(`${server.url}assets/page.js`, { headers: { 'accept-encoding': 'gzip' } })
  expect(zipped.headers.get('content-encoding')).toBe('gzip')
  expect(await zipped.text()).toBe('1')
  const plain = await get('/assets/page.js')
  expect(plain).toMatchObject({ body: '1', headers: { 'content-length': '1', vary: 'accept-encoding' } })
  expect(plain.headers['etag']).not.toBe(zipped.headers.get('etag'))
})

test.each([
  '/../secret.txt',
  '/assets/../../secret.txt',
  '/%2e%2e/secret.txt',
  '/..%2fsecret.txt',
  '/assets/..%5c..%5csecret.txt',
  '/pyodide/../secret.txt',
  '/%00',
  '/%',
])('%s is refused', async (path) => {
  const { status, body } = await get(path)
  expect(status).toBe(400)
  expect(body).not.toContain('secret')
})

test.each(['/nothing', '/%', '/frames/python.html?connect=*'])(
  '%s is refused with a policy',
  async (path) => {
    const { status, headers } = await get(path)
    expect(status).toBeGreaterThanOrEqual(400)
    expect(headers['content-security-policy']).toContain("frame-ancestors 'none'")
  },
)

test('what is not there, other methods and other hosts are refused; what is known is not sent again', async () => {
  expect((await get('/assets')).status).toBe(404)
  expect((await get('/nothing')).status).toBe(404)
  expect((await get('/', { method: 'POST' })).status).toBe(405)
  expect((await get('/', { headers: { host: 'attacker.example' } })).status).toBe(403)
  const { headers } = await get('/')
  const again = await get('/', { headers: { 'if-none-match': String(headers['etag']) } })
  expect(again.headers['content-security-policy']).toBe(headers['content-security-policy'])
  expect([again.status, again.body]).toEqual([304, ''])
})

test('a taken port is left for another only when nobody asked for it', async () => {
  const port = Number(new URL(server.url).port)
  await expect(startStudioServer({ folder, port, mayMove: false })).rejects.toMatchObject({
    code: 'PORT_TAKEN',
    exitCode: 2,
  })
  const other = await startStudioServer({ folder, port, mayMove: true })
  expect(other.url).not.toBe(server.url)
  await other.close()
})
