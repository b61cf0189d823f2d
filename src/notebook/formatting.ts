import type { JsonNode } from './json-tree.js'
import { endOf, properties } from './json-tree.js'

/** How a notebook file is laid out, so that new text can look like the text around it. */
export interface NotebookFormatting {
  /** White space of one level; `null` when the file is on one line. */
  readonly indent: string | null
  /** The line break of the file. */
  readonly newline: '\n' | '\r\n'
  /** Between the items of a list or object on one line, `","` or `", "`. */
  readonly itemSeparator: string
  /** Between key and value. */
  readonly keySeparator: string
  /** Whether the file ends with a line break. */
  readonly finalNewline: boolean
}

/** What Python's nbformat writes: an indent of one space, `,` and `: `, a line break at the end. */
export const JUPYTER_FORMATTING: NotebookFormatting = {
  indent: ' ',
  newline: '\n',
  itemSeparator: ',',
  keySeparator: ': ',
  finalNewline: true,
}

/** Reads the layout off the outermost object of a file; what it does not show is as in {@link JUPYTER_FORMATTING}. */
export function detectFormatting(text: string, root: JsonNode): NotebookFormatting {
  const [first, second] = properties(root)
  const indent = first ? indentBefore(text, first.offset) : JUPYTER_FORMATTING.indent
  const between = first && second ? text.slice(endOf(first), second.offset) : ''
  return {
    indent: indent === '' ? JUPYTER_FORMATTING.indent : indent,
    newline: /\r\n/.test(text) ? '\r\n' : '\n',
    itemSeparator: /^, *$/.test(between) ? between : ',',
    keySeparator: (first && keySeparatorOf(text, first)) ?? JUPYTER_FORMATTING.keySeparator,
    finalNewline: text.endsWith('\n'),
  }
}

/** The white space between the start of the line and the token at `offset`; `null` when another token stands there. */
export function indentBefore(text: string, offset: number): string | null {
  const lineBreak = text.lastIndexOf('\n', offset - 1)
  if (lineBreak === -1) return null
  return /^\n([ \t]*)$/.exec(text.slice(lineBreak, offset))?.[1] ?? null
}

function keySeparatorOf(text: string, property: JsonNode): string | undefined {
  const [key, value] = property.children ?? []
  const between = key && value ? text.slice(endOf(key), value.offset) : ''
  return /^ ?: ?$/.test(between) ? between : undefined
}
