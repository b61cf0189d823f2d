import { COMPACT_LAYOUT, printJson } from './json-writer.js'
import { losslessValueOf, parseJsonTree } from './json-tree.js'
import { isJsonObject, type JsonObject, type PrintableObject } from './json-value.js'
import { NotebookError } from './notebook-error.js'

/** Key of the notebook metadata that holds what an .ipynb file says about the whole notebook. */
export const NOTEBOOK_DETAILS_KEY = 'ipynb'

/** Key of the notebook metadata that holds what an .ipynb file says about one cell beyond type, source and outputs. */
export function cellDetailsKey(cellId: string): string {
  return `ipynb:cell:${cellId}`
}

/** Writes details as the value of a metadata key; the empty string when there are none. */
export function encodeDetails(details: PrintableObject): string {
  const isEmpty = Object.values(details).every((value) => value === undefined)
  return isEmpty ? '' : printJson(details, COMPACT_LAYOUT)
}

/** Reads details back, numbers spelled as in the file. Absent or unreadable details (written by others) are empty. */
export function decodeDetails(text: string | undefined): PrintableObject {
  if (!text) return {}
  try {
    const root = parseJsonTree({ name: 'notebook metadata', text })
    return asObject(losslessValueOf(text, root))
  } catch (error) {
    if (error instanceof NotebookError) return {}
    throw error
  }
}

/** The part of a cell's details that holds metadata of its outputs, by output id; empty when absent or unreadable. */
export function decodeOutputMetadata(text: string | undefined): Record<string, JsonObject> {
  const details = text?.includes('"output_metadata"') ? parseOrUndefined(text) : undefined
  const byOutput = isJsonObject(details) ? details['output_metadata'] : undefined
  const entries = isJsonObject(byOutput) ? Object.entries(byOutput) : []
  return Object.fromEntries(entries.filter((entry): entry is [string, JsonObject] => isJsonObject(entry[1])))
}

function parseOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** The value when it is a printable object, else an empty one. */
export function asObject(value: PrintableObject[string]): PrintableObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return {}
  return value as PrintableObject
}
