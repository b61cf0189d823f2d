const LINE_ENDS = '\n\r\v\f\x1c-\x1e\x85\u2028\u2029'
const LINE_WITH_END = new RegExp(`[^${LINE_ENDS}]*(?:\r\n|[${LINE_ENDS}])|[^${LINE_ENDS}]+$`, 'g')
const TEXTUAL_MIME_TYPES: readonly string[] = ['application/javascript', 'image/svg+xml']

/** Splits into lines that keep their ends, at the same places as Python's `str.splitlines(True)`. An empty text has none. */
export function splitLines(text: string): string[] {
  return text.match(LINE_WITH_END) ?? []
}

/** True where nbformat writes the data of a MIME type as a list of lines; other strings (base64 images) stay whole. */
export function isWrittenAsLines(mimeType: string): boolean {
  return mimeType.startsWith('text/') || TEXTUAL_MIME_TYPES.includes(mimeType)
}

/** True where the data of a MIME type is JSON itself rather than text. */
export function isJsonData(mimeType: string): boolean {
  return (
    mimeType === 'application/json' || (mimeType.startsWith('application/') && mimeType.endsWith('+json'))
  )
}
