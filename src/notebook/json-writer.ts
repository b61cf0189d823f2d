import type { NotebookFormatting } from './formatting.js'
import { NumberLexeme, type PrintableJson, type PrintableObject } from './json-value.js'

/** The part of a file's formatting that decides how one value is printed. */
export type JsonLayout = Pick<NotebookFormatting, 'indent' | 'newline' | 'itemSeparator' | 'keySeparator'>

/** Everything on one line, as short as possible. */
export const COMPACT_LAYOUT: JsonLayout = {
  indent: null,
  newline: '\n',
  itemSeparator: ',',
  keySeparator: ':',
}

/**
 * Prints JSON as Python's nbformat does: keys sorted, one item a line, non-ASCII characters as they are.
 *
 * @param baseIndent white space of the line on which the value starts, one level less than its items get
 */
export function printJson(value: PrintableJson, layout: JsonLayout, baseIndent = ''): string {
  const innerIndent = baseIndent + (layout.indent ?? '')
  if (value instanceof NumberLexeme) return value.spelling
  if (isList(value)) {
    const items = value.map((item) => printJson(item, layout, innerIndent))
    return printBlock('[', items, ']', layout, baseIndent)
  }
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  return printBlock('{', printEntries(value, layout, innerIndent), '}', layout, baseIndent)
}

/** Orders strings by code point, as Python sorts them; JavaScript's own order differs beyond the basic plane. */
export function compareCodePoints(left: string, right: string): number {
  const leftPoints = Array.from(left, codePointOf)
  const rightPoints = Array.from(right, codePointOf)
  const length = Math.min(leftPoints.length, rightPoints.length)
  for (let index = 0; index < length; index++) {
    const difference = (leftPoints[index] ?? 0) - (rightPoints[index] ?? 0)
    if (difference !== 0) return difference
  }
  return leftPoints.length - rightPoints.length
}

function printEntries(object: PrintableObject, layout: JsonLayout, innerIndent: string): string[] {
  return Object.keys(object)
    .sort(compareCodePoints)
    .flatMap((key) => {
      const item = object[key]
      if (item === undefined) return []
      return [`${JSON.stringify(key)}${layout.keySeparator}${printJson(item, layout, innerIndent)}`]
    })
}

function printBlock(
  open: string,
  items: readonly string[],
  close: string,
  layout: JsonLayout,
  baseIndent: string,
): string {
  if (items.length === 0) return open + close
  if (layout.indent === null) return open + items.join(layout.itemSeparator) + close
  const lineBreak = layout.newline + baseIndent + layout.indent
  return open + lineBreak + items.join(`,${lineBreak}`) + layout.newline + baseIndent + close
}

function isList(value: PrintableJson): value is readonly PrintableJson[] {
  return Array.isArray(value)
}

function codePointOf(character: string): number {
  return character.codePointAt(0) ?? 0
}
