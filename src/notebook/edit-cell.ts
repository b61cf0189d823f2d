import { toFileOutput } from './file-cell.js'
import { propertyValue, type JsonNode } from './json-tree.js'
import type { JsonObject, PrintableJson } from './json-value.js'
import { COMPACT_LAYOUT, compareCodePoints, printJson } from './json-writer.js'
import type { NotebookOutput, ParsedCell, ParsedNotebook } from './parsed-notebook.js'
import { toStorableJson, toStorableText } from './storable-text.js'
import type { StoredCell } from './stored-notebook.js'
import { setProperty, type TextEdit } from './text-edits.js'
import { splitLines } from './text-lines.js'

/** The properties of a cell that get another value, by key. */
export type CellChanges = ReadonlyMap<string, PrintableJson>

/** What differs between a cell in the file and in the store; outputs and count only count when it was executed. */
export function changesOf(parsed: ParsedCell, stored: StoredCell, isExecuted: boolean): CellChanges {
  const changes = new Map<string, PrintableJson>()
  if (stored.source !== toStorableText(parsed.source)) changes.set('source', splitLines(stored.source))
  if (parsed.type !== 'code' || !isExecuted) return changes
  if (stored.executionCount !== parsed.executionCount) changes.set('execution_count', stored.executionCount)
  if (!areSameOutputs(stored.outputs, parsed.outputs))
    changes.set('outputs', stored.outputs.map(toFileOutput))
  return changes
}

/** The edits that make the changes and add what nbformat 4.5 requires of the cell and the file lacks, or has wrong. */
export function cellEdits(
  original: ParsedNotebook,
  node: JsonNode,
  parsed: ParsedCell,
  changes: CellChanges,
): TextEdit[] {
  const missing = [...requiredOf(parsed)].filter(([key, value]) => {
    const found = propertyValue(node, key)
    return !found || (key === 'id' && found.value !== value)
  })
  return [...new Map([...missing, ...changes])]
    .sort(([left], [right]) => compareCodePoints(left, right))
    .map(([key, value]) => setProperty(original.text, node, key, value, original.formatting))
}

function requiredOf({ id, type }: ParsedCell): CellChanges {
  const required = new Map<string, PrintableJson>([
    ['id', id],
    ['metadata', {}],
  ])
  return type === 'code' ? new Map([...required, ['execution_count', null], ['outputs', []]]) : required
}

function areSameOutputs(stored: readonly NotebookOutput[], parsed: readonly NotebookOutput[]): boolean {
  return canonical(stored) === canonical(parsed)
}

function canonical(outputs: readonly NotebookOutput[]): string {
  return printJson(toStorableJson(outputs as unknown as JsonObject[]), COMPACT_LAYOUT)
}
