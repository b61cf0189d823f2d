import {
  ArtifactClient,
  createArtifactClient,
  PngProcessor,
  uploadArtifactViaProjects,
} from '@runtimed/agent-core'
import { describe, expect, it } from 'vitest'
import { send, startArtifactServer } from './artifact-server.js'

const png = new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 1, 2, 3])
const jpeg = new Uint8Array([0xff, 0xd8, 0xff, 1])
const owner = { notebookId: 'n1', authToken: 'token' }
const fast = { retryDelayMs: 1 }

describe('single-step uploads', () => {
  it('one POST with token, notebook and type gives an id under which the bytes are found', async () => {
    const server = await startArtifactServer()
    const client = createArtifactClient(server.url)
    const { artifactId } = await client.submitContent(png, {
      ...owner,
      mimeType: 'image/png',
      filename: 'a.png',
    })
    expect(artifactId).toMatch(/^n1\//)
    expect(server.requests[0]).toMatchObject({
      method: 'POST',
      path: '/api/artifacts',
      headers: { authorization: 'Bearer token', 'x-notebook-id': 'n1', 'content-type': 'image/png' },
    })
    expect(await client.retrieveArtifact(artifactId)).toEqual(png)
  })

  it('D53 content of other types is uploaded as it is, PNG is checked for its signature', async () => {
    const server = await startArtifactServer()
    const client = new ArtifactClient(server.url)
    const { artifactId } = await client.submitContent(jpeg, { ...owner, mimeType: 'image/jpeg' })
    expect(server.files.get(artifactId)?.type).toBe('image/jpeg')
    await expect(client.submitContent(jpeg, owner)).rejects.toThrow('Invalid PNG data: missing PNG header')
    await expect(client.submitPng(jpeg, owner)).rejects.toThrow('Invalid PNG data: missing PNG header')
    expect(server.requests.length).toBe(1)
  })

  it('without a type none is sent', async () => {
    const server = await startArtifactServer()
    await new ArtifactClient(server.url).submitArtifact(jpeg, owner)
    expect(server.requests[0]?.headers['content-type']).toBeUndefined()
  })

  it('D80 a refused upload is not reported as a decode failure', async () => {
    const server = await startArtifactServer()
    const client = new ArtifactClient(server.url)
    const base64 = Buffer.from(png).toString('base64')
    await expect(client.submitPngFromBase64(base64, { ...owner, authToken: 'wrong' })).rejects.toThrow(
      'Artifact submission failed: Unauthorized',
    )
    await expect(client.submitPngFromBase64('###', owner)).rejects.toThrow(
      /^Failed to decode base64 PNG data: /,
    )
    await expect(client.submitPngFromBase64(btoa('text'), owner)).rejects.toThrow(
      'Failed to decode base64 PNG data: Invalid PNG data: missing PNG header',
    )
    await expect(client.submitPngFromBase64(base64, owner)).resolves.toHaveProperty('artifactId')
  })

  it('a refusal without a JSON body is an unknown error, and a missing artifact is named', async () => {
    const server = await startArtifactServer()
    const client = new ArtifactClient(server.url, fast)
    await expect(client.retrieveArtifact('n1/none')).rejects.toThrow('Artifact not found: n1/none')
    server.intercept((_request, response) => {
      response.writeHead(400).end('nonsense')
      return true
    })
    await expect(client.submitArtifact(jpeg, owner)).rejects.toThrow(
      'Artifact submission failed: Unknown error',
    )
    await expect(client.retrieveArtifact('x')).rejects.toThrow('Failed to retrieve artifact: Bad Request')
  })

  it('D81 D85 addresses have no double slash and are made from a container or an id', async () => {
    const server = await startArtifactServer()
    const client = new ArtifactClient(`${server.url}/`)
    const { artifactId } = await client.submitArtifact(jpeg, owner)
    expect(server.requests[0]?.path).toBe('/api/artifacts')
    expect(client.getArtifactUrl({ artifactId })).toBe(`${server.url}/api/artifacts/${artifactId}`)
    expect(client.getArtifactUrl(artifactId)).toBe(`${server.url}/api/artifacts/${artifactId}`)
    const container = { artifactId, metadata: { fileUrl: 'https://files.example/a' } }
    expect(client.getArtifactUrl(container)).toBe(`${server.url}/api/artifacts/${artifactId}`)
    const projects = new ArtifactClient(server.url, { useProjectsArtifacts: true })
    expect(projects.getArtifactUrl(container)).toBe('https://files.example/a')
    expect(new ArtifactClient().baseUrl).toBe('https://app.runt.run')
  })
})

describe('a bad network', () => {
  it('D66 5xx answers are tried again, 4xx answers are not', async () => {
    const server = await startArtifactServer()
    const client = new ArtifactClient(server.url, fast)
    server.intercept((_request, response) => {
      if (server.requests.length > 2) return false
      send(response, 503, { error: 'busy' })
      return true
    })
    await expect(client.submitArtifact(jpeg, owner)).resolves.toHaveProperty('artifactId')
    expect(server.requests.length).toBe(3)
    await expect(client.submitArtifact(jpeg, { ...owner, authToken: 'wrong' })).rejects.toThrow(
      'Unauthorized',
    )
    expect(server.requests.length).toBe(4)
  })

  it('D66 a service that never answers is given up, with a message that says where', async () => {
    const server = await startArtifactServer()
    server.intercept(() => true)
    const client = new ArtifactClient(server.url, { ...fast, timeoutMs: 1000, attempts: 2 })
    await expect(client.submitArtifact(jpeg, owner)).rejects.toThrow(
      `POST ${server.url}/api/artifacts got no answer after 2 attempts: no answer within 1000 ms`,
    )
    expect(server.requests.length).toBe(2)
  })

  it('D66 an answer that stops in the middle of its body is given up as well', async () => {
    const server = await startArtifactServer()
    server.intercept((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' })
      return response.write('{"artifactId":') || true
    })
    const client = new ArtifactClient(server.url, { ...fast, timeoutMs: 1000, attempts: 1 })
    await expect(client.submitArtifact(jpeg, owner)).rejects.toThrow('no answer within 1000 ms')
  })

  it('D66 a connection that breaks is tried again', async () => {
    const server = await startArtifactServer()
    server.intercept((_request, response) => {
      if (server.requests.length > 1) return false
      response.socket?.destroy()
      return true
    })
    const client = new ArtifactClient(server.url, fast)
    await expect(client.submitArtifact(jpeg, owner)).resolves.toHaveProperty('artifactId')
  })

  it('D66 a signal ends an upload at once', async () => {
    const server = await startArtifactServer()
    const controller = new AbortController()
    server.intercept(() => {
      controller.abort(new Error('stopped by the test'))
      return true
    })
    const client = new ArtifactClient(server.url)
    const upload = client.submitArtifact(jpeg, { ...owner, signal: controller.signal })
    await expect(upload).rejects.toThrow('stopped by the test')
    expect(server.requests.length).toBe(1)
  })
})

describe('three-step uploads', () => {
  it('init, bare bytes to the signed address, commit', async () => {
    const server = await startArtifactServer()
    const client = new ArtifactClient(`${server.url}/`, { useProjectsArtifacts: true })
    const result = await client.submitContent(png, {
      ...owner,
      mimeType: 'image/png',
      filename: 'my plot.png',
    })
    expect(result).toEqual({ artifactId: 'version-1', fileUrl: `${server.url}/public/my plot.png` })
    expect(server.requests.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'POST /api/artifacts/my%20plot.png/init',
      'PUT /storage?signature=secret',
      'POST /api/artifacts/my%20plot.png/commit',
    ])
    const [init, put, commit] = server.requests
    expect(init?.body.toString()).toBe('{}')
    expect(put?.headers['content-type']).toBeUndefined()
    expect(put?.headers.authorization).toBeUndefined()
    expect(new Uint8Array(put?.body ?? [])).toEqual(png)
    expect(JSON.parse(commit?.body.toString() ?? '')).toEqual({ fileVersionId: 'version-1' })
    expect(commit?.headers).toMatchObject({ authorization: 'Bearer token', 'x-notebook-id': 'n1' })
  })

  it('blobs and strings are sent without a content type, an empty name becomes artifact.bin', async () => {
    const server = await startArtifactServer()
    for (const body of [new Blob(['text'], { type: 'text/csv' }), 'text']) {
      const params = { baseUrl: server.url, ...owner, filename: '', mimeType: 'text/csv', body }
      const result = await uploadArtifactViaProjects(params)
      expect(result).toMatchObject({ fileVersionId: 'version-1', fileName: 'artifact.bin' })
      expect(server.files.get('version-1')).toEqual({ type: '', body: Buffer.from('text') })
    }
  })

  it('each step has its own error message', async () => {
    const server = await startArtifactServer()
    const client = new ArtifactClient(server.url, { useProjectsArtifacts: true, ...fast })
    const refuse = (fragment: string) =>
      server.intercept((request, response) => {
        if (!request.path.includes(fragment)) return false
        send(response, 403, { error: 'no access' })
        return true
      })
    refuse('/init')
    await expect(client.submitArtifact(jpeg, owner)).rejects.toThrow('Artifact init failed: no access')
    refuse('/storage')
    await expect(client.submitArtifact(jpeg, owner)).rejects.toThrow(
      'Artifact binary upload failed: {"error":"no access"}',
    )
    refuse('/commit')
    await expect(client.submitArtifact(jpeg, owner)).rejects.toThrow('Artifact commit failed: no access')
  })
})

describe('PNG checks', () => {
  it('validatePng refuses other bytes and files that are too large', () => {
    const processor = new PngProcessor(new ArtifactClient())
    expect(() => processor.validatePng(png)).not.toThrow()
    expect(() => processor.validatePng(jpeg)).toThrow('Invalid PNG data')
    expect(() => processor.validatePng(png, 10)).toThrow('PNG file too large: 11 bytes (max: 10)')
  })
})
