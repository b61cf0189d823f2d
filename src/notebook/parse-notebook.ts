import { nameOf } from '../livestore/rules.js'
import { createCellId, isValidCellId } from './cell-id.js'
import { decodeNotebook } from './decode-notebook.js'
import { detectFormatting } from './formatting.js'
import { type JsonNode, parseJsonTree, propertyValue } from './json-tree.js'
import { isJsonObject, type JsonObject, type JsonValue } from './json-value.js'
import { type NamedText, NotebookError } from './notebook-error.js'
import { NotebookReader } from './notebook-reader.js'
import { parseOutputs } from './parse-outputs.js'
import type { NotebookCellType, ParsedCell, ParsedNotebook } from './parsed-notebook.js'

const CELL_TYPES: readonly NotebookCellType[] = ['code', 'markdown', 'raw']

/**
 * Reads a Jupyter notebook, nbformat 4.0 to 4.5 (a later minor revision is read as 4.5).
 *
 * What nbformat wants but a reader can do without is accepted: missing cell ids, `metadata`, `outputs` and
 * `execution_count`. Ids that are not allowed, or that another cell has, are replaced; `warnings` says so. A byte order mark is
 * skipped.
 *
 * @param file the whole file: its text, or its bytes, which have to be UTF-8
 * @param name what messages call the file, default `notebook.ipynb`
 * @throws NotebookError when the file is not UTF-8, not JSON, not nbformat 4, or malformed; its message says where
 */
export function parseNotebook(file: string | Uint8Array, name = 'notebook.ipynb'): ParsedNotebook {
  const text = typeof file === 'string' ? file.replace(/^\uFEFF/, '') : decodeNotebook(file, name)
  const reader = new NotebookReader({ name, text })
  const root = reader.object(parseTreeOf(reader.source), 'the notebook')
  requireVersionFour(reader, root)
  const minorNode = reader.required(root, 'nbformat_minor', 'the notebook', 'a whole number from 0')
  const cellList = reader.required(root, 'cells', 'the notebook', 'a list of cells')
  const metadata = reader.plainObject(propertyValue(root, 'metadata'), '"metadata" of the notebook')
  const cells = parseCells(reader, reader.list(cellList, '"cells" of the notebook'))
  return {
    name,
    text,
    formatting: detectFormatting(text, root),
    nbformat: 4,
    nbformatMinor: reader.count(minorNode, '"nbformat_minor"') ?? 0,
    metadata,
    language: stringAt(metadata, 'language_info', 'name') ?? stringAt(metadata, 'kernelspec', 'language'),
    kernelName: stringAt(metadata, 'kernelspec', 'name'),
    cells,
    warnings: reader.warnings,
  }
}

function parseTreeOf(source: NamedText): JsonNode {
  const place = tooDeepAt(source.text)
  if (place === undefined) return parseJsonTree(source)
  const problem = `lists and objects are nested more than ${deepestNesting} deep here, which cannot be stored`
  throw new NotebookError('NOTEBOOK_INVALID', source, place, problem)
}

/** Lists and objects inside one another that a file may have; events of a store may have 500. */
const deepestNesting = 400

/** Where a text of JSON goes too deep. */
function tooDeepAt(text: string): number | undefined {
  let depth = 0
  let isInString = false
  for (let offset = 0; offset < text.length; offset += 1) {
    const unit = text[offset]
    if (unit === '"') isInString = !isInString
    else if (isInString) offset += unit === '\\' ? 1 : 0
    else if (unit === ']' || unit === '}') depth -= 1
    else if ((unit === '[' || unit === '{') && ++depth > deepestNesting) return offset
  }
  return undefined
}

function requireVersionFour(reader: NotebookReader, root: JsonNode): void {
  const node = reader.required(root, 'nbformat', 'the notebook', 'the number 4')
  const version = reader.count(node, '"nbformat"')
  if (version === 4) return
  const advice = (version ?? 0) < 4 ? '; convert it with "jupyter nbconvert --to notebook"' : ''
  const problem = `the notebook is of nbformat ${version}; expected nbformat 4${advice}`
  throw new NotebookError('NOTEBOOK_UNSUPPORTED', reader.source, node.offset, problem)
}

function parseCells(reader: NotebookReader, nodes: readonly JsonNode[]): ParsedCell[] {
  const owners = nodes.map((_, index) => `cell ${index + 1}`)
  nodes.forEach((node, index) => reader.object(node, owners[index] ?? ''))
  const ids = cellIds(reader, nodes)
  return nodes.map((node, index) => parseCell(reader, node, index, ids[index] ?? ''))
}

function parseCell(reader: NotebookReader, node: JsonNode, index: number, id: string): ParsedCell {
  const owner = `cell ${index + 1}`
  const type = cellTypeOf(reader, node, owner)
  const source = reader.required(node, 'source', owner, 'a string or a list of strings')
  const attachments = propertyValue(node, 'attachments')
  const isCode = type === 'code'
  return {
    id,
    index,
    type,
    source: reader.text(source, `"source" of ${owner}`),
    executionCount: isCode
      ? reader.count(propertyValue(node, 'execution_count'), `"execution_count" of ${owner}`)
      : null,
    outputs: isCode ? parseOutputs(reader, propertyValue(node, 'outputs'), owner) : [],
    metadata: reader.plainObject(propertyValue(node, 'metadata'), `"metadata" of ${owner}`),
    ...(attachments && { attachments: reader.plainObject(attachments, `"attachments" of ${owner}`) }),
  }
}

function cellTypeOf(reader: NotebookReader, node: JsonNode, owner: string): NotebookCellType {
  const typeNode = reader.required(node, 'cell_type', owner, `one of ${CELL_TYPES.join(', ')}`)
  const name = reader.string(typeNode, `"cell_type" of ${owner}`)
  const type = CELL_TYPES.find((candidate) => candidate === name)
  if (type) return type
  throw reader.invalid(
    typeNode,
    `${owner} has cell_type ${nameOf(name)}; expected one of ${CELL_TYPES.join(', ')}`,
  )
}

function cellIds(reader: NotebookReader, nodes: readonly JsonNode[]): string[] {
  const ownerOfId = new Map<string, string>()
  const given = nodes.map((node, index) => {
    const idNode = propertyValue(node, 'id')
    return idNode && givenId(reader, idNode, `cell ${index + 1}`, ownerOfId)
  })
  const taken = new Set(ownerOfId.keys())
  return given.map((found, index) => {
    if (typeof found === 'string') return found
    const id = createCellId(`cell ${index}`, taken)
    if (found) reader.warn(found.node, `${found.problem}; cell ${index + 1} gets the id "${id}"`)
    return id
  })
}

/** The id of a cell, or why it cannot be used. */
function givenId(
  reader: NotebookReader,
  node: JsonNode,
  owner: string,
  ownerOfId: Map<string, string>,
): string | { readonly node: JsonNode; readonly problem: string } {
  const id = reader.string(node, `"id" of ${owner}`)
  if (!isValidCellId(id)) {
    const expected = '1 to 64 letters, digits, "-" and "_"'
    return { node, problem: `${owner} has the id ${nameOf(id)}; expected ${expected}` }
  }
  const other = ownerOfId.get(id)
  if (other) return { node, problem: `${other} and ${owner} both have the id ${nameOf(id)}` }
  ownerOfId.set(id, owner)
  return id
}

function stringAt(metadata: JsonObject, section: string, key: string): string | null {
  const found: JsonValue | undefined = metadata[section]
  const value = isJsonObject(found) ? found[key] : undefined
  return typeof value === 'string' ? value : null
}
