import { defaultRequestPolicy, requestArtifact, type RequestPolicy } from './artifact-request.js'
import { fromBase64 } from './base64.js'
import { messageOf } from './message-of.js'
import { errorText, uploadArtifactViaProjects } from './projects-upload.js'
import type { ArtifactSubmissionOptions, ArtifactSubmissionResult, IArtifactClient } from './types.js'

const defaultBaseUrl = 'https://app.runt.run'
const pngSignature = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a] as const

/** Options of {@link ArtifactClient}. */
export interface ArtifactClientOptions extends Partial<RequestPolicy> {
  /** Upload in three steps through project storage. Default false: one POST. */
  useProjectsArtifacts?: boolean
}

/**
 * Uploads bytes to the artifact service and finds them again.
 *
 * Each request is given up after 30 s; network errors and 5xx answers are tried three times. A refused
 * upload rejects with the service's own words.
 */
export class ArtifactClient implements IArtifactClient {
  readonly baseUrl: string
  readonly #useProjectsArtifacts: boolean
  readonly #policy: RequestPolicy

  constructor(baseUrl: string = defaultBaseUrl, options: ArtifactClientOptions = {}) {
    const { useProjectsArtifacts = false, ...policy } = options
    this.baseUrl = baseUrl.replace(/\/+$/, '')
    this.#useProjectsArtifacts = useProjectsArtifacts
    this.#policy = { ...defaultRequestPolicy, ...policy }
  }

  /** Uploads an output. PNG (also when no type is given) is checked for its signature first. */
  submitContent(data: Uint8Array, options: ArtifactSubmissionOptions): Promise<ArtifactSubmissionResult> {
    const { mimeType = 'image/png' } = options
    return mimeType === 'image/png' ? this.submitPng(data, options) : this.submitArtifact(data, options)
  }

  /** Uploads a PNG; anything else rejects with `Invalid PNG data: missing PNG header`. */
  async submitPng(data: Uint8Array, options: ArtifactSubmissionOptions): Promise<ArtifactSubmissionResult> {
    if (!isPng(data)) throw new Error('Invalid PNG data: missing PNG header')
    return this.submitArtifact(data, { ...options, mimeType: 'image/png' })
  }

  /** Decodes and uploads. Only text that is no base64 PNG rejects with `Failed to decode base64 PNG data: …`. */
  async submitPngFromBase64(
    base64: string,
    options: ArtifactSubmissionOptions,
  ): Promise<ArtifactSubmissionResult> {
    return this.submitArtifact(decodePng(base64), { ...options, mimeType: 'image/png' })
  }

  /** Uploads any bytes, in one step or three. */
  submitArtifact(data: Uint8Array, options: ArtifactSubmissionOptions): Promise<ArtifactSubmissionResult> {
    return this.#useProjectsArtifacts
      ? this.#submitInThreeSteps(data, options)
      : this.#submitInOneStep(data, options)
  }

  /** Downloads the bytes; 404 rejects with `Artifact not found: <id>`. */
  async retrieveArtifact(artifactId: string): Promise<Uint8Array> {
    const response = await requestArtifact(this.#addressOf(artifactId), {}, this.#policy)
    if (response.status === 404) throw new Error(`Artifact not found: ${artifactId}`)
    if (!response.ok) throw new Error(`Failed to retrieve artifact: ${response.statusText}`)
    return new Uint8Array(await response.arrayBuffer())
  }

  /** Public address of an artifact, from its container or (as older callers do) from its id alone. */
  getArtifactUrl(container: string | { artifactId: string; metadata?: Record<string, unknown> }): string {
    if (typeof container === 'string') return this.#addressOf(container)
    const fileUrl = container.metadata?.['fileUrl']
    if (this.#useProjectsArtifacts && typeof fileUrl === 'string') return fileUrl
    return this.#addressOf(container.artifactId)
  }

  #addressOf(artifactId: string): string {
    return `${this.baseUrl}/api/artifacts/${artifactId}`
  }

  async #submitInOneStep(
    data: Uint8Array,
    options: ArtifactSubmissionOptions,
  ): Promise<ArtifactSubmissionResult> {
    const headers: Record<string, string> = {
      authorization: `Bearer ${options.authToken}`,
      'x-notebook-id': options.notebookId,
      ...(options.mimeType ? { 'content-type': options.mimeType } : {}),
    }
    const init = { method: 'POST', headers, body: data as BodyInit }
    const response = await requestArtifact(
      `${this.baseUrl}/api/artifacts`,
      init,
      this.#policy,
      options.signal,
    )
    if (!response.ok) throw new Error(`Artifact submission failed: ${await errorText(response)}`)
    const { artifactId } = (await response.json()) as { artifactId: string }
    return { artifactId }
  }

  async #submitInThreeSteps(
    data: Uint8Array,
    options: ArtifactSubmissionOptions,
  ): Promise<ArtifactSubmissionResult> {
    const { artifactId, fileUrl } = await uploadArtifactViaProjects({
      baseUrl: this.baseUrl,
      notebookId: options.notebookId,
      authToken: options.authToken,
      filename: options.filename ?? 'artifact.bin',
      mimeType: options.mimeType ?? 'application/octet-stream',
      body: data,
      policy: this.#policy,
      ...(options.signal ? { signal: options.signal } : {}),
    })
    return { artifactId, fileUrl }
  }
}

/** A single-step client for this address. Default `https://app.runt.run`. */
export function createArtifactClient(baseUrl?: string): ArtifactClient {
  return new ArtifactClient(baseUrl)
}

/** Checks PNG images before an upload. */
export class PngProcessor {
  readonly client: IArtifactClient

  constructor(client: IArtifactClient) {
    this.client = client
  }

  /** Throws when the signature is missing, or when there are more than `maxSizeBytes` (default 10 MiB). */
  validatePng(data: Uint8Array, maxSizeBytes = 10 * 1024 * 1024): void {
    if (!isPng(data)) throw new Error('Invalid PNG data')
    if (data.length <= maxSizeBytes) return
    throw new Error(`PNG file too large: ${data.length} bytes (max: ${maxSizeBytes})`)
  }
}

function isPng(data: Uint8Array): boolean {
  return pngSignature.every((byte, index) => data[index] === byte)
}

function decodePng(base64: string): Uint8Array {
  try {
    const data = fromBase64(base64)
    if (!isPng(data)) throw new Error('Invalid PNG data: missing PNG header')
    return data
  } catch (error) {
    const message = messageOf(error)
    throw new Error(`Failed to decode base64 PNG data: ${message}`, { cause: error })
  }
}
