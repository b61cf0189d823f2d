import type { JsonValue, PrintableJson, PrintableObject } from './json-value.js'
import { asObject } from './notebook-keys.js'
import type { NotebookOutput } from './parsed-notebook.js'
import type { StoredCell } from './stored-notebook.js'
import { isWrittenAsLines, splitLines } from './text-lines.js'

/** A cell as nbformat 4.5 has it in a file, texts split into lines. */
export function toFileCell(cell: StoredCell): PrintableObject {
  const isCode = cell.type === 'code'
  const { attachments, execution_count: importedCount } = cell.details
  return {
    cell_type: cell.type,
    id: cell.id,
    metadata: withSpecialType(asObject(cell.details['metadata']), cell.specialType),
    source: splitLines(cell.source),
    ...(!isCode && attachments !== undefined && { attachments }),
    ...(isCode && { outputs: cell.outputs.map(toFileOutput) }),
    ...(isCode && { execution_count: cell.wasExecuted ? cell.executionCount : (importedCount ?? null) }),
  }
}

/** An output as nbformat has it in a file: texts split into lines, base64 data whole. */
export function toFileOutput(output: NotebookOutput): PrintableObject {
  switch (output.output_type) {
    case 'stream':
      return { ...output, text: splitLines(output.text) }
    case 'error':
      return { ...output }
    case 'display_data':
    case 'execute_result':
      return { ...output, data: Object.fromEntries(Object.entries(output.data).map(toFileData)) }
  }
}

function toFileData([mimeType, data]: [string, JsonValue]): [string, PrintableJson] {
  return [mimeType, typeof data === 'string' && isWrittenAsLines(mimeType) ? splitLines(data) : data]
}

function withSpecialType(metadata: PrintableObject, specialType: string | undefined): PrintableObject {
  if (specialType === undefined) return metadata
  return { ...metadata, runtimed: { ...asObject(metadata['runtimed']), cell_type: specialType } }
}
