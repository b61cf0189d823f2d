import {
  ArtifactClient,
  RuntimeAgent,
  type ExecutionHandler,
  type IArtifactClient,
} from '@runtimed/agent-core'
import type { MediaContainer, OutputData, Store } from '@runtimed/schema'
import { describe, expect, it, vi } from 'vitest'
import { startArtifactServer } from './artifact-server.js'
import {
  addCell,
  codeOnly,
  configFor,
  createGate,
  openStore,
  outputsOf,
  queueRow,
  reasonOf,
  recordCommits,
  request,
  startAgent,
  until,
  untilStatus,
} from './support.js'

const owner = { notebookId: 'n1', authToken: 'token' }

async function run(handler: ExecutionHandler, status: 'completed' | 'failed') {
  const store = await openStore()
  addCell(store, 'c1', 'source text')
  await startAgent(store, { handler })
  request(store, 'q1', 'c1')
  await untilStatus(store, 'q1', status)
  return { row: queueRow(store, 'q1'), reason: reasonOf(store, 'q1'), outputs: outputsOf(store, 'c1') }
}

function errorIn(output: OutputData | undefined): unknown {
  return JSON.parse(output?.data ?? 'null')
}

describe('outcomes', () => {
  it('D40 a thrown error gives an error output with its traceback', async () => {
    const { reason, outputs } = await run(() => Promise.reject(new TypeError('no such thing')), 'failed')
    expect(reason).toBe('no such thing')
    expect(errorIn(outputs[0])).toMatchObject({ ename: 'TypeError', evalue: 'no such thing' })
    expect((errorIn(outputs[0]) as { traceback: string[] }).traceback[0]).toContain(
      'TypeError: no such thing',
    )
  })

  it('D40 a failed result shows its data and its error', async () => {
    const { row, outputs } = await run(
      async () => ({ success: false, error: 'half done', data: { 'text/plain': 'first half' } }),
      'failed',
    )
    expect(row).toMatchObject({ outcome: 'error', error: 'half done' })
    expect(outputs.map((output) => output.outputType)).toEqual(['multimedia_result', 'error'])
    expect(outputs[0]?.data).toBe('first half')
    expect(errorIn(outputs[1])).toMatchObject({ evalue: 'half done' })
  })

  it('D40 an error output of the handler is not doubled', async () => {
    const { outputs } = await run(async ({ error }) => {
      error('NameError', "name 'x' is not defined", ['line 1'])
      return { success: false, error: "NameError: name 'x' is not defined" }
    }, 'failed')
    expect(outputs.map(errorIn)).toEqual([
      { ename: 'NameError', evalue: "name 'x' is not defined", traceback: ['line 1'] },
    ])
  })

  it('a handler that throws synchronously, returns nothing or does not say why ends as failed', async () => {
    const thrown = await run(() => {
      throw 'a plain string'
    }, 'failed')
    expect(thrown.reason).toBe('a plain string')
    const nothing = await run((async () => undefined) as never, 'failed')
    const silent = await run(async () => ({ success: false }), 'failed')
    expect(silent.outputs.map(errorIn)).toMatchObject([
      { evalue: 'The execution failed without saying why.' },
    ])
    expect(nothing.reason).toContain('returned undefined')
  })

  it('D41 outputType decides how the data is written', async () => {
    const data = { 'text/plain': 'plain', 'text/markdown': '# md' }
    const types = ['multimedia_display', 'terminal', 'markdown', 'multimedia_result'] as const
    const kinds = []
    for (const outputType of types) {
      const { outputs } = await run(async () => ({ success: true, data, outputType }), 'completed')
      kinds.push([outputs[0]?.outputType, outputs[0]?.data])
    }
    expect(kinds).toEqual([
      ['multimedia_display', expect.any(String)],
      ['terminal', 'plain'],
      ['markdown', '# md'],
      ['multimedia_result', expect.any(String)],
    ])
  })

  it('text that a handler leaves behind is written before the completion', async () => {
    const store = await openStore()
    addCell(store, 'c1')
    const log = recordCommits(store)
    await startAgent(store, {
      handler: async ({ stdout }) => {
        stdout('last words')
        return { success: true }
      },
    })
    request(store, 'q1', 'c1')
    await untilStatus(store, 'q1', 'completed')
    const names = log.names()
    expect(names.indexOf('v1.TerminalOutputAdded')).toBe(names.indexOf('v1.ExecutionCompleted') - 1)
  })

  it('the default handler shows the source of the cell', async () => {
    const store = await openStore()
    addCell(store, 'c1', 'source text')
    const agent = new RuntimeAgent(configFor(store), codeOnly)
    await agent.start()
    request(store, 'q1', 'c1')
    await untilStatus(store, 'q1', 'completed')
    expect(outputsOf(store, 'c1')[0]?.data).toBe('source text')
    await agent.shutdown()
  })

  it('the context holds the row as it was claimed and the queued cell', async () => {
    const seen: unknown[] = []
    await run(async ({ queueEntry, cell, sessionId }) => {
      seen.push(queueEntry.status, cell.executionState, queueEntry.assignedRuntimeSession === sessionId)
      return { success: true }
    }, 'completed')
    expect(seen).toEqual(['executing', 'queued', true])
  })
})

const pngBytes = (length: number) =>
  Uint8Array.from(
    { length },
    (_, index) => [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a][index] ?? index % 251,
  )

async function runWithArtifacts(client: IArtifactClient, handler: ExecutionHandler): Promise<Store> {
  const store = await openStore()
  addCell(store, 'c1')
  await startAgent(store, { handler, options: { artifactClient: client, imageArtifactThresholdBytes: 100 } })
  request(store, 'q1', 'c1')
  return store
}

function representationsOf(store: Store): Record<string, MediaContainer>[] {
  return outputsOf(store, 'c1').map(
    (output) => (output.representations ?? {}) as Record<string, MediaContainer>,
  )
}

describe('images', () => {
  it('D38 a result whose image is still uploading comes before the completion', async () => {
    const server = await startArtifactServer()
    const gate = createGate()
    const client = new ArtifactClient(server.url)
    const slow: IArtifactClient = {
      submitContent: async (bytes, options) => {
        await gate.opened
        return client.submitContent(bytes, { ...options, ...owner })
      },
      getArtifactUrl: (container) => client.getArtifactUrl(container),
    }
    const store = await runWithArtifacts(slow, async () => ({
      success: true,
      data: { 'image/png': pngBytes(200) },
    }))
    await untilStatus(store, 'q1', 'executing')
    const log = recordCommits(store)
    gate.open()
    await untilStatus(store, 'q1', 'completed')
    const written = log.names().filter((name) => name !== 'v1.RuntimeSessionStatusChanged')
    expect(written.slice(0, 2)).toEqual(['v1.MultimediaResultOutputAdded', 'v1.ExecutionCompleted'])
    const [representations] = representationsOf(store)
    const image = representations?.['image/png']
    expect(image).toMatchObject({ type: 'artifact', metadata: { originalSizeBytes: 200 } })
    const url = `${server.url}/api/artifacts/${image?.type === 'artifact' ? image.artifactId : ''}`
    expect(representations?.['text/plain']).toEqual({
      type: 'inline',
      data: `image/png artifact: ${url}`,
      metadata: { generatedFor: 'image/png' },
    })
    expect(representations?.['text/markdown']).toMatchObject({
      data: expect.stringMatching(/^!\[Artifact_n1_[\w]+image_png\]\(http/),
    })
  })

  it('D53 D59 every large image type is uploaded, under names that differ, and small ones stay inline', async () => {
    const server = await startArtifactServer()
    const projects = new ArtifactClient(server.url, { useProjectsArtifacts: true })
    const large = Buffer.from(pngBytes(300)).toString('base64')
    const svg = `<svg>${'x'.repeat(200)}</svg>`
    const store = await runWithArtifacts(projects, async ({ display }) => {
      vi.useFakeTimers({ toFake: ['Date'] })
      await Promise.all([
        display({ 'image/png': large }),
        display({ 'image/png': large, 'image/jpeg': large, 'image/gif': large, 'image/svg+xml': svg }),
        display({ 'image/png': 'iVBORw==', 'text/html': 'x'.repeat(500) }),
      ])
      vi.useRealTimers()
      return { success: true }
    })
    await untilStatus(store, 'q1', 'completed')
    const kinds = representationsOf(store).map((all) =>
      Object.fromEntries(Object.entries(all).map(([mimeType, container]) => [mimeType, container.type])),
    )
    expect(kinds).toEqual([
      { 'image/png': 'artifact', 'text/plain': 'inline', 'text/markdown': 'inline' },
      {
        'image/png': 'artifact',
        'image/jpeg': 'artifact',
        'image/gif': 'artifact',
        'image/svg+xml': 'artifact',
        'text/plain': 'inline',
        'text/markdown': 'inline',
      },
      { 'image/png': 'inline', 'text/html': 'inline' },
    ])
    const names = server.requests.filter(({ path }) => path.endsWith('/init')).map(({ path }) => path)
    expect(new Set(names).size).toBe(5)
    expect(names.filter((name) => name.includes('.svg')).length).toBe(1)
    expect(representationsOf(store)[0]?.['image/png']?.metadata).toMatchObject({
      fileUrl: expect.stringContaining('/public/image_'),
    })
  })

  it('D39 an upload that fails, or a client without addresses, leaves the image usable and the agent running', async () => {
    const large = Buffer.from(pngBytes(300)).toString('base64')
    const failing: IArtifactClient = {
      submitContent: () => Promise.reject(new Error('service is down')),
      getArtifactUrl: () => '',
    }
    const first = await runWithArtifacts(failing, async () => ({
      success: true,
      data: { 'image/png': large },
    }))
    await untilStatus(first, 'q1', 'completed')
    expect(representationsOf(first)[0]).toEqual({ 'image/png': { type: 'inline', data: large } })
    const addressless: IArtifactClient = {
      submitContent: async () => ({ artifactId: 'a1' }),
      getArtifactUrl: () => {
        throw new Error('no address')
      },
    }
    const second = await runWithArtifacts(addressless, async () => ({
      success: true,
      data: { 'image/png': large },
    }))
    await untilStatus(second, 'q1', 'completed')
    expect(Object.keys(representationsOf(second)[0] ?? {})).toEqual(['image/png'])
  })

  it('an override of processImageContent decides where images are stored', async () => {
    const store = await openStore()
    addCell(store, 'c1')
    class Keeper extends RuntimeAgent {
      protected override async processImageContent(): Promise<MediaContainer> {
        return { type: 'artifact', artifactId: 'kept elsewhere' }
      }
    }
    const agent = new Keeper(configFor(store, { imageArtifactThresholdBytes: 0 }), codeOnly)
    agent.onExecution(async () => ({ success: true, data: { 'image/png': 'iVBORw==' } }))
    await agent.start()
    request(store, 'q1', 'c1')
    await until(() => outputsOf(store, 'c1').length === 1)
    expect(representationsOf(store)[0]?.['image/png']).toEqual({
      type: 'artifact',
      artifactId: 'kept elsewhere',
    })
    await agent.shutdown()
  })
})
