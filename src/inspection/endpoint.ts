import { randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { WebSocketServer, type WebSocket } from 'ws'
import { RegistryError } from '../errors.js'
import type { InspectionSource, InspectionTarget } from './create-inspection.js'
import type { InspectionSink } from './inspection-hub.js'
import { pathOf, refusalOf, type GuardOptions } from './request-guard.js'
import { limitServer, refusalHeaders, refuse, serverLimits } from './server-limits.js'
import { isAsset, serveViewer } from './viewer-files.js'

/** Options of {@link openInspectionEndpoint}; all have defaults. */
export interface EndpointOptions {
  /** Default 0: any free one. */
  readonly port?: number
  /** `127.0.0.1` (default) or `::1`. Any other address is refused: what is shown is for this machine. */
  readonly host?: string
  /** What viewers have to know. Default: fresh and random. */
  readonly token?: string
  /** Origins besides the endpoint's own whose pages may connect. Default none. */
  readonly allowedOrigins?: readonly string[]
}

/** A local endpoint, listening. */
export interface InspectionEndpoint extends InspectionTarget {
  readonly port: number
  readonly token: string
  /** The viewer's page, with the token. */
  readonly viewerUrl: string
  /** For receivers of `@statelyai/inspect`, such as `createWebSocketReceiver({ server })`, with the token. */
  readonly statelyUrl: string
  /** Lean frames as JSON, one in each WebSocket message, with the token. */
  readonly leanUrl: string
  /** Viewers that are connected. */
  readonly viewers: number
  /** Ends all connections and the server. */
  close(): Promise<void>
}

/** Viewers at a time. */
const viewerLimit = 16

/** Bytes that may wait for one viewer; beyond them it misses frames until it has caught up. */
const waitingLimit = 1_000_000

/** Bytes of a message from a viewer, which has nothing to say but `{"type":"ping"}`. */
const messageLimit = 1_024

const hosts = ['127.0.0.1', '::1']

/**
 * Opens an endpoint on this machine that shows an inspection: the viewer's page, the lean stream, and the protocol of
 * `@statelyai/inspect` over WebSocket. It keeps no process alive. Rejects with `INSPECTION_NOT_LOCAL` for an address that others
 * can reach, or `INSPECTION_UNAVAILABLE` when the port cannot be had.
 */
export async function openInspectionEndpoint(options: EndpointOptions = {}): Promise<InspectionEndpoint> {
  const { port = 0, host = '127.0.0.1', token = randomBytes(18).toString('base64url') } = options
  if (!hosts.includes(host)) {
    throw new RegistryError(
      'INSPECTION_NOT_LOCAL',
      `An inspection cannot be served on "${host}": only ${hosts.join(' and ')} are allowed. Forward the port over SSH to look from another machine.`,
    )
  }
  const server = createServer(serverLimits)
  await listen(server, port, host)
  const address = server.address() as AddressInfo
  const allowedOrigins = options.allowedOrigins ?? []
  return new LocalEndpoint(server, host, { port: address.port, token, allowedOrigins })
}

class LocalEndpoint implements InspectionEndpoint {
  readonly port: number
  readonly token: string
  readonly #host: string
  readonly #guard: GuardOptions
  readonly #server: Server
  readonly #sockets: WebSocketServer
  /** What the connected inspections show. */
  readonly #sources = new Set<InspectionSource>()
  readonly #subscriptions = new Map<WebSocket, Map<InspectionSource, () => void>>()

  constructor(server: Server, host: string, guard: GuardOptions) {
    this.port = guard.port
    this.token = guard.token
    this.#host = host === '::1' ? '[::1]' : host
    this.#guard = guard
    this.#server = server
    this.#sockets = new WebSocketServer({
      noServer: true,
      maxPayload: messageLimit,
      perMessageDeflate: false,
    })
    server.on('request', (request, response) => void this.#answer(request, response))
    server.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head))
    limitServer(server)
    server.unref()
  }

  get viewerUrl(): string {
    return `http://${this.#host}:${this.port}/?token=${this.token}`
  }

  get statelyUrl(): string {
    return `ws://${this.#host}:${this.port}/stately?token=${this.token}`
  }

  get leanUrl(): string {
    return `ws://${this.#host}:${this.port}/lean?token=${this.token}`
  }

  get viewers(): number {
    return this.#subscriptions.size
  }

  connect(source: InspectionSource): () => void {
    this.#sources.add(source)
    for (const socket of this.#subscriptions.keys()) this.#show(socket, source)
    return () => {
      this.#sources.delete(source)
      for (const shown of this.#subscriptions.values()) {
        shown.get(source)?.()
        shown.delete(source)
      }
    }
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets.clients) socket.close(1001, 'The program has ended.')
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()))
    const lastResort = setTimeout(() => {
      for (const socket of this.#sockets.clients) socket.terminate()
      this.#server.closeAllConnections()
    }, 200)
    this.#server.closeIdleConnections()
    await closed
    clearTimeout(lastResort)
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = pathOf(request)
    const refusal = refusalOf(request, this.#guard)
    const isWelcome = refusal === undefined || (refusal.status === 401 && isAsset(path))
    if (!isWelcome) {
      response.writeHead(refusal.status, refusalHeaders).end(refusal.message)
    } else if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.writeHead(405, { ...refusalHeaders, allow: 'GET, HEAD' }).end()
    } else {
      await serveViewer(path, response)
    }
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => socket.destroy())
    const refusal = refusalOf(request, this.#guard)
    if (refusal !== undefined) return refuse(socket, refusal.status, refusal.message)
    if (this.viewers >= viewerLimit) return refuse(socket, 503, 'Too many viewers are connected.')
    const path = pathOf(request)
    if (path !== '/lean' && path !== '/stately') return refuse(socket, 404, 'There is no such stream.')
    this.#sockets.handleUpgrade(request, socket, head, (webSocket) => {
      if ('unref' in socket && typeof socket.unref === 'function') socket.unref()
      this.#welcome(webSocket, path)
    })
  }

  #welcome(socket: WebSocket, path: '/lean' | '/stately'): void {
    protocols.set(socket, path)
    this.#subscriptions.set(socket, new Map())
    socket.on('error', () => socket.terminate())
    socket.on('message', (data, isBinary) => {
      if (isBinary || !isPing((data as Buffer).toString()))
        socket.close(1008, 'This message is not understood.')
    })
    socket.on('close', () => {
      for (const unsubscribe of this.#subscriptions.get(socket)?.values() ?? []) unsubscribe()
      this.#subscriptions.delete(socket)
    })
    for (const source of this.#sources) this.#show(socket, source)
  }

  #show(socket: WebSocket, source: InspectionSource): void {
    const sink = toSink(socket)
    const unsubscribe = protocols.get(socket) === '/lean' ? source.lean(sink) : source.stately(sink)
    this.#subscriptions.get(socket)?.set(source, unsubscribe)
  }
}

const protocols = new WeakMap<WebSocket, '/lean' | '/stately'>()

/** The text of a frame that goes to several viewers is made once. */
const texts = new WeakMap<object, string>()

function toSink(socket: WebSocket): InspectionSink<object> {
  return {
    isReady: () => socket.readyState === socket.OPEN && socket.bufferedAmount < waitingLimit,
    send: (message) => {
      const text = texts.get(message) ?? JSON.stringify(message)
      texts.set(message, text)
      socket.send(text)
    },
  }
}

function isPing(text: string): boolean {
  try {
    const message: unknown = JSON.parse(text)
    return typeof message === 'object' && message !== null && 'type' in message && message.type === 'ping'
  } catch {
    return false
  }
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause) =>
      reject(
        new RegistryError(
          'INSPECTION_UNAVAILABLE',
          `Port ${port} of ${host} cannot be had: ${cause.message}. Choose another port, or 0 for any free one.`,
          { cause },
        ),
      ),
    )
    server.listen(port, host, resolve)
  })
}
