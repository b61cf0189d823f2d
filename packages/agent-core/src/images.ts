import { isTextBasedMimeType, type MediaContainer } from '@runtimed/schema'
import { takesUploads, uploadArtifact } from './artifact-upload.js'
import { base64ByteBound, fromBase64, toBase64 } from './base64.js'
import { logger } from './logger.js'
import { messageOf } from './message-of.js'
import type { Representations } from './representations.js'
import type { IArtifactClient } from './types.js'

/** Where large binary outputs go. */
export interface ArtifactTarget {
  client: IArtifactClient
  /** More bytes than this are uploaded. */
  thresholdBytes: number
  notebookId: string
  authToken: string
  /** Stores one large value in place of {@link processBinaryContent}; when it rejects the value stays inline. */
  process?: BinaryProcessor
  /** Adds text forms in place of {@link addTextForArtifacts}. */
  describe?: (representations: Representations) => void
}

/** Decides where one large binary value is stored. */
export type BinaryProcessor = (
  mimeType: string,
  content: unknown,
  metadata: Record<string, unknown> | undefined,
  signal: AbortSignal,
) => Promise<MediaContainer>

/** Images, sound, video, PDF and unnamed bytes: what is uploaded when it is large. */
function isUploadable(mimeType: string): boolean {
  return /^(image|audio|video)\//.test(mimeType) || /^application\/(pdf|octet-stream|zip)$/.test(mimeType)
}

/** Whether this content is binary and larger than the threshold. Text that is no base64 stays inline. */
export function isLargeBinary(mimeType: string, content: unknown, thresholdBytes: number): boolean {
  if (!isUploadable(mimeType)) return false
  if (content instanceof Uint8Array) return content.length > thresholdBytes
  if (typeof content !== 'string') return false
  const bound = isTextBasedMimeType(mimeType) ? content.length * 3 : base64ByteBound(content)
  return bound > thresholdBytes
}

/**
 * Uploads binary content above the threshold.
 *
 * Small content stays inline, and so does everything while no service is named or the named one does not work, and what
 * `signal` ends. Bytes that stay inline become base64. Never rejects.
 */
export async function processBinaryContent(
  mimeType: string,
  content: unknown,
  metadata: Record<string, unknown> | undefined,
  target: ArtifactTarget,
  signal?: AbortSignal,
): Promise<MediaContainer> {
  const { client, thresholdBytes } = target
  if (!takesUploads(client) || !isLargeBinary(mimeType, content, thresholdBytes)) {
    return inline(content, metadata)
  }
  try {
    const bytes = toBytes(mimeType, content)
    if (bytes.length > thresholdBytes) return await uploadArtifact(mimeType, bytes, metadata, target, signal)
  } catch (error) {
    logger.debug(`A ${mimeType} output stays in the notebook itself`, {
      notebookId: target.notebookId,
      cause: messageOf(error),
    })
  }
  return inline(content, metadata)
}

/** Gives each image that lives in an artifact a plain and a markdown form, where the bundle has none. Mutates. */
export function addTextForArtifacts(representations: Representations, client: IArtifactClient): void {
  for (const [mimeType, container] of Object.entries(representations)) {
    if (container.type !== 'artifact' || !mimeType.startsWith('image/')) continue
    const url = urlOf(container, client)
    if (url === undefined) continue
    const label = `Artifact_${toWord(container.artifactId)}${toWord(mimeType)}`
    const metadata = { generatedFor: mimeType }
    representations['text/plain'] ??= { type: 'inline', data: `${mimeType} artifact: ${url}`, metadata }
    representations['text/markdown'] ??= { type: 'inline', data: `![${label}](${url})`, metadata }
  }
}

function toBytes(mimeType: string, content: unknown): Uint8Array {
  if (content instanceof Uint8Array) return content
  const text = String(content)
  return isTextBasedMimeType(mimeType) ? new TextEncoder().encode(text) : fromBase64(text)
}

function inline(content: unknown, metadata: Record<string, unknown> | undefined): MediaContainer {
  const data = content instanceof Uint8Array ? toBase64(content) : content
  return metadata === undefined ? { type: 'inline', data } : { type: 'inline', data, metadata }
}

function urlOf(
  container: { artifactId: string; metadata?: Record<string, unknown> | undefined },
  client: IArtifactClient,
) {
  try {
    const { artifactId, metadata } = container
    return client.getArtifactUrl(metadata === undefined ? { artifactId } : { artifactId, metadata })
  } catch (error) {
    logger.warn(`The artifact client has no address for artifact ${container.artifactId}`, {
      cause: messageOf(error),
    })
    return undefined
  }
}

function toWord(text: string): string {
  return text.replace(/[^a-zA-Z0-9]/g, '_')
}
