import { events } from '../events.js'
import type { MediaRepresentation } from '../media.js'
import { inlineJson, inlineText, primaryRepresentation, referenceColumns } from '../primary-representation.js'
import { defineMaterializer, operation, toJson, type Operation, whole } from '../sql-operation.js'
import {
  addDelta,
  addOutput,
  appendToOutput,
  clearEverything,
  clearNow,
  updateDisplays,
} from './output-sql.js'
import { presenceAt } from './presence.js'

const appendInline = (outputId: string, content: MediaRepresentation): Array<Operation> => {
  const text = inlineText(content)
  return text === null ? [] : [appendToOutput(outputId, text)]
}

const clearLater = (cellId: string, clearedBy: string): Operation =>
  operation(
    'insert or replace into pendingClears (cellId, clearedBy) values (?1, ?2)',
    [cellId, clearedBy],
    'pendingClears',
  )

export const outputMaterializers = {
  'v1.MultimediaDisplayOutputAdded': defineMaterializer(
    events.multimediaDisplayOutputAdded,
    ({ id, cellId, position, representations, displayId }) =>
      addOutput(
        {
          id,
          cellId,
          position,
          displayId: displayId || undefined,
          outputType: 'multimedia_display',
          ...primaryRepresentation(representations),
          representations: toJson(representations),
        },
        displayId ? [updateDisplays(displayId, representations)] : [],
      ),
  ),

  'v1.MultimediaDisplayOutputUpdated': defineMaterializer(
    events.multimediaDisplayOutputUpdated,
    ({ displayId, representations }) => updateDisplays(displayId, representations),
  ),

  'v1.MultimediaResultOutputAdded': defineMaterializer(
    events.multimediaResultOutputAdded,
    ({ id, cellId, position, representations, executionCount }) =>
      addOutput({
        id,
        cellId,
        position,
        executionCount: whole(executionCount),
        outputType: 'multimedia_result',
        ...primaryRepresentation(representations),
        representations: toJson(representations),
      }),
  ),

  'v1.TerminalOutputAdded': defineMaterializer(
    events.terminalOutputAdded,
    ({ id, cellId, position, content, streamName }) =>
      addOutput({
        id,
        cellId,
        position,
        streamName,
        outputType: 'terminal',
        data: inlineText(content),
        mimeType: 'text/plain',
        ...referenceColumns(content),
      }),
  ),

  'v1.TerminalOutputAppended': defineMaterializer(events.terminalOutputAppended, ({ outputId, content }) =>
    appendInline(outputId, content),
  ),

  'v2.TerminalOutputAppended': defineMaterializer(events.terminalOutputAppended2, (delta) => addDelta(delta)),

  'v1.MarkdownOutputAdded': defineMaterializer(
    events.markdownOutputAdded,
    ({ id, cellId, position, content }) =>
      addOutput({
        id,
        cellId,
        position,
        outputType: 'markdown',
        data: inlineText(content),
        mimeType: 'text/markdown',
        ...referenceColumns(content),
      }),
  ),

  'v1.MarkdownOutputAppended': defineMaterializer(events.markdownOutputAppended, ({ outputId, content }) =>
    appendInline(outputId, content),
  ),

  'v2.MarkdownOutputAppended': defineMaterializer(events.markdownOutputAppended2, (delta) => addDelta(delta)),

  'v1.ErrorOutputAdded': defineMaterializer(events.errorOutputAdded, ({ id, cellId, position, content }) =>
    addOutput({
      id,
      cellId,
      position,
      outputType: 'error',
      data: inlineJson(content),
      mimeType: 'application/json',
      ...referenceColumns(content),
    }),
  ),

  'v1.CellOutputsCleared': defineMaterializer(events.cellOutputsCleared, ({ cellId, wait, clearedBy }) => [
    ...(wait ? [clearLater(cellId, clearedBy)] : clearNow(cellId)),
    ...presenceAt(clearedBy, cellId),
  ]),

  'v1.AllOutputsCleared': defineMaterializer(events.allOutputsCleared, clearEverything),
}
