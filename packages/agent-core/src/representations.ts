import {
  isJsonMimeType,
  isTextBasedMimeType,
  validateMediaBundle,
  type InlineContainer,
  type MediaContainer,
} from '@runtimed/schema'
import { toBase64 } from './base64.js'
import { toJsonSafe, toSafeRecord, toStorableText } from './json-safe.js'
import { formatBytes, isLongerThan, utf8Bytes } from './output-limits.js'
import { toStorableMembers } from './reserved-members.js'
import type { RawOutputData } from './types.js'

/** The forms of one output by MIME type, ready for the event log. */
export type Representations = Record<string, MediaContainer>

/**
 * Makes a handler's values safe for the event log, all inline.
 *
 * Text types become strings (a list of lines is joined), JSON types plain JSON, bytes of other types
 * base64. `null` and `undefined` are left out. `metadata` is by MIME type.
 */
export function toInlineRepresentations(
  data: RawOutputData,
  metadata?: Record<string, unknown>,
): Record<string, InlineContainer> {
  const safe = Object.entries(data ?? {}).map(([mimeType, value]) => [mimeType, toSafeValue(mimeType, value)])
  const bundle = validateMediaBundle(Object.fromEntries(safe) as RawOutputData)
  const containers = Object.entries(bundle).map(([mimeType, value]) => [
    mimeType,
    toContainer(value, metadata?.[mimeType]),
  ])
  return toStorableMembers(Object.fromEntries(containers) as Record<string, InlineContainer>)
}

/** Replaces inline representations that are too large by a `text/plain` note with their type and size. */
export function limitRepresentations(representations: Representations, limitBytes: number): Representations {
  const kept: Representations = {}
  const notes: string[] = []
  for (const [mimeType, container] of Object.entries(representations)) {
    const bytes = container.type === 'inline' ? bytesOver(container.data, limitBytes) : undefined
    if (bytes === undefined) kept[mimeType] = container
    else notes.push(sizeNote(mimeType, bytes, limitBytes))
  }
  return notes.length === 0 ? kept : withNotes(kept, notes)
}

/** The sentence that stands for a value that is too large. */
export function sizeNote(what: string, bytes: number, limitBytes: number): string {
  return `[${what} output of ${formatBytes(bytes)} left out: more than ${formatBytes(limitBytes)}]`
}

function toSafeValue(mimeType: string, value: unknown): unknown {
  if (typeof value === 'string') return toStorableText(value)
  const isText = isTextBasedMimeType(mimeType)
  if (value instanceof Uint8Array && !isJsonMimeType(mimeType)) {
    return isText ? new TextDecoder().decode(value) : toBase64(value)
  }
  const safe = toJsonSafe(value)
  return isText ? toText(safe) : safe
}

function toText(value: unknown): unknown {
  if (Array.isArray(value) && value.every((line) => typeof line === 'string')) return value.join('')
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : value
}

function toContainer(data: unknown, rawMetadata: unknown): InlineContainer {
  const metadata = toSafeRecord(rawMetadata)
  return metadata === undefined ? { type: 'inline', data } : { type: 'inline', data, metadata }
}

function bytesOver(data: unknown, limitBytes: number): number | undefined {
  const text = typeof data === 'string' ? data : (JSON.stringify(data) ?? '')
  return isLongerThan(text, limitBytes) ? utf8Bytes(text) : undefined
}

function withNotes(kept: Representations, notes: readonly string[]): Representations {
  const plain = kept['text/plain']
  const text = plain?.type === 'inline' && typeof plain.data === 'string' ? [plain.data] : []
  return { ...kept, 'text/plain': { type: 'inline', data: [...text, ...notes].join('\n') } }
}
