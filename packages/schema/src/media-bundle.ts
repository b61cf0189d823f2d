import { isJsonMimeType, isTextBasedMimeType } from './mime-types.js'

/** Values of one output by MIME type, as a runtime produces them. */
export type MediaBundle = { [mimeType: string]: unknown }

/**
 * Returns a cleaned copy of a bundle.
 *
 * - null and undefined values are dropped;
 * - text types (SVG among them) become strings;
 * - strings under JSON types are parsed, and kept as they are when they do not parse;
 * - everything else is kept.
 */
export const validateMediaBundle = (bundle: MediaBundle): MediaBundle =>
  Object.fromEntries(
    Object.entries(bundle)
      .filter(([, value]) => value !== null && value !== undefined)
      .map(([mimeType, value]) => [mimeType, cleanValue(mimeType, value)]),
  )

const cleanValue = (mimeType: string, value: unknown): unknown => {
  if (isTextBasedMimeType(mimeType)) return String(value)
  if (isJsonMimeType(mimeType) && typeof value === 'string') return parseOrKeep(value)
  return value
}

const parseOrKeep = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
