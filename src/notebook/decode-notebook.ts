import { NotebookError } from './notebook-error.js'

/**
 * The text of a notebook file, without a byte order mark. Throws `NOTEBOOK_NOT_JSON` with the place of the first byte that is not
 * UTF-8, and what the encoding seems to be.
 */
export function decodeNotebook(bytes: Uint8Array, name: string): string {
  const text = new TextDecoder('utf-8').decode(bytes)
  const utf16 = utf16Of(bytes)
  if (utf16 !== undefined) throw notUtf8({ name, text }, 0, `the file is in ${utf16}`, utf16)
  const offset = firstReplaced(text, bytes)
  if (offset === undefined) return text
  const place = byteOffset(text, offset, bytes)
  const byte = `0x${(bytes[place] ?? 0).toString(16).toUpperCase().padStart(2, '0')}`
  const problem = `byte ${place + 1} of the file, ${byte}, is not UTF-8; it looks like Latin-1 or Windows-1252`
  throw notUtf8({ name, text }, offset, problem, 'WINDOWS-1252')
}

function notUtf8(source: { name: string; text: string }, offset: number, problem: string, encoding: string) {
  const advice = `a notebook is UTF-8; convert it with "iconv -f ${encoding} -t UTF-8"`
  return new NotebookError('NOTEBOOK_NOT_JSON', source, offset, `${problem}; ${advice}`)
}

/** Two bytes for each character: known by their mark, or by the zero beside the brace that a notebook begins with. */
function utf16Of([first, second]: Uint8Array): string | undefined {
  if ((first === 0xff && second === 0xfe) || (first !== 0 && second === 0)) return 'UTF-16LE'
  if ((first === 0xfe && second === 0xff) || (first === 0 && second !== undefined)) return 'UTF-16BE'
  return undefined
}

/** The first U+FFFD that does not stand in the file itself. */
function firstReplaced(text: string, bytes: Uint8Array): number | undefined {
  for (let offset = text.indexOf('\uFFFD'); offset !== -1; offset = text.indexOf('\uFFFD', offset + 1)) {
    const place = byteOffset(text, offset, bytes)
    const isOwn = bytes[place] === 0xef && bytes[place + 1] === 0xbf && bytes[place + 2] === 0xbd
    if (!isOwn) return offset
  }
  return undefined
}

/** Where the character at an offset begins in the file; right as long as nothing before it was replaced. */
function byteOffset(text: string, offset: number, bytes: Uint8Array): number {
  const markLength = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0
  return markLength + new TextEncoder().encode(text.slice(0, offset)).length
}
