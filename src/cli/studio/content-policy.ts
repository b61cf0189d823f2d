import { readFrameQuery, type NetworkAccess } from '../../handlers/python/network-access.js'

/** Headers of an answer that say what the page may load, connect to and be part of. */
export type PolicyHeaders = Readonly<Record<string, string>>

type Directives = Readonly<Record<string, string>>

const toHeader = (directives: Directives): string =>
  Object.entries(directives)
    .map(([name, value]) => `${name} ${value}`.trim())
    .join('; ')

/** What nothing of the studio needs. */
const closed: Directives = {
  'object-src': "'none'",
  'base-uri': "'none'",
  'form-action': "'none'",
}

/**
 * The studio and its own workers, which inherit nothing from it and are served with the same. Its outputs come from this server by its
 * other name.
 */
const page = (port: string): Directives => ({
  'default-src': "'self'",
  'script-src': "'self' 'wasm-unsafe-eval'",
  'style-src': "'self' 'unsafe-inline'",
  'img-src': "'self' data: blob:",
  'media-src': "'self' data: blob:",
  'font-src': "'self' data:",
  'connect-src': "'self'",
  'frame-src': `'self' ${namesOf(port)}`,
  'frame-ancestors': "'none'",
  ...closed,
})

const namesOf = (port: string): string => `http://localhost${port} http://127.0.0.1${port}`

/** A frame without an origin: nothing of what the browser keeps for the studio is within its reach. */
const frame: Directives = { sandbox: 'allow-scripts', 'default-src': "'none'", ...closed }

/** The worker is made of a script of the frame's own, and inherits this; it loads Python from here. */
const pythonFrame = (access: NetworkAccess): Directives => ({
  ...frame,
  'frame-ancestors': "'self'",
  'script-src': "'self' 'unsafe-eval'",
  'worker-src': 'blob:',
  'connect-src': ["'self'", ...sourcesOf(access)].join(' '),
})

/** An origin that is allowed is so for WebSockets, too. */
const sourcesOf = (access: NetworkAccess): readonly string[] =>
  access === 'any'
    ? ['http:', 'https:', 'ws:', 'wss:']
    : access.flatMap((origin) => [origin, origin.replace(/^http/, 'ws')])

/** Outputs run scripts of their own and draw; they load nothing from anywhere. */
const outputFrame = (port: string): Directives => ({
  ...frame,
  'frame-ancestors': namesOf(port),
  'script-src': "'unsafe-inline'",
  'style-src': "'unsafe-inline'",
  'img-src': 'data: blob:',
  'media-src': 'data: blob:',
  'font-src': 'data:',
})

/** A list without an entry: Chromium then opens no connection at all, also none of those that a content policy does not know. */
const noConnections = { 'connection-allowlist': '()' }

/** The studio embeds outputs by another name than its own. */
const embeddable = { 'cross-origin-resource-policy': 'cross-origin' }

/** What was asked for. */
export interface PolicyRequest {
  /** Of this machine, with its port, such as `localhost:8888`. */
  readonly host: string
  readonly path: string
  /** With its question mark; empty when there is none. */
  readonly query: string
}

/**
 * The policy of what is served at a path. Undefined for a frame of Python that asks for what is no list of origins; the query counts
 * for nothing else.
 */
export function policyOf({ host, path, query }: PolicyRequest): PolicyHeaders | undefined {
  const port = /:\d+$/.exec(host)?.[0] ?? ''
  if (path === '/frames/output.html') {
    return { 'content-security-policy': toHeader(outputFrame(port)), ...noConnections, ...embeddable }
  }
  if (path !== '/frames/python.html') return { 'content-security-policy': toHeader(page(port)) }
  const access = readFrameQuery(query)
  return access && { 'content-security-policy': toHeader(pythonFrame(access)) }
}

/** The policy of refusals, of which a browser makes nothing but text. */
export const refusalPolicy: PolicyHeaders = {
  'content-security-policy': toHeader({ 'default-src': "'none'", 'frame-ancestors': "'none'", ...closed }),
}
