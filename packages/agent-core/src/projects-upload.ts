import { defaultRequestPolicy, requestArtifact, type RequestPolicy } from './artifact-request.js'

/** Parameters of {@link uploadArtifactViaProjects}. */
export interface ProjectsArtifactUploadParams {
  /** Address of the service; empty for the page's own host. */
  baseUrl: string
  notebookId: string
  authToken: string
  /** Name of the file in the project; empty means `artifact.bin`. */
  filename: string
  /** Kept for callers; project storage derives the type from the name. */
  mimeType: string
  body: Blob | ArrayBuffer | ArrayBufferView | string
  /** Ends the upload early. Default: none. */
  signal?: AbortSignal
  /** Default: 30 s per attempt, 3 attempts. */
  policy?: RequestPolicy
}

/** What project storage knows about an uploaded file. */
export interface ProjectsArtifactUploadResult {
  artifactId: string
  fileVersionId: string
  fileName: string
  fileUrl: string
}

interface InitAnswer {
  uploadUrl: string
  fileUrl: string
  fileVersionId: string
}

interface CommitAnswer {
  fileName: string
  fileVersionId: string
}

/**
 * Uploads a file in three steps: announce it, put the bytes at the pre-signed address, confirm it.
 *
 * Rejects with `Artifact init failed: …`, `Artifact binary upload failed: …` or `Artifact commit
 * failed: …`, by the step that was refused.
 */
export async function uploadArtifactViaProjects(
  params: ProjectsArtifactUploadParams,
): Promise<ProjectsArtifactUploadResult> {
  const init = await postStep<InitAnswer>(params, 'init', {})
  await putBytes(params, init.uploadUrl)
  const commit = await postStep<CommitAnswer>(params, 'commit', { fileVersionId: init.fileVersionId })
  return {
    artifactId: commit.fileVersionId,
    fileVersionId: commit.fileVersionId,
    fileName: commit.fileName,
    fileUrl: init.fileUrl,
  }
}

async function postStep<Answer>(
  params: ProjectsArtifactUploadParams,
  step: 'init' | 'commit',
  body: Record<string, unknown>,
): Promise<Answer> {
  const filename = encodeURIComponent(params.filename || 'artifact.bin')
  const url = `${params.baseUrl.replace(/\/+$/, '')}/api/artifacts/${filename}/${step}`
  const headers = {
    authorization: `Bearer ${params.authToken}`,
    'x-notebook-id': params.notebookId,
    'content-type': 'application/json',
  }
  const response = await send(params, url, { method: 'POST', headers, body: JSON.stringify(body) })
  if (!response.ok) throw new Error(`Artifact ${step} failed: ${await errorText(response)}`)
  return (await response.json()) as Answer
}

async function putBytes(params: ProjectsArtifactUploadParams, uploadUrl: string): Promise<void> {
  const response = await send(params, uploadUrl, { method: 'PUT', body: await toBytes(params.body) })
  if (!response.ok) throw new Error(`Artifact binary upload failed: ${await response.text()}`)
}

function send(params: ProjectsArtifactUploadParams, url: string, init: RequestInit): Promise<Response> {
  return requestArtifact(url, init, params.policy ?? defaultRequestPolicy, params.signal)
}

/** Plain bytes: `fetch` adds a content type to strings and blobs, and a pre-signed address refuses one. */
async function toBytes(body: ProjectsArtifactUploadParams['body']): Promise<BodyInit> {
  if (typeof body === 'string') return new TextEncoder().encode(body)
  if (body instanceof Blob) return await body.arrayBuffer()
  return body as BodyInit
}

/** The service's own words: `error` of a JSON body, else the status text; no JSON: `Unknown error`. */
export async function errorText(response: Response): Promise<string> {
  const body: unknown = await response.json().catch(() => ({ error: 'Unknown error' }))
  const error = (body as { error?: unknown } | null)?.error
  return typeof error === 'string' && error !== '' ? error : response.statusText
}
