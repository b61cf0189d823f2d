import type { MediaContainer } from '@runtimed/schema'
import { toSafeRecord, toStorableText } from './json-safe.js'
import { isLongerThan, utf8Bytes } from './output-limits.js'
import { sizeNote } from './representations.js'
import { toStorableMembers } from './reserved-members.js'

/** Inline markdown; beyond the limit a note takes its place. */
export function markdownContent(
  raw: string,
  rawMetadata: Record<string, unknown> | undefined,
  limitBytes: number,
): MediaContainer {
  const text = toStorableText(String(raw))
  const isLarge = isLongerThan(text, limitBytes)
  const data = isLarge ? sizeNote('text/markdown', utf8Bytes(text), limitBytes) : text
  const metadata = toStorableMembers(toSafeRecord(rawMetadata))
  return metadata === undefined ? { type: 'inline', data } : { type: 'inline', data, metadata }
}

/** Inline error; beyond the limit its name and the start of its message are kept, and a note is its traceback. */
export function errorContent(
  rawName: string,
  rawValue: string,
  rawTraceback: readonly string[],
  limitBytes: number,
): MediaContainer {
  const lines = Array.isArray(rawTraceback) ? rawTraceback : [rawTraceback ?? '']
  const toText = (value: unknown) => toStorableText(String(value))
  const data = { ename: toText(rawName), evalue: toText(rawValue), traceback: lines.map(toText) }
  const text = JSON.stringify(data)
  if (!isLongerThan(text, limitBytes)) return { type: 'inline', data }
  const note = sizeNote('error', utf8Bytes(text), limitBytes)
  const short = { ename: data.ename.slice(0, 200), evalue: data.evalue.slice(0, 2000), traceback: [note] }
  return { type: 'inline', data: short }
}

/** Lets appended text through until one output has more than the limit. */
export interface DeltaBudget {
  /** The text to append; a note for the first delta beyond the limit, `undefined` for all later ones. */
  admit(outputId: string, delta: string): string | undefined
}

/** A budget of `limitBytes` UTF-8 bytes for each output that is appended to. */
export function createDeltaBudget(limitBytes: number): DeltaBudget {
  const appended = new Map<string, number>()
  return {
    admit(outputId, delta) {
      const before = appended.get(outputId) ?? 0
      if (before > limitBytes) return undefined
      const after = before + utf8Bytes(delta)
      appended.set(outputId, after)
      return after > limitBytes ? `\n${sizeNote('appended', after, limitBytes)}` : delta
    },
  }
}
