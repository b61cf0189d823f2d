import { nameOf } from '../livestore/rules.js'
import { type JsonNode, properties, propertyName, propertyValue } from './json-tree.js'
import type { JsonObject, JsonValue } from './json-value.js'
import type { NotebookReader } from './notebook-reader.js'
import type { NotebookOutput } from './parsed-notebook.js'
import { isJsonData } from './text-lines.js'

type OutputParser = (reader: NotebookReader, node: JsonNode, owner: string) => NotebookOutput

const OUTPUT_PARSERS: Readonly<Record<NotebookOutput['output_type'], OutputParser>> = {
  stream: (reader, node, owner) => ({
    output_type: 'stream',
    name: requiredString(reader, node, 'name', owner),
    text: reader.text(
      reader.required(node, 'text', owner, 'a string or a list of strings'),
      `"text" of ${owner}`,
    ),
  }),
  display_data: (reader, node, owner) => ({
    output_type: 'display_data',
    ...parseBundle(reader, node, owner),
  }),
  execute_result: (reader, node, owner) => ({
    output_type: 'execute_result',
    execution_count: reader.count(propertyValue(node, 'execution_count'), `"execution_count" of ${owner}`),
    ...parseBundle(reader, node, owner),
  }),
  error: (reader, node, owner) => ({
    output_type: 'error',
    ename: requiredString(reader, node, 'ename', owner),
    evalue: requiredString(reader, node, 'evalue', owner),
    traceback: reader
      .list(reader.required(node, 'traceback', owner, 'a list of strings'), `"traceback" of ${owner}`)
      .map((line) => reader.string(line, `a line of the traceback of ${owner}`)),
  }),
}

/**
 * Reads the outputs of a code cell.
 *
 * @param node the value of `outputs`; absent means none
 * @throws NotebookError when an output is not of one of nbformat's four kinds, or lacks something
 */
export function parseOutputs(
  reader: NotebookReader,
  node: JsonNode | undefined,
  cell: string,
): NotebookOutput[] {
  if (!node) return []
  return reader.list(node, `"outputs" of ${cell}`).map((output, index) => {
    const owner = `output ${index + 1} of ${cell}`
    const type = requiredString(reader, reader.object(output, owner), 'output_type', owner)
    if (isOutputType(type)) return OUTPUT_PARSERS[type](reader, output, owner)
    const known = Object.keys(OUTPUT_PARSERS).join(', ')
    throw reader.invalid(output, `${owner} has output_type ${nameOf(type)}; expected one of ${known}`)
  })
}

function isOutputType(type: string): type is NotebookOutput['output_type'] {
  return Object.hasOwn(OUTPUT_PARSERS, type)
}

function parseBundle(
  reader: NotebookReader,
  node: JsonNode,
  owner: string,
): { data: JsonObject; metadata: JsonObject } {
  const data = reader.object(
    reader.required(node, 'data', owner, 'an object with a value for each MIME type'),
    `"data" of ${owner}`,
  )
  return {
    data: Object.fromEntries(properties(data).flatMap((property) => parseMimeData(reader, property, owner))),
    metadata: reader.plainObject(propertyValue(node, 'metadata'), `"metadata" of ${owner}`),
  }
}

function parseMimeData(reader: NotebookReader, property: JsonNode, owner: string): [string, JsonValue][] {
  const mimeType = propertyName(property)
  const value = property.children?.[1]
  if (!value) return []
  if (isJsonData(mimeType)) return [[mimeType, reader.value(value)]]
  return [[mimeType, reader.text(value, `${nameOf(mimeType)} of ${owner}`)]]
}

function requiredString(reader: NotebookReader, node: JsonNode, key: string, owner: string): string {
  return reader.string(reader.required(node, key, owner, 'a string'), `"${key}" of ${owner}`)
}
