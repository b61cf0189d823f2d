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

/** The studio and its own workers, which inherit nothing from it and are served with the same. */
const page: Directives = {
  'default-src': "'self'",
  'script-src': "'self' 'wasm-unsafe-eval'",
  'style-src': "'self' 'unsafe-inline'",
  'img-src': "'self' data: blob:",
  'media-src': "'self' data: blob:",
  'font-src': "'self' data:",
  'connect-src': "'self'",
  'frame-src': "'self'",
  'frame-ancestors': "'none'",
  ...closed,
}

/** A frame without an origin: nothing of what the browser keeps for the studio is within its reach. */
const frame: Directives = {
  sandbox: 'allow-scripts',
  'default-src': "'none'",
  'frame-ancestors': "'self'",
  ...closed,
}

/** The worker is made of a script of the frame's own, and inherits this; it loads Python from here. */
const pythonFrame = (access: NetworkAccess): Directives => ({
  ...frame,
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
const outputFrame: Directives = {
  ...frame,
  'script-src': "'unsafe-inline'",
  'style-src': "'unsafe-inline'",
  'img-src': 'data: blob:',
  'media-src': 'data: blob:',
  'font-src': 'data:',
}

/** A list without an entry: Chromium then opens no connection at all, also none of those that a content policy does not know. */
const noConnections = { 'connection-allowlist': '()' }

/**
 * The policy of what is served at a path. Undefined for a frame of Python that asks for what is no list of origins; the query counts
 * for nothing else.
 */
export function policyOf(path: string, query: string): PolicyHeaders | undefined {
  if (path === '/frames/output.html') {
    return { 'content-security-policy': toHeader(outputFrame), ...noConnections }
  }
  if (path !== '/frames/python.html') return pagePolicy
  const access = readFrameQuery(query)
  return access && { 'content-security-policy': toHeader(pythonFrame(access)) }
}

/** The policy of the studio, of everything that it loads, and of refusals. */
export const pagePolicy: PolicyHeaders = { 'content-security-policy': toHeader(page) }
