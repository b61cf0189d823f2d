import { toStorableMembers } from '@runtimed/agent-core'
import { events } from '@runtimed/schema'
import { isJsonObject, type JsonObject } from './json-value.js'
import type { DisplayOutput, NotebookOutput, ParsedCell, ResultOutput } from './parsed-notebook.js'
import { toStorableJson } from './storable-text.js'
import type { StoreEvent } from './store-event.js'

type BundleOutput = DisplayOutput | ResultOutput
type Representations = Parameters<typeof events.multimediaDisplayOutputAdded>[0]['representations']

/** The id that the output at a place of a cell gets in the store: the same at every import. */
export function importedOutputId(cellId: string, position: number): string {
  return `output-${cellId}-${position}`
}

/** The events that add a cell's outputs to a store, in order. */
export function outputEvents(cell: ParsedCell): StoreEvent[] {
  return cell.outputs.map((output, position) => outputEvent(cell, storable(output), position))
}

/** The metadata of an output that belongs to none of its MIME types, and so has no place in the output's event. */
export function unplacedMetadata(output: NotebookOutput): JsonObject {
  if (!isBundle(output)) return {}
  const isPlaced = (key: string) => Object.hasOwn(output.data, key) && isJsonObject(output.metadata[key])
  return Object.fromEntries(Object.entries(output.metadata).filter(([key]) => !isPlaced(key)))
}

function outputEvent(cell: ParsedCell, output: NotebookOutput, position: number): StoreEvent {
  const place = { id: importedOutputId(cell.id, position), cellId: cell.id, position }
  switch (output.output_type) {
    case 'stream': {
      const streamName = output.name === 'stderr' ? 'stderr' : 'stdout'
      return events.terminalOutputAdded({
        ...place,
        streamName,
        content: { type: 'inline', data: output.text },
      })
    }
    case 'display_data':
      return events.multimediaDisplayOutputAdded({ ...place, representations: toRepresentations(output) })
    case 'execute_result': {
      const executionCount = output.execution_count ?? cell.executionCount ?? 0
      const representations = toRepresentations(output)
      return events.multimediaResultOutputAdded({ ...place, executionCount, representations })
    }
    case 'error': {
      const { ename, evalue, traceback } = output
      return events.errorOutputAdded({
        ...place,
        content: { type: 'inline', data: { ename, evalue, traceback } },
      })
    }
  }
}

function toRepresentations({ data, metadata }: BundleOutput): Representations {
  const entries = Object.entries(data).map(([mimeType, item]) => {
    const details = Object.hasOwn(metadata, mimeType) ? metadata[mimeType] : undefined
    return [
      mimeType,
      { type: 'inline', data: item, ...(isJsonObject(details) && { metadata: details }) },
    ] as const
  })
  return toStorableMembers(Object.fromEntries(entries))
}

function isBundle(output: NotebookOutput): output is BundleOutput {
  return output.output_type === 'display_data' || output.output_type === 'execute_result'
}

function storable(output: NotebookOutput): NotebookOutput {
  return toStorableJson(output as unknown as JsonObject) as unknown as NotebookOutput
}
