import type { JsonValue } from './json-value.js'
import { isJsonObject } from './json-value.js'

/**
 * The text as a store's SQLite can hold it. Halves of surrogate pairs, which UTF-8 cannot express, and NUL, at which
 * SQLite ends a text, become U+FFFD.
 */
export function toStorableText(text: string): string {
  return text.replace(/[\0\p{Surrogate}]/gu, '\uFFFD')
}

/** Applies {@link toStorableText} to every string inside a value, keys included. */
export function toStorableJson(value: JsonValue): JsonValue {
  if (typeof value === 'string') return toStorableText(value)
  if (Array.isArray(value)) return value.map(toStorableJson)
  if (!isJsonObject(value)) return value
  const entries = Object.entries(value)
  return Object.fromEntries(entries.map(([key, item]) => [toStorableText(key), toStorableJson(item)]))
}
