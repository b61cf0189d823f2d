import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join, sep } from 'node:path'
import { pipeline } from 'node:stream'
import { createGzip } from 'node:zlib'
import { hostOf, limitServer, serverLimits } from '../../inspection/server-limits.js'
import { CliProblem } from '../problem.js'
import { policyOf, refusalPolicy } from './content-policy.js'

/** A running {@link startStudioServer}. */
export interface StudioServer {
  readonly url: string
  /** Ends open connections too. */
  close(): Promise<void>
}

/** Options of {@link startStudioServer}. */
export interface StudioServerOptions {
  /** Folder of the built page. */
  readonly folder: string
  /** 0 takes any free port. */
  readonly port: number
  /** True takes any free port when `port` is taken; false throws `PORT_TAKEN`. */
  readonly mayMove: boolean
  /** Folders that stand for a path below the page, such as `/pyodide/`, where the page's own folder has no such file. */
  readonly mounts?: Readonly<Record<string, string>>
}

const loopback = '127.0.0.1'

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.ipynb': 'application/json; charset=utf-8',
  '.py': 'text/x-python; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.wasm': 'application/wasm',
  '.zip': 'application/zip',
}

/**
 * The page must be cross-origin isolated: only then can a running Python cell be interrupted. Its frames have no origin, and may load
 * what is served here all the same: it is the package's own, and the same for everybody.
 */
const isolation = {
  'access-control-allow-origin': 'null',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
  'cross-origin-resource-policy': 'same-origin',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'x-dns-prefetch-control': 'off',
}

/** Serves a built page to this machine only. Throws `PORT_TAKEN`. */
export async function startStudioServer(options: StudioServerOptions): Promise<StudioServer> {
  const server = createServer(serverLimits, (request, response) => void answer(request, response, options))
  limitServer(server)
  await listen(server, options)
  const { port } = server.address() as AddressInfo
  return {
    url: `http://localhost:${port}/`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

async function listen(server: Server, { port, mayMove }: StudioServerOptions): Promise<void> {
  try {
    await listenOn(server, port)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error
    if (mayMove) return listenOn(server, 0)
    throw new CliProblem(
      'PORT_TAKEN',
      `Port ${port} is in use. Choose another with --port, or leave it out to get a free one.`,
    )
  }
}

function listenOn(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, loopback, () => {
      server.off('error', reject)
      resolve()
    })
  })
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  options: StudioServerOptions,
): Promise<void> {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    return refuse(response, 405, { allow: 'GET, HEAD' })
  }
  const host = hostOf(request)
  if (!isLocalHost(host)) return refuse(response, 403)
  const url = request.url ?? '/'
  const path = pathOf(url)
  const policy = path === undefined ? undefined : policyOf({ host, path, query: queryOf(url) })
  if (path === undefined || policy === undefined) return refuse(response, 400)
  const file = await findFile(path, options)
  if (file === undefined) return refuse(response, 404)
  const type = types[extname(file.path)] ?? 'application/octet-stream'
  const isZipped = /charset|svg|wasm/.test(type) && acceptsGzip(request)
  const tag = `"${file.size.toString(36)}-${file.changed.toString(36)}${isZipped ? '-gz' : ''}"`
  const headers = {
    ...isolation,
    ...policy,
    etag: tag,
    vary: 'accept-encoding',
    'cache-control': cacheControl(path),
  }
  if (request.headers['if-none-match'] === tag) return void response.writeHead(304, headers).end()
  response.writeHead(200, {
    ...headers,
    'content-type': type,
    ...(isZipped ? { 'content-encoding': 'gzip' } : { 'content-length': file.size }),
  })
  if (request.method === 'HEAD') return void response.end()
  const parts = isZipped ? [createGzip()] : []
  pipeline([createReadStream(file.path), ...parts, response], () => undefined)
}

const acceptsGzip = ({ headers }: IncomingMessage): boolean =>
  /\bgzip\b/.test(String(headers['accept-encoding'] ?? ''))

/** A page of another site that has its name point here (DNS rebinding) is refused. */
const isLocalHost = (host: string): boolean => /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/.test(host)

/** The decoded path; undefined for one that leaves the folder or is no path at all. */
function pathOf(url: string): string | undefined {
  try {
    const path = decodeURIComponent(url.replace(/[?#].*$/, ''))
    const isUnsafe = !path.startsWith('/') || path.includes('\0') || path.split(/[/\\]/).includes('..')
    return isUnsafe ? undefined : path
  } catch {
    return undefined
  }
}

const queryOf = (url: string): string => /\?[^#]*/.exec(url)?.[0] ?? ''

interface FoundFile {
  readonly path: string
  readonly size: number
  readonly changed: number
}

async function findFile(path: string, options: StudioServerOptions): Promise<FoundFile | undefined> {
  const name = path.endsWith('/') ? `${path}index.html` : path
  const own = await fileIn(options.folder, name)
  if (own) return own
  const mounts = Object.entries(options.mounts ?? {})
  const mount = mounts.find(([prefix]) => name.startsWith(prefix))
  return mount && fileIn(mount[1], name.slice(mount[0].length))
}

async function fileIn(folder: string, name: string): Promise<FoundFile | undefined> {
  const path = join(folder, name)
  if (!path.startsWith(folder + sep)) return undefined
  const stats = await stat(path).catch(() => undefined)
  return stats?.isFile() ? { path, size: stats.size, changed: Math.trunc(stats.mtimeMs) } : undefined
}

/** Files below `/assets/` carry a hash of their content in their names. The page of outputs is kept for when there is no network. */
function cacheControl(path: string): string {
  if (path.startsWith('/assets/')) return 'public, max-age=31536000, immutable'
  return path === '/frames/output.html' ? 'private, max-age=86400' : 'no-cache'
}

function refuse(response: ServerResponse, status: number, headers: Record<string, string> = {}): void {
  response.writeHead(status, {
    ...isolation,
    ...refusalPolicy,
    ...headers,
    'content-type': 'text/plain; charset=utf-8',
  })
  response.end(`${status}\n`)
}
