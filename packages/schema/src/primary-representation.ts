import type { MediaRepresentation, Representations } from './media.js'
import { AI_TOOL_CALL_MIME_TYPE, AI_TOOL_RESULT_MIME_TYPE } from './mime-types.js'
import { toJson } from './sql-operation.js'

/** Richest first. Displays and results are ranked alike. */
const RANKING: readonly string[] = [
  AI_TOOL_CALL_MIME_TYPE,
  AI_TOOL_RESULT_MIME_TYPE,
  'application/vnd.plotly.v1+json',
  'application/vnd.vegalite.v6+json',
  'application/vnd.vegalite.v5+json',
  'application/vnd.vegalite.v4+json',
  'application/vnd.vegalite.v3+json',
  'application/vnd.vegalite.v2+json',
  'application/vnd.vega.v5+json',
  'application/vnd.vega.v4+json',
  'application/vnd.vega.v3+json',
  'application/vnd.jupyter.widget-view+json',
  'application/vnd.jupyter.widget-state+json',
  'application/vnd.dataresource+json',
  'application/vdom.v1+json',
  'application/geo+json',
  'application/json',
  'application/javascript',
  'text/html',
  'image/svg+xml',
  'image/png',
  'image/jpeg',
  'image/gif',
  'text/latex',
  'text/markdown',
  'text/plain',
]

/** The columns that stand for a whole bundle of representations. */
export type PrimaryRepresentation = {
  mimeType: string
  data: string
  artifactId: string | null
  metadata: string | null
}

/**
 * Chooses the richest representation of a bundle.
 *
 * - inline: its content as text, JSON for anything that is not a string;
 * - artifact: its id, and empty text;
 * - no type of the ranking: `text/plain` and empty text.
 */
export const primaryRepresentation = (representations: Representations): PrimaryRepresentation => {
  const mimeType = RANKING.find((candidate) => Object.hasOwn(representations, candidate))
  const container = mimeType === undefined ? undefined : representations[mimeType]
  if (mimeType === undefined || container === undefined) {
    return { mimeType: 'text/plain', data: '', artifactId: null, metadata: null }
  }
  return { mimeType, data: inlineText(container) ?? '', ...referenceColumns(container) }
}

/** Artifact id and metadata (as JSON text) of one container, null where there is none. */
export const referenceColumns = (
  container: MediaRepresentation,
): { artifactId: string | null; metadata: string | null } => ({
  artifactId: container.type === 'artifact' ? container.artifactId : null,
  metadata: toJson(container.metadata),
})

/** Inline content as text; null for an artifact. */
export const inlineText = (container: MediaRepresentation): string | null =>
  container.type === 'artifact' ? null : toText(container.data)

/** Inline content as JSON text, strings quoted; null for an artifact. */
export const inlineJson = (container: MediaRepresentation): string | null =>
  container.type === 'artifact' ? null : toJson(container.data)

/** A string stays as it is (under a JSON type it is taken to be JSON text already); the rest becomes JSON text. */
const toText = (data: unknown): string => (typeof data === 'string' ? data : (toJson(data) ?? ''))
