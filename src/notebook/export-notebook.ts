import type { Store } from '@runtimed/schema'
import { editNotebook } from './edit-notebook.js'
import { toFileCell } from './file-cell.js'
import { JUPYTER_FORMATTING } from './formatting.js'
import type { PrintableObject } from './json-value.js'
import { printJson } from './json-writer.js'
import { asObject } from './notebook-keys.js'
import type { ParsedNotebook } from './parsed-notebook.js'
import { readStoredNotebook, type StoredNotebook } from './stored-notebook.js'

/** What an export takes from the store rather than from the original file. */
export interface ExportOptions {
  /**
   * The cells whose outputs and counts come from the store. Default: every cell whose newest execution in the store
   * ran and ended (completed, failed, or cancelled after it had started).
   */
  readonly executedCellIds?: Iterable<string>
}

/**
 * Writes a store's notebook as the text of an .ipynb file.
 *
 * - With `original`, its text comes back with only these places changed: outputs and counts of executed cells, and the language
 *   that the runtime reported; sources and types that the store has otherwise; cells added, deleted or moved. A cell whose new outputs equal the old ones
 *   keeps its bytes. When anything is executed or changed, the file becomes nbformat 4.5: ids are added where missing.
 *   When nothing is, the text is the original, byte for byte. Numbers of the original keep their spelling.
 * - Without `original`, a whole nbformat 4.5 file is built as Jupyter writes one, with the metadata of the import.
 *
 * A file made here from a valid one is valid nbformat 4.5.
 */
export function exportNotebook(
  store: Pick<Store, 'query'>,
  original?: ParsedNotebook,
  options: ExportOptions = {},
): string {
  const stored = readStoredNotebook(store)
  if (!original) return buildNotebook(stored)
  const executed =
    options.executedCellIds ?? stored.cells.filter((cell) => cell.wasExecuted).map(({ id }) => id)
  return editNotebook(original, stored, new Set(executed))
}

function buildNotebook({ cells, details, runtimeType, language }: StoredNotebook): string {
  const minor = details['nbformat_minor']
  const metadata =
    details['metadata'] === undefined ? defaultMetadata(runtimeType) : asObject(details['metadata'])
  const notebook: PrintableObject = {
    cells: cells.map(toFileCell),
    metadata: { ...metadata, ...(language && { language_info: language }) },
    nbformat: 4,
    nbformat_minor: typeof minor === 'number' ? Math.max(minor, 5) : 5,
  }
  return printJson(notebook, JUPYTER_FORMATTING) + JUPYTER_FORMATTING.newline
}

function defaultMetadata(runtimeType: string | undefined): PrintableObject {
  if (!/^(python|pyodide)/.test(runtimeType ?? '')) return {}
  return {
    kernelspec: { display_name: 'Python 3', language: 'python', name: 'python3' },
    language_info: { name: 'python' },
  }
}
