import {
  ArtifactClient,
  createExecutionRun,
  logger,
  RuntimeConfig,
  type IArtifactClient,
  type OutputEvent,
} from '@runtimed/agent-core'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { codeOnly } from './support.js'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

const picture = new Uint8Array(10_000)

function startRun(client: IArtifactClient) {
  const written: OutputEvent[] = []
  const controller = new AbortController()
  const run = createExecutionRun({
    cell: { id: 'c1' } as never,
    queueEntry: { executionCount: 1 } as never,
    store: undefined as never,
    sessionId: 's1',
    runtimeId: 'r1',
    signal: controller.signal,
    sink: (events) => written.push(...events),
    artifacts: { client, thresholdBytes: 6144, notebookId: 'n1', authToken: 'token' },
  })
  const types = () =>
    written.flatMap(({ args }) => ('representations' in args ? Object.values(args.representations) : []))
  return { run, controller, kept: () => types().map(({ type }) => type) }
}

function serviceThat(submitContent: IArtifactClient['submitContent']): IArtifactClient {
  return { submitContent: vi.fn(submitContent), getArtifactUrl: ({ artifactId }) => artifactId }
}

const silent = () => new Promise<never>(() => {})

it('a service that swallows everything holds a cell up for 10 s, once, and no output is lost', async () => {
  const warn = vi.spyOn(logger, 'warn')
  const service = serviceThat(silent)
  const { run, kept } = startRun(service)
  const all = Array.from({ length: 20 }, () => run.context.display({ 'image/png': picture }))
  await vi.advanceTimersByTimeAsync(10_200)
  await Promise.all(all)
  expect(kept()).toEqual(Array.from({ length: 20 }, () => 'inline'))
  expect(service.submitContent).toHaveBeenCalledTimes(1)
  expect(warn).toHaveBeenCalledTimes(1)
  expect(JSON.stringify(warn.mock.calls[0])).toContain('no answer within 10 s')
  expect(run.dropped.streamBytes).toEqual({ stdout: 0, stderr: 0 })
})

it('the service is asked again after a minute, and a failure after a success is told again', async () => {
  const warn = vi.spyOn(logger, 'warn')
  let answer: () => Promise<{ artifactId: string }> = silent
  const { run, kept } = startRun(serviceThat(() => answer()))
  void run.context.display({ 'image/png': picture })
  await vi.advanceTimersByTimeAsync(10_200 + 60_000)
  answer = () => Promise.resolve({ artifactId: 'a1' })
  await run.context.display({ 'image/png': picture })
  answer = () => Promise.reject(new Error('disk full'))
  await run.context.display({ 'image/png': picture })
  await run.context.display({ 'image/png': picture })
  expect(kept().filter((type) => type === 'artifact')).toHaveLength(1)
  expect(warn).toHaveBeenCalledTimes(2)
})

it('a service that refuses one output at once is asked for the next one', async () => {
  const answers = [Promise.reject(new Error('not a picture')), Promise.resolve({ artifactId: 'a1' })]
  const { run, kept } = startRun(serviceThat(() => answers.shift() ?? silent()))
  await run.context.display({ 'audio/wav': picture })
  await run.context.display({ 'audio/wav': picture })
  expect(kept()).toEqual(['inline', 'artifact'])
})

it('a large upload has the time that a slow line needs', async () => {
  const service = serviceThat(
    () => new Promise((resolve) => setTimeout(() => resolve({ artifactId: 'a1' }), 39_000)),
  )
  const { run, kept } = startRun(service)
  const shown = run.context.display({ 'video/mp4': new Uint8Array(3_000_000) })
  await vi.advanceTimersByTimeAsync(39_000)
  await shown
  expect(kept()).toContain('artifact')
})

it('the limit ends the request itself, and the end of an execution is no failure of the service', async () => {
  const warn = vi.spyOn(logger, 'warn')
  const requests: AbortSignal[] = []
  vi.stubGlobal('fetch', (_url: string, { signal }: RequestInit) => {
    requests.push(signal as AbortSignal)
    return new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason as Error)))
  })
  const { run, controller } = startRun(new ArtifactClient('https://files.example'))
  const first = run.context.display({ 'image/gif': picture })
  await vi.advanceTimersByTimeAsync(100)
  controller.abort()
  await first
  expect(requests.map(({ aborted }) => aborted)).toEqual([true])
  expect(warn).not.toHaveBeenCalled()
  vi.unstubAllGlobals()
})

it('asked for an upload all the same, an agent without an address says what to set', async () => {
  const { artifactClient } = new RuntimeConfig({
    runtimeId: 'r1',
    runtimeType: 'test',
    capabilities: codeOnly,
    authToken: 'token',
    notebookId: 'n1',
    userId: 'ada',
    store: undefined as never,
  })
  await expect(
    artifactClient.submitContent(picture, { notebookId: 'n1', authToken: 'token' }),
  ).rejects.toThrow(/Set syncUrl, artifactServiceUrl or artifactClient/)
})
