import type { JsonValue, NotebookOutput } from '../../notebook/index.js'
import { formatSize } from './measures.js'

type Bundle = Readonly<Record<string, JsonValue>>

/** Representations that are text to a person, best first. */
const readableTypes = ['text/plain', 'text/markdown', 'text/latex']

/**
 * An output as text for a terminal: streams and tracebacks as they are; of rich outputs the readable representation,
 * and a note such as `[image/png 12 kB]` for each of the others.
 */
export function outputText(output: NotebookOutput): string {
  switch (output.output_type) {
    case 'stream':
      return output.text
    case 'error':
      return output.traceback.length > 0 ? output.traceback.join('\n') : errorLine(output)
    case 'display_data':
    case 'execute_result':
      return richText(output.data)
  }
}

/** `ValueError: no such thing`; only the name when there is no message. */
function errorLine({ ename, evalue }: { ename: string; evalue: string }): string {
  return evalue === '' ? ename : `${ename}: ${evalue}`
}

function richText(data: Bundle): string {
  const shown = readableTypes.find((type) => typeof data[type] === 'string')
  const found = shown === undefined ? '' : data[shown]
  const text = typeof found === 'string' ? found : ''
  const notes = Object.entries(data)
    .filter(([type, value]) => type !== shown && value !== found)
    .map(([type, value]) => `[${type} ${formatSize(sizeOf(type, value))}]`)
  return [text.replace(/\n$/, ''), notes.join(' ')].filter((part) => part !== '').join('\n')
}

function sizeOf(type: string, value: JsonValue): number {
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  const isBase64 = /^(image|audio|video)\//.test(type) && !type.endsWith('+xml')
  return isBase64 ? Math.floor((text.trimEnd().length * 3) / 4) : Buffer.byteLength(text)
}
