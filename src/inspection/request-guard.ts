import { timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { hostOf } from './server-limits.js'

/** What a request has to come with. */
export interface GuardOptions {
  readonly port: number
  readonly token: string
  /** Origins besides the endpoint's own whose pages may connect, such as `http://localhost:5173`. */
  readonly allowedOrigins: readonly string[]
}

/** Why a request is refused, as an HTTP status and a sentence. */
export interface Refusal {
  readonly status: 401 | 403
  readonly message: string
}

const loopback = ['127.0.0.1', '::1', '::ffff:127.0.0.1']

/**
 * Refuses what does not come from this machine, names another host (a page whose name was pointed at this machine), comes from a
 * page of another origin, or lacks the token. Undefined: welcome.
 */
export function refusalOf(request: IncomingMessage, options: GuardOptions): Refusal | undefined {
  const { port, token, allowedOrigins } = options
  if (!loopback.includes(request.socket.remoteAddress ?? '')) {
    return { status: 403, message: 'Only programs on this machine may connect.' }
  }
  const hosts = ['127.0.0.1', 'localhost', '[::1]'].map((name) => `${name}:${port}`)
  if (!hosts.includes(hostOf(request))) {
    return { status: 403, message: `The host must be one of ${hosts.join(', ')}.` }
  }
  const { origin } = request.headers
  const origins = [...hosts.map((host) => `http://${host}`), ...allowedOrigins]
  if (origin !== undefined && !origins.includes(origin)) {
    return { status: 403, message: 'Pages of this origin may not connect.' }
  }
  if (!isToken(tokenOf(request), token)) {
    return {
      status: 401,
      message: 'The token is missing or wrong. Use the address that was printed at the start.',
    }
  }
  return undefined
}

/** The path of a request, without its query; empty for a request that names none. */
export const pathOf = (request: IncomingMessage): string => urlOf(request)?.pathname ?? ''

const tokenOf = (request: IncomingMessage) => urlOf(request)?.searchParams.get('token') ?? ''

function urlOf(request: IncomingMessage): URL | undefined {
  try {
    return new URL(`http://localhost${request.url}`)
  } catch {
    return undefined
  }
}

function isToken(given: string, expected: string): boolean {
  const [one, other] = [Buffer.from(given), Buffer.from(expected)]
  return one.length === other.length && timingSafeEqual(one, other)
}
