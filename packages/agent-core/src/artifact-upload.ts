import type { MediaContainer } from '@runtimed/schema'
import type { ArtifactTarget } from './images.js'
import { logger } from './logger.js'
import { messageOf } from './message-of.js'
import type { IArtifactClient } from './types.js'

/**
 * The client of an agent for which nobody has named an artifact service or a sync backend: every output stays in the notebook, and
 * nothing is sent anywhere. Asked for an upload all the same, it rejects and says what to set.
 */
export const noArtifactService: IArtifactClient = {
  submitContent: () =>
    Promise.reject(
      new Error(
        'No artifact service is named, so nothing is uploaded. Set syncUrl, artifactServiceUrl or artifactClient to have one.',
      ),
    ),
  getArtifactUrl: ({ artifactId }) => `/api/artifacts/${artifactId}`,
}

/** Milliseconds that an upload may take: 10 s, and as much more as a line of 100 kB/s needs. */
const uploadLimitMs = (bytes: number) => 10_000 + bytes / 100

/** An upload that fails within this time, in milliseconds, holds nothing up, and the next output is tried all the same. */
const quickMs = 1_000

/** Milliseconds after an upload that failed slowly in which outputs stay in the notebook without a try. */
const pauseMs = 60_000

/** Services whose last upload failed, each with the time until which it is left alone. */
const failing = new WeakMap<IArtifactClient, number>()

/** Whether uploads are to be tried: a service is named, and is not left alone just now. */
export function takesUploads(client: IArtifactClient): boolean {
  return client !== noArtifactService && performance.now() >= (failing.get(client) ?? 0)
}

/**
 * Uploads one value, in its limit of time. Rejects when the service refuses it, has no answer in time (it is then left alone for
 * a minute), or `signal` fires. A failure is logged once, until an upload succeeds again.
 */
export async function uploadArtifact(
  mimeType: string,
  bytes: Uint8Array,
  metadata: Record<string, unknown> | undefined,
  target: ArtifactTarget,
  signal: AbortSignal | undefined,
): Promise<MediaContainer> {
  const { client, notebookId, authToken } = target
  const filename = uniqueFilename(mimeType)
  const startedAt = performance.now()
  const { artifactId, fileUrl } = await withinLimit(uploadLimitMs(bytes.length), signal, (ending) =>
    client.submitContent(bytes, { notebookId, authToken, mimeType, filename, signal: ending }),
  ).catch((error: unknown) => {
    if (!signal?.aborted) report(mimeType, target, error, startedAt)
    throw error
  })
  failing.delete(client)
  const facts = { originalSizeBytes: bytes.length, uploadedAt: new Date().toISOString() }
  return {
    type: 'artifact',
    artifactId,
    metadata: { ...metadata, ...facts, ...(fileUrl ? { fileUrl } : {}) },
  }
}

function report(mimeType: string, target: ArtifactTarget, error: unknown, startedAt: number): void {
  const { client, notebookId } = target
  const now = performance.now()
  const isKnown = failing.has(client)
  failing.set(client, now - startedAt > quickMs ? now + pauseMs : now)
  if (isKnown) return
  logger.warn(
    `Could not upload a ${mimeType} output; outputs stay in the notebook itself until uploads work again`,
    {
      notebookId,
      cause: messageOf(error),
    },
  )
}

async function withinLimit<T>(
  limitMs: number,
  signal: AbortSignal | undefined,
  work: (ending: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController()
  const stop = () => controller.abort(new Error('the execution was stopped during the upload'))
  const timer = setTimeout(
    () => controller.abort(new Error(`no answer within ${Math.round(limitMs / 1000)} s`)),
    limitMs,
  )
  signal?.addEventListener('abort', stop, { once: true })
  if (signal?.aborted) stop()
  try {
    return await untilAborted(work(controller.signal), controller.signal)
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', stop)
  }
}

/** For clients that do not look at the signal. */
function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason as Error)
    if (signal.aborted) stop()
    signal.addEventListener('abort', stop, { once: true })
    void work.then(resolve, reject)
  })
}

const fileExtensions: Record<string, string> = {
  'image/png': 'png',
  'image/jpeg': 'jpg',
  'image/gif': 'gif',
  'image/svg+xml': 'svg',
  'image/webp': 'webp',
  'application/pdf': 'pdf',
}

function uniqueFilename(mimeType: string): string {
  const kind = mimeType.startsWith('image/') ? 'image' : 'output'
  return `${kind}_${Date.now()}_${crypto.randomUUID()}.${fileExtensions[mimeType] ?? 'bin'}`
}
