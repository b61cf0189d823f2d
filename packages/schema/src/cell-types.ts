import { Schema } from '@livestore/livestore'

/** Every kind of cell, in the order in which clients list them. */
export const cellTypes = ['code', 'markdown', 'sql', 'ai', 'raw'] as const

/** Kind of a cell. */
export type CellType = (typeof cellTypes)[number]

/** Kinds of cells that a user can create. */
export type CellTypeNoRaw = Exclude<CellType, 'raw'>

export const CellTypeSchema = Schema.Literal(...cellTypes)

export const ExecutionStateSchema = Schema.Literal('idle', 'queued', 'running', 'completed', 'error')

/** State of a cell's latest execution. */
export type ExecutionState = typeof ExecutionStateSchema.Type

export const OutputTypeSchema = Schema.Literal(
  'multimedia_display',
  'multimedia_result',
  'terminal',
  'markdown',
  'error',
)

/** Kind of an output row. */
export type OutputType = typeof OutputTypeSchema.Type
