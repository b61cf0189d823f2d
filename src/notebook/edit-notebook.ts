import { type CellChanges, cellEdits, changesOf } from './edit-cell.js'
import { toFileCell } from './file-cell.js'
import { endOf, type JsonNode, parseJsonTree, propertyValue } from './json-tree.js'
import type { JsonValue, PrintableObject } from './json-value.js'
import { COMPACT_LAYOUT, printJson } from './json-writer.js'
import type { ParsedCell, ParsedNotebook } from './parsed-notebook.js'
import type { StoredCell, StoredNotebook } from './stored-notebook.js'
import { applyTextEdits, layoutInside, setProperty, type TextEdit } from './text-edits.js'

/** A cell of the file with its text node and what the store has otherwise. */
interface FileCell {
  readonly node: JsonNode
  readonly parsed: ParsedCell
  readonly changes: CellChanges
}

/**
 * Brings the text of a notebook file up to date with a store and leaves every other byte as it is.
 *
 * @param executed ids of the cells whose outputs and counts come from the store
 */
export function editNotebook(
  original: ParsedNotebook,
  { cells: stored, language }: Pick<StoredNotebook, 'cells' | 'language'>,
  executed: ReadonlySet<string>,
): string {
  const root = parseJsonTree(original)
  const list = propertyValue(root, 'cells')
  if (!list) return original.text
  const cells = matchCells(original, list, stored, executed)
  const isSameSequence = hasSameSequence(original, stored)
  const isChanged = !isSameSequence || [...cells.values()].some((cell) => cell.changes.size > 0)
  const isExecuted = stored.some((cell) => executed.has(cell.id))
  if (!isChanged && !isExecuted) return original.text
  const edits = isSameSequence
    ? [...cells.values()].flatMap((cell) => editsOf(original, cell))
    : [rebuildCells(original, list, stored, cells)]
  const reported = isExecuted ? language : undefined
  return applyTextEdits(original.text, [...upgradeEdits(original, root, reported), ...edits])
}

function matchCells(
  original: ParsedNotebook,
  list: JsonNode,
  stored: readonly StoredCell[],
  executed: ReadonlySet<string>,
): Map<string, FileCell> {
  const storedById = new Map(stored.map((cell) => [cell.id, cell]))
  const matches = new Map<string, FileCell>()
  for (const parsed of original.cells) {
    const node = list.children?.[parsed.index]
    const match = storedById.get(parsed.id)
    if (!node || match?.type !== parsed.type) continue
    matches.set(parsed.id, { node, parsed, changes: changesOf(parsed, match, executed.has(parsed.id)) })
  }
  return matches
}

function hasSameSequence({ cells }: ParsedNotebook, stored: readonly StoredCell[]): boolean {
  return (
    stored.length === cells.length &&
    stored.every(({ id, type }, index) => id === cells[index]?.id && type === cells[index]?.type)
  )
}

function editsOf(original: ParsedNotebook, { node, parsed, changes }: FileCell): TextEdit[] {
  return cellEdits(original, node, parsed, changes)
}

function upgradeEdits(
  { text, formatting, nbformatMinor, metadata }: ParsedNotebook,
  root: JsonNode,
  language: PrintableObject | undefined,
): TextEdit[] {
  const edits: TextEdit[] = []
  const node = propertyValue(root, 'metadata')
  const reported = language && { language_info: language }
  if (!node) edits.push(setProperty(text, root, 'metadata', reported ?? {}, formatting))
  else if (language && !isSameJson(language, metadata['language_info']))
    edits.push(setProperty(text, node, 'language_info', language, formatting))
  if (nbformatMinor < 5) edits.push(setProperty(text, root, 'nbformat_minor', 5, formatting))
  return edits
}

/** Writes the list of cells anew in the store's order; cells of the file keep their text. */
function rebuildCells(
  original: ParsedNotebook,
  list: JsonNode,
  stored: readonly StoredCell[],
  cells: ReadonlyMap<string, FileCell>,
): TextEdit {
  const { layout, baseIndent } = layoutInside(original.text, list, original.formatting)
  const texts = stored.map((cell) => {
    const match = cells.get(cell.id)
    return match ? textOf(original, match) : printJson(toFileCell(cell), layout, baseIndent)
  })
  const { opening, between, closing } = gapsOf(original, list)
  const text = texts.length === 0 ? '[]' : `[${opening}${texts.join(between)}${closing}]`
  return { offset: list.offset, length: list.length, text }
}

function isSameJson(left: PrintableObject, right: JsonValue | undefined): boolean {
  return right !== undefined && printJson(left, COMPACT_LAYOUT) === printJson(right, COMPACT_LAYOUT)
}

function textOf(original: ParsedNotebook, cell: FileCell): string {
  const { offset, length } = cell.node
  const edits = editsOf(original, cell).map((edit) => ({ ...edit, offset: edit.offset - offset }))
  return applyTextEdits(original.text.slice(offset, offset + length), edits)
}

function gapsOf(
  { text, formatting }: ParsedNotebook,
  list: JsonNode,
): { opening: string; between: string; closing: string } {
  const [first, second] = list.children ?? []
  const last = list.children?.at(-1)
  if (!first || !last) {
    const { newline, indent, itemSeparator } = formatting
    if (indent === null) return { opening: '', between: itemSeparator, closing: '' }
    const opening = newline + indent + indent
    return { opening, between: `,${opening}`, closing: newline + indent }
  }
  const opening = text.slice(list.offset + 1, first.offset)
  const between = second ? text.slice(endOf(first), second.offset) : `,${opening || ' '}`
  return { opening, between, closing: text.slice(endOf(last), endOf(list) - 1) }
}
