import { isErrorOutput, type OutputData } from '@runtimed/schema'

/** What is shown of an output. */
export type OutputContent =
  | { readonly kind: 'text'; readonly text: string; readonly isError: boolean }
  | { readonly kind: 'error'; readonly name: string; readonly value: string; readonly traceback: string }
  | { readonly kind: 'html' | 'markdown' | 'json'; readonly text: string }
  | { readonly kind: 'image'; readonly url: string }

/** Kinds of content, the one that says most first. */
const ranking: readonly (readonly [RegExp, (mimeType: string, data: unknown) => OutputContent])[] = [
  [/^text\/html$/, (_, data) => ({ kind: 'html', text: textOf(data) })],
  [/^image\/svg\+xml$/, (_, data) => ({ kind: 'html', text: textOf(data) })],
  [
    /^image\/(png|jpeg|gif|webp)$/,
    (type, data) => ({ kind: 'image', url: `data:${type};base64,${textOf(data).replaceAll(/\s/g, '')}` }),
  ],
  [/^text\/markdown$/, (_, data) => ({ kind: 'markdown', text: textOf(data) })],
  [/^text\/latex$/, (_, data) => ({ kind: 'text', text: textOf(data), isError: false })],
  [/json$/, (_, data) => ({ kind: 'json', text: jsonOf(data) })],
  [/^text\//, (_, data) => ({ kind: 'text', text: textOf(data), isError: false })],
]

/** The content of a row, the richest that can be shown; `appended` is the text that came later. */
export function toOutputContent(row: OutputData, appended: string): OutputContent {
  const data = (row.data ?? '') + appended
  if (row.outputType === 'terminal') return { kind: 'text', text: data, isError: row.streamName === 'stderr' }
  if (row.outputType === 'markdown') return { kind: 'markdown', text: data }
  if (row.outputType === 'error') return toError(data)
  return richest(row) ?? { kind: 'text', text: data, isError: false }
}

function richest(row: OutputData): OutputContent | undefined {
  const bundle = Object.entries(row.representations ?? { [row.mimeType ?? 'text/plain']: inline(row.data) })
  for (const [pattern, make] of ranking) {
    const found = bundle.find(([mimeType, { type }]) => type === 'inline' && pattern.test(mimeType))
    if (found) return make(found[0], 'data' in found[1] ? found[1].data : '')
  }
  return undefined
}

const inline = (data: unknown) => ({ type: 'inline' as const, data })

function toError(text: string): OutputContent {
  const value = parse(text)
  if (!isErrorOutput(value)) return { kind: 'error', name: 'Error', value: text, traceback: '' }
  const traceback = Array.isArray(value.traceback) ? value.traceback.join('\n') : ''
  return { kind: 'error', name: value.ename, value: value.evalue, traceback }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const textOf = (data: unknown): string => (typeof data === 'string' ? data : JSON.stringify(data))

function jsonOf(data: unknown): string {
  const value = typeof data === 'string' ? (parse(data) ?? data) : data
  return JSON.stringify(value, null, 2)
}
