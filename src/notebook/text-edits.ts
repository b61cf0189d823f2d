import { detectFormatting, indentBefore, type NotebookFormatting } from './formatting.js'
import { endOf, type JsonNode, properties, propertyName, propertyValue } from './json-tree.js'
import type { PrintableJson } from './json-value.js'
import { compareCodePoints, type JsonLayout, printJson } from './json-writer.js'

/** A piece of text to put in the place of another. */
export interface TextEdit {
  readonly offset: number
  /** How many characters go; 0 inserts. */
  readonly length: number
  readonly text: string
}

/** Applies edits that do not overlap. Those at the same offset come out in the order given. */
export function applyTextEdits(text: string, edits: readonly TextEdit[]): string {
  const pieces: string[] = []
  let position = 0
  for (const edit of edits.toSorted((left, right) => left.offset - right.offset)) {
    pieces.push(text.slice(position, edit.offset), edit.text)
    position = edit.offset + edit.length
  }
  pieces.push(text.slice(position))
  return pieces.join('')
}

/**
 * The edit that gives an object's property a value: an existing one is replaced in its place; a new one goes before
 * the first property that sorts behind it, on a line like its neighbours'.
 */
export function setProperty(
  text: string,
  object: JsonNode,
  key: string,
  value: PrintableJson,
  formatting: NotebookFormatting,
): TextEdit {
  const { layout, baseIndent } = layoutInside(text, object, formatting)
  const printed = printJson(value, layout, baseIndent)
  const existing = propertyValue(object, key)
  if (existing) return { offset: existing.offset, length: existing.length, text: printed }
  const entry = `${JSON.stringify(key)}${layout.keySeparator}${printed}`
  const separator = layout.indent === null ? layout.itemSeparator : `,${layout.newline}${baseIndent}`
  const next = properties(object).find((property) => compareCodePoints(propertyName(property), key) > 0)
  if (next) return { offset: next.offset, length: 0, text: entry + separator }
  const last = properties(object).at(-1)
  return { offset: last ? endOf(last) : object.offset + 1, length: 0, text: last ? separator + entry : entry }
}

/**
 * How the items of an object or list are printed, and the white space their lines start with. Of an empty one the text
 * does not tell; it is taken for a list right below the outermost object.
 */
export function layoutInside(
  text: string,
  container: JsonNode,
  formatting: NotebookFormatting,
): { layout: JsonLayout; baseIndent: string } {
  const first = container.children?.[0]
  const baseIndent = first ? indentBefore(text, first.offset) : (formatting.indent?.repeat(2) ?? null)
  if (baseIndent !== null) return { layout: { ...formatting, indent: formatting.indent ?? ' ' }, baseIndent }
  const { itemSeparator, keySeparator } = detectFormatting(text, container)
  return { layout: { ...formatting, indent: null, itemSeparator, keySeparator }, baseIndent: '' }
}
