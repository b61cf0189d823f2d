import { queryDb, Schema } from '@livestore/livestore'
import type { CellReference } from '../ordering/cell-reference.js'
import { CellTypeSchema } from '../cell-types.js'
import { type CellData, tables } from '../tables.js'

const { cells, outputs, executionQueue } = tables

const ascending = [
  { col: 'fractionalIndex', direction: 'asc' },
  { col: 'id', direction: 'asc' },
] as const

const descending = [
  { col: 'fractionalIndex', direction: 'desc' },
  { col: 'id', direction: 'desc' },
] as const

const orNull = { behaviour: 'fallback', fallback: () => null } as const

const PlaceSchema = Schema.Struct({ id: Schema.String, fractionalIndex: Schema.NullOr(Schema.String) })

const ReferenceSchema = Schema.Struct({ ...PlaceSchema.fields, cellType: CellTypeSchema })

const references = cells.select('id', 'fractionalIndex', 'cellType').orderBy(ascending)

/** Place and kind of every cell, in order. */
export const cellsWithIndices$ = queryDb(references, { label: 'cells.withIndices' })

/** What ordering helpers take as `allCells`: place and kind of every cell, in order. */
export const cellReferences$ = queryDb(references, {
  label: 'notebook.cellReferences',
  map: (rows): ReadonlyArray<CellReference> => rows,
})

/** Place of every cell, in order. */
export const cellOrdering$ = queryDb(cells.select('id', 'fractionalIndex').orderBy(ascending), {
  label: 'cells.ordering',
})

/** Place of the first cell, null in an empty notebook. */
export const firstCell$ = queryDb(cells.select('id', 'fractionalIndex').orderBy(ascending).first(orNull), {
  label: 'cells.first',
})

/** Place of the last cell, null in an empty notebook. */
export const lastCell$ = queryDb(cells.select('id', 'fractionalIndex').orderBy(descending).first(orNull), {
  label: 'cells.last',
})

/** The `limit` (1) nearest cells below an index, nearest first. */
export const cellsBefore = (fractionalIndex: string, limit = 1) =>
  queryDb(
    cells
      .select('id', 'fractionalIndex')
      .where('fractionalIndex', '<', fractionalIndex)
      .orderBy(descending)
      .limit(limit),
    { deps: [fractionalIndex, limit], label: `cells.before.${fractionalIndex}` },
  )

/** The `limit` (1) nearest cells above an index, nearest first. */
export const cellsAfter = (fractionalIndex: string, limit = 1) =>
  queryDb(
    cells
      .select('id', 'fractionalIndex')
      .where('fractionalIndex', '>', fractionalIndex)
      .orderBy(ascending)
      .limit(limit),
    { deps: [fractionalIndex, limit], label: `cells.after.${fractionalIndex}` },
  )

const neighbourhood = `
  with target as (select id, fractionalIndex from cells where id = ?1),
  previous as (
    select cells.id, cells.fractionalIndex, cells.cellType from cells, target
    where (cells.fractionalIndex, cells.id) < (target.fractionalIndex, target.id)
    order by cells.fractionalIndex desc, cells.id desc limit 1),
  next as (
    select cells.id, cells.fractionalIndex, cells.cellType from cells, target
    where (cells.fractionalIndex, cells.id) > (target.fractionalIndex, target.id)
    order by cells.fractionalIndex asc, cells.id asc limit 1)
  select id, fractionalIndex, cellType from previous
  union all select id, fractionalIndex, cellType from cells where id = ?1
  union all select id, fractionalIndex, cellType from next`

/** The cell with the one before and the one after it, in order. Empty when there is no such cell. */
export const neighboringCells = (cellId: string) =>
  queryDb(
    {
      query: `select id, fractionalIndex from (${neighbourhood})`,
      schema: Schema.Array(PlaceSchema),
      bindValues: [cellId],
      queriedTables: new Set(['cells']),
    },
    { deps: [cellId], label: `cells.neighbors.${cellId}` },
  )

/** @deprecated As `neighboringCells`, with the kind of each cell. */
export const adjacentCells = (cellId: string) =>
  queryDb(
    {
      query: neighbourhood,
      schema: Schema.Array(ReferenceSchema),
      bindValues: [cellId],
      queriedTables: new Set(['cells']),
    },
    {
      deps: [cellId],
      label: `cells.adjacent.${cellId}`,
      map: (rows): ReadonlyArray<CellReference> => rows,
    },
  )

const nearest = (side: 'previous' | 'next', cellId: string, fractionalIndex: string) =>
  queryDb(
    {
      query: `select id, fractionalIndex from cells
        where (fractionalIndex, id) ${side === 'previous' ? '<' : '>'} (?1, ?2)
        order by ${side === 'previous' ? 'fractionalIndex desc, id desc' : 'fractionalIndex, id'} limit 1`,
      schema: Schema.Array(PlaceSchema),
      bindValues: [fractionalIndex, cellId],
      queriedTables: new Set(['cells']),
    },
    {
      deps: [cellId, fractionalIndex],
      label: `cells.${side}.${cellId}`,
      map: (rows) => rows[0] ?? null,
    },
  )

/** Two queries: the nearest cell before and after the place of a cell, null at the ends. */
export const getAdjacentCells = (cellId: string, fractionalIndex: string) => ({
  previousCell$: nearest('previous', cellId, fractionalIndex),
  nextCell$: nearest('next', cellId, fractionalIndex),
})

/** Place of one cell, null when there is no such cell. */
export const cellPositionInfo = (cellId: string) =>
  queryDb(cells.select('id', 'fractionalIndex').where({ id: cellId }).first(orNull), {
    deps: [cellId],
    label: `cells.positionInfo.${cellId}`,
  })

/** The cells between two indices, both included. A null or empty bound is open. */
export const cellsInRange = (start: string | null, end: string | null) => {
  const fromStart = start ? references.where('fractionalIndex', '>=', start) : references
  const inRange = end ? fromStart.where('fractionalIndex', '<=', end) : fromStart
  return queryDb(inRange, {
    deps: [start ?? '', end ?? ''],
    label: `cells.range.${String(start)}-${String(end)}`,
  })
}

/** Ids of the cells, in order. */
export const cellIDs$ = queryDb(cells.select('id').orderBy(ascending), { label: 'notebook.cellIds' })

/** The cells, in order. */
export const cells$ = queryDb(cells.orderBy(ascending), {
  label: 'notebook.cells',
  map: (rows): ReadonlyArray<CellData> => rows,
})

/** Index of one cell; null when it has none or there is no such cell. */
export const cellFractionalIndex = (cellId: string) =>
  queryDb(cells.select('fractionalIndex').where({ id: cellId }).first(orNull), {
    deps: [cellId],
    label: `cell.fractionalIndex.${cellId}`,
  })

/** Queries about one cell. */
export const cellQuery = {
  /** The cell, null when there is none of this id. */
  byId: (cellId: string) =>
    queryDb(cells.where({ id: cellId }).first(orNull), { deps: [cellId], label: `cell.${cellId}` }),

  /** Its outputs by position, those of one position by id. */
  outputs: (cellId: string) =>
    queryDb(
      outputs.where({ cellId }).orderBy([
        { col: 'position', direction: 'asc' },
        { col: 'id', direction: 'asc' },
      ]),
      { deps: [cellId], label: `outputs:${cellId}` },
    ),

  /** Its requests, latest first. */
  executionQueue: (cellId: string) =>
    queryDb(
      executionQueue.where({ cellId }).orderBy([
        { col: 'requestSeq', direction: 'desc' },
        { col: 'id', direction: 'desc' },
      ]),
      { deps: [cellId], label: `queue:${cellId}` },
    ),
}
