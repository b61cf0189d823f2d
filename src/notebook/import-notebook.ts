import { cells$, type CellType, events, notebookMetadata$, type Store } from '@runtimed/schema'
import { placeCells } from './cell-placement.js'
import { losslessValueOf, type JsonNode, parseJsonTree, propertyValue } from './json-tree.js'
import { isJsonObject, type PrintableObject } from './json-value.js'
import { asObject, cellDetailsKey, encodeDetails, NOTEBOOK_DETAILS_KEY } from './notebook-keys.js'
import { importedOutputId, outputEvents, unplacedMetadata } from './output-events.js'
import type { ParsedCell, ParsedNotebook } from './parsed-notebook.js'
import { toStorableText } from './storable-text.js'
import type { StoreEvent } from './store-event.js'

/** Who imports a notebook, and as what. */
export interface ImportOptions {
  /** The user id that the events carry. */
  readonly createdBy: string
  /**
   * The notebook's runtime type. Given, it replaces the one in the store; left out, a store without one gets the
   * kernel name of the file, else its language.
   */
  readonly runtimeType?: string
}

interface CurrentCell {
  readonly id: string
  readonly cellType: CellType
  readonly source: string
  readonly fractionalIndex: string | null
}

interface CurrentNotebook {
  readonly cells: ReadonlyMap<string, CurrentCell>
  readonly metadata: ReadonlyMap<string, string>
}

/** The events that write a notebook into an empty store: metadata, cells in order with their sources, and outputs. */
export function notebookToEvents(parsed: ParsedNotebook, options: ImportOptions): StoreEvent[] {
  return planImport(parsed, { cells: new Map(), metadata: new Map() }, options)
}

/**
 * The events that bring a store up to date with a notebook file; none when it already is.
 *
 * New cells are created at their places with their outputs, changed sources and types are written, cells that the
 * file no longer has are deleted, and as few cells as possible move. Cells that the store already has keep their
 * outputs, because those may be newer than the file's. A title in the store is left alone.
 *
 * The events are computed from the store as it is now, so commit them before anything else changes it.
 */
export function importNotebook(store: Store, parsed: ParsedNotebook, options: ImportOptions): StoreEvent[] {
  const cells = store.query(cells$).map((cell) => [cell.id, cell] as const)
  const metadata = store.query(notebookMetadata$).map(({ key, value }) => [key, value] as const)
  return planImport(parsed, { cells: new Map(cells), metadata: new Map(metadata) }, options)
}

function planImport(parsed: ParsedNotebook, current: CurrentNotebook, options: ImportOptions): StoreEvent[] {
  const wanted = new Set(parsed.cells.map((cell) => cell.id))
  const removed = [...current.cells.keys()].filter((id) => !wanted.has(id))
  const placed = parsed.cells.map(({ id }) => ({
    id,
    fractionalIndex: current.cells.get(id)?.fractionalIndex ?? null,
  }))
  const indices = placeCells(placed)
  return [
    ...metadataEvents(parsed, current, options),
    ...removed.map((id) => events.cellDeleted({ id, actorId: options.createdBy })),
    ...parsed.cells.flatMap((cell) =>
      cellEvents(cell, current.cells.get(cell.id), indices.get(cell.id), options.createdBy),
    ),
  ]
}

function cellEvents(
  cell: ParsedCell,
  existing: CurrentCell | undefined,
  fractionalIndex: string | undefined,
  createdBy: string,
): StoreEvent[] {
  const { id } = cell
  const cellType = storedCellType(cell)
  const source = toStorableText(cell.source)
  const sourceChanged = events.cellSourceChanged({ id, source, modifiedBy: createdBy })
  const place = fractionalIndex ?? ''
  if (!existing) {
    const created = events.cellCreated2({ id, fractionalIndex: place, cellType, createdBy })
    return [created, ...(source === '' ? [] : [sourceChanged]), ...outputEvents(cell)]
  }
  return [
    ...(place === '' ? [] : [events.cellMoved2({ id, fractionalIndex: place, actorId: createdBy })]),
    ...(cellType === existing.cellType ? [] : [events.cellTypeChanged({ id, cellType, actorId: createdBy })]),
    ...(source === existing.source ? [] : [sourceChanged]),
  ]
}

/** The store's type of a cell: SQL and AI cells are code cells in a file, marked in their metadata. */
function storedCellType(cell: ParsedCell): CellType {
  const marker = cell.metadata['runtimed']
  const marked = isJsonObject(marker) ? marker['cell_type'] : undefined
  return cell.type === 'code' && (marked === 'sql' || marked === 'ai') ? marked : cell.type
}

function metadataEvents(
  parsed: ParsedNotebook,
  current: CurrentNotebook,
  options: ImportOptions,
): StoreEvent[] {
  const wanted = new Map([...detailsOf(parsed), ...titleAndType(parsed, current, options)])
  return [...wanted]
    .filter(([key, value]) => (current.metadata.get(key) ?? '') !== value)
    .map(([key, value]) => events.notebookMetadataSet({ key, value }))
}

function titleAndType(
  parsed: ParsedNotebook,
  current: CurrentNotebook,
  options: ImportOptions,
): Map<string, string> {
  const title = parsed.metadata['title']
  const nameInFile =
    typeof title === 'string' ? title : parsed.name.replace(/^.*[/\\]/, '').replace(/\.ipynb$/, '')
  const typeInFile = parsed.kernelName ?? parsed.language ?? ''
  const chosen = new Map<string, string>()
  chosen.set('title', current.metadata.get('title') ?? toStorableText(nameInFile))
  chosen.set('runtimeType', options.runtimeType ?? current.metadata.get('runtimeType') ?? typeInFile)
  return chosen
}

function detailsOf(parsed: ParsedNotebook): Map<string, string> {
  const root = parseJsonTree(parsed)
  const details = new Map([[NOTEBOOK_DETAILS_KEY, encodeDetails(notebookDetails(parsed, root))]])
  const cellNodes = propertyValue(root, 'cells')?.children ?? []
  for (const cell of parsed.cells) {
    const node = cellNodes[cell.index]
    if (node) details.set(cellDetailsKey(cell.id), encodeDetails(cellDetails(parsed.text, cell, node)))
  }
  return details
}

function notebookDetails(parsed: ParsedNotebook, root: JsonNode): PrintableObject {
  return {
    nbformat: parsed.nbformat,
    nbformat_minor: parsed.nbformatMinor,
    metadata: propertyObject(parsed.text, root, 'metadata') ?? {},
  }
}

function cellDetails(text: string, cell: ParsedCell, node: JsonNode): PrintableObject {
  return {
    metadata: propertyObject(text, node, 'metadata'),
    attachments: propertyObject(text, node, 'attachments'),
    execution_count: cell.executionCount ?? undefined,
    output_metadata: outputMetadata(cell),
  }
}

function propertyObject(text: string, node: JsonNode, key: string): PrintableObject | undefined {
  const found = propertyValue(node, key)
  const value = found && asObject(losslessValueOf(text, found))
  return value && Object.keys(value).length > 0 ? value : undefined
}

function outputMetadata(cell: ParsedCell): PrintableObject | undefined {
  const entries = cell.outputs
    .map((output, position) => [importedOutputId(cell.id, position), unplacedMetadata(output)] as const)
    .filter(([, metadata]) => Object.keys(metadata).length > 0)
  return entries.length > 0 ? Object.fromEntries(entries) : undefined
}
