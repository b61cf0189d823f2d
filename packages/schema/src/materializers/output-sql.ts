import type { OutputType } from '../cell-types.js'
import type { Representations } from '../media.js'
import { primaryRepresentation } from '../primary-representation.js'
import { finite, operation, type Operation, toJson, whole } from '../sql-operation.js'

/** A row of `outputs`; what is absent is NULL. */
export type OutputRow = {
  id: string
  cellId: string
  outputType: OutputType
  position: number
  streamName?: string
  executionCount?: number
  displayId?: string | undefined
  data: string | null
  artifactId: string | null
  mimeType: string
  metadata: string | null
  representations?: string | null
}

const deleteDeltas = (outputsCondition: string, cellId: string): Operation =>
  operation(
    `delete from output_deltas where outputId in (select id from outputs where ${outputsCondition})`,
    [cellId],
    'output_deltas',
  )

const deletePendingClear = (cellId: string): Operation =>
  operation('delete from pendingClears where cellId = ?1', [cellId], 'pendingClears')

/** Removes the outputs of a cell with their deltas, and a clear that waits for the cell. */
export const clearNow = (cellId: string): Array<Operation> => [
  deleteDeltas('cellId = ?1', cellId),
  operation('delete from outputs where cellId = ?1', [cellId], 'outputs'),
  deletePendingClear(cellId),
]

/** Removes every output, delta and waiting clear. */
export const clearEverything = (): Array<Operation> => [
  operation('delete from output_deltas', [], 'output_deltas'),
  operation('delete from outputs', [], 'outputs'),
  operation('delete from pendingClears', [], 'pendingClears'),
]

/** As `clearNow`, if a clear waits for the cell. */
const clearIfPending = (cellId: string): Array<Operation> => {
  const isPending = 'cellId in (select cellId from pendingClears where cellId = ?1)'
  return [
    deleteDeltas(isPending, cellId),
    operation(`delete from outputs where ${isPending}`, [cellId], 'outputs'),
    deletePendingClear(cellId),
  ]
}

const insertOutput = (row: OutputRow): Operation =>
  operation(
    `insert or replace into outputs
       (id, cellId, outputType, position, streamName, executionCount, displayId,
        data, artifactId, mimeType, metadata, representations)
     values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)`,
    [
      row.id,
      row.cellId,
      row.outputType,
      finite(row.position),
      row.streamName ?? null,
      row.executionCount ?? null,
      row.displayId ?? null,
      row.data,
      row.artifactId,
      row.mimeType,
      row.metadata,
      row.representations ?? null,
    ],
    'outputs',
  )

/** Carries out a waiting clear of the cell, runs `between`, and writes the output's row. */
export const addOutput = (row: OutputRow, between: Array<Operation> = []): Array<Operation> => [
  ...clearIfPending(row.cellId),
  ...between,
  insertOutput(row),
]

/** Replaces the content of every display of this id, in every cell. */
export const updateDisplays = (displayId: string, representations: Representations): Operation => {
  const { data, mimeType, artifactId, metadata } = primaryRepresentation(representations)
  return operation(
    `update outputs set data = ?2, mimeType = ?3, artifactId = ?4, metadata = ?5, representations = ?6
     where displayId = ?1 and outputType = 'multimedia_display'`,
    [displayId, data, mimeType, artifactId, metadata, toJson(representations)],
    'outputs',
  )
}

/** Adds text to an output's own text. */
export const appendToOutput = (outputId: string, text: string): Operation =>
  operation(`update outputs set data = coalesce(data, '') || ?2 where id = ?1`, [outputId, text], 'outputs')

/** A piece of text after an output's text, kept in a row of its own. */
export type Delta = { id: string; outputId: string; delta: string; sequenceNumber: number }

/** Keeps a delta, unless its id is known or its output does not exist. */
export const addDelta = ({ id, outputId, delta, sequenceNumber }: Delta): Operation =>
  operation(
    `insert into output_deltas (id, outputId, delta, sequenceNumber)
     select ?1, ?2, ?3, ?4 where exists (select 1 from outputs where id = ?2)
     on conflict (id) do nothing`,
    [id, outputId, delta, whole(sequenceNumber)],
    'output_deltas',
  )
