import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'

interface ReceivedRequest {
  method: string
  path: string
  headers: IncomingMessage['headers']
  body: Buffer
}

export interface ArtifactServer {
  url: string
  requests: ReceivedRequest[]
  files: Map<string, { type: string; body: Buffer }>
  /** Answers the next request itself; false lets the service answer. */
  intercept(answer: Interceptor): void
}

type Interceptor = (request: ReceivedRequest, response: ServerResponse) => boolean

/** An artifact service on this machine, with the single-step and the three-step protocol. */
export async function startArtifactServer(): Promise<ArtifactServer> {
  const requests: ReceivedRequest[] = []
  const files: ArtifactServer['files'] = new Map()
  let interceptor: Interceptor = () => false
  const server = createServer((message, response) => {
    const chunks: Buffer[] = []
    message.on('data', (chunk: Buffer) => chunks.push(chunk))
    message.on('end', () => {
      const { method = '', url: path = '', headers } = message
      const request = { method, path, headers, body: Buffer.concat(chunks) }
      requests.push(request)
      if (!interceptor(request, response)) answer(request, response)
    })
  })

  function answer(request: ReceivedRequest, response: ServerResponse): void {
    const step = /^\/api\/artifacts\/(.+)\/(init|commit)$/.exec(request.path)
    if (step) return answerStep(request, response, decodeURIComponent(step[1] ?? ''), step[2] ?? '')
    if (request.method === 'PUT') {
      files.set('version-1', { type: request.headers['content-type'] ?? '', body: request.body })
      return send(response, 200, {})
    }
    if (request.method === 'POST') return upload(request, response)
    const file = files.get(request.path.replace('/api/artifacts/', ''))
    if (file === undefined) return send(response, 404, { error: 'Not Found' })
    response.writeHead(200, { 'content-type': file.type }).end(file.body)
  }

  function upload(request: ReceivedRequest, response: ServerResponse): void {
    if (request.headers.authorization !== 'Bearer token') {
      return send(response, 401, { error: 'Unauthorized', message: 'bad token' })
    }
    const artifactId = `${String(request.headers['x-notebook-id'])}/${crypto.randomUUID()}`
    files.set(artifactId, { type: request.headers['content-type'] ?? '', body: request.body })
    send(response, 200, { artifactId })
  }

  function answerStep(request: ReceivedRequest, response: ServerResponse, name: string, step: string): void {
    if (step === 'init') {
      return send(response, 200, {
        uploadUrl: `${url}/storage?signature=secret`,
        fileUrl: `${url}/public/${name}`,
        fileVersionId: 'version-1',
      })
    }
    const { fileVersionId } = JSON.parse(request.body.toString()) as { fileVersionId: string }
    send(response, 200, { status: 'ok', notebookId: 'n1', fileName: name, fileVersionId })
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url, requests, files, intercept: (next) => void (interceptor = next) }
}

export function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}
