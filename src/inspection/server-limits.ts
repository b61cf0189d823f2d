import { STATUS_CODES, type IncomingMessage, type Server } from 'node:http'
import type { Duplex } from 'node:stream'

/** Milliseconds in which a request has to have come whole. */
const requestMs = 10_000

/** Milliseconds between looks for requests that take too long. */
const lookMs = 2_000

/** Connections at a time; a page takes six. */
const connectionLimit = 256

/** Options for `createServer` of a server on this machine: whoever is slow or sends endlessly is cut off. */
export const serverLimits = {
  headersTimeout: requestMs,
  requestTimeout: requestMs,
  connectionsCheckingInterval: lookMs,
}

/** Answers what is no request with a status that says why, and takes no more than so many connections. */
export function limitServer(server: Server): void {
  server.maxConnections = connectionLimit
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    if (error.code === 'ECONNRESET' || !socket.writable) socket.destroy()
    else refuse(socket, statuses[error.code ?? ''] ?? 400)
  })
  server.on('connect', (_request, socket) => refuse(socket, 405))
}

const statuses: Readonly<Record<string, number>> = {
  HPE_HEADER_OVERFLOW: 431,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 413,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
}

/** A refusal, which a browser may make nothing of but text. */
export const refusalHeaders = {
  'content-type': 'text/plain',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
}

/** Ends a connection with an answer. Default message: what the status means. */
export function refuse(socket: Duplex, status: number, message = STATUS_CODES[status] ?? ''): void {
  socket.on('error', () => socket.destroy())
  const headers = { connection: 'close', ...refusalHeaders, 'content-length': Buffer.byteLength(message) }
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`)
  socket.end([`HTTP/1.1 ${status} ${STATUS_CODES[status]}`, ...lines, '', message].join('\r\n'))
}

/** The host that a request names; empty when it names none or several, of which a proxy may have looked at another. */
export function hostOf({ headersDistinct }: IncomingMessage): string {
  const [host = '', ...others] = headersDistinct['host'] ?? []
  return others.length === 0 ? host : ''
}
