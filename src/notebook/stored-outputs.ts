import { fromStorableMembers } from '@runtimed/agent-core'
import type { OutputData } from '@runtimed/schema'
import { isJsonObject, type JsonObject, type JsonValue } from './json-value.js'
import type { ErrorOutput, NotebookOutput } from './parsed-notebook.js'
import { isJsonData } from './text-lines.js'

/** An output row of a store, with the text that was appended to it later. */
export interface StoredOutput {
  readonly row: OutputData
  /** All deltas of the row in sequence, joined. */
  readonly appended: string
  /** Metadata of the output that is not about one of its MIME types. */
  readonly unplacedMetadata: JsonObject
}

type Container = NonNullable<OutputData['representations']>[string]
type Bundle = { data: JsonObject; metadata: JsonObject }

/**
 * Turns the outputs of one cell, in order, into those of a notebook file. Text that follows text on the same stream
 * is joined to it. Of content that was moved out of the store (an artifact) a line of text remains that names it.
 */
export function toNotebookOutputs(stored: readonly StoredOutput[]): NotebookOutput[] {
  const outputs: NotebookOutput[] = []
  for (const output of stored.map(toNotebookOutput)) {
    const last = outputs.at(-1)
    if (output.output_type === 'stream' && last?.output_type === 'stream' && last.name === output.name) {
      outputs.splice(-1, 1, { ...last, text: last.text + output.text })
    } else {
      outputs.push(output)
    }
  }
  return outputs
}

function toNotebookOutput({ row, appended, unplacedMetadata }: StoredOutput): NotebookOutput {
  switch (row.outputType) {
    case 'terminal':
      return { output_type: 'stream', name: row.streamName ?? 'stdout', text: textOf(row) + appended }
    case 'multimedia_result':
      return {
        output_type: 'execute_result',
        execution_count: row.executionCount || null,
        ...toBundle(row, unplacedMetadata),
      }
    case 'multimedia_display':
      return { output_type: 'display_data', ...toBundle(row, unplacedMetadata) }
    case 'markdown':
      return {
        output_type: 'display_data',
        data: { 'text/markdown': textOf(row) + appended },
        metadata: isJsonObject(row.metadata) ? { 'text/markdown': fromStorableMembers(row.metadata) } : {},
      }
    case 'error':
      return toError(textOf(row))
  }
}

function textOf(row: OutputData): string {
  return row.data ?? (row.artifactId === null ? '' : artifactNote(row.mimeType, row.artifactId))
}

function toBundle(row: OutputData, unplacedMetadata: JsonObject): Bundle {
  const mimeType = row.mimeType ?? 'text/plain'
  const stored = row.representations ?? { [mimeType]: { type: 'inline', data: row.data ?? '' } as const }
  const representations = Object.entries(fromStorableMembers(stored))
  const notes = representations.flatMap(([name, container]) =>
    container.type === 'inline' ? [] : [['text/plain', artifactNote(name, container.artifactId)] as const],
  )
  const data = representations.flatMap(([name, container]) =>
    container.type === 'inline' ? [[name, toData(name, container.data)] as const] : [],
  )
  return {
    data: Object.fromEntries<JsonValue>([...notes.toReversed(), ...data]),
    metadata: Object.fromEntries([
      ...Object.entries(unplacedMetadata),
      ...representations.flatMap(metadataOf),
    ]),
  }
}

const toData = (mimeType: string, data: unknown) => (isJsonData(mimeType) ? toJson(data) : toText(data))

function metadataOf([mimeType, container]: [string, Container]): [string, JsonObject][] {
  const metadata = toJson(container.metadata)
  const own = isJsonObject(metadata) ? metadata : undefined
  if (container.type === 'inline') return own ? [[mimeType, own]] : []
  return [[mimeType, { ...own, artifactId: container.artifactId }]]
}

function artifactNote(mimeType: string | null, artifactId: string): string {
  return `[${mimeType ?? 'output'} is stored as artifact ${artifactId}]\n`
}

function toError(text: string): ErrorOutput {
  const content = parseObject(text)
  const traceback = content?.['traceback']
  return {
    output_type: 'error',
    ename: toText(content?.['ename'] ?? 'Error'),
    evalue: toText(content?.['evalue'] ?? text),
    traceback: Array.isArray(traceback)
      ? traceback.map(toText)
      : toText(traceback).split('\n').filter(Boolean),
  }
}

function parseObject(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isJsonObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

function toText(value: unknown): string {
  if (typeof value === 'string') return value
  if (value === null || value === undefined) return ''
  return JSON.stringify(value)
}

function toJson(value: unknown): JsonValue {
  return value === undefined ? null : (value as JsonValue)
}
