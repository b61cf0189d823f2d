import { events } from '../events.js'
import { isNoRoomError, keyBetween } from './between.js'
import { type CellReference, compareCells } from './cell-reference.js'
import { defaultJitterProvider, type JitterProvider } from './jitter.js'
import { fractionalIndexBetween, withJitter } from './fractional-index.js'
import { makeRoom } from './make-room.js'
import { spreadKeys } from './spread.js'

/** New indices for some cells, and the events that give them. */
export type RebalanceResult = {
  newIndices: Array<{ cellId: string; fractionalIndex: string }>
  events: Array<ReturnType<typeof events.cellMoved2>>
}

export type RebalanceOptions = {
  /** Adds jitter to the new indices. Default: none, so that clients that rebalance at once agree. */
  jitterProvider?: JitterProvider
  /** Who the moves are attributed to. Default: nobody. */
  actorId?: string
  /** Free places kept at both ends, counted in cells. Default 2. */
  bufferCells?: number
}

const DEFAULT_BUFFER_CELLS = 2

/** The event that gives a cell an index; without an actor the field is absent. */
export const moveEvent = (
  id: string,
  fractionalIndex: string,
  actorId?: string,
): ReturnType<typeof events.cellMoved2> =>
  events.cellMoved2(actorId ? { id, fractionalIndex, actorId } : { id, fractionalIndex })

/** The changes between the cells' indices and new ones, place by place. */
export const toRebalanceResult = (
  cells: ReadonlyArray<CellReference>,
  newIndices: ReadonlyArray<string>,
  actorId?: string,
): RebalanceResult => {
  const changes = cells
    .map((cell, place) => ({ cell, fractionalIndex: newIndices[place] ?? '' }))
    .filter(({ cell, fractionalIndex }) => cell.fractionalIndex !== fractionalIndex)
  return {
    newIndices: changes.map(({ cell, fractionalIndex }) => ({ cellId: cell.id, fractionalIndex })),
    events: changes.map(({ cell, fractionalIndex }) => moveEvent(cell.id, fractionalIndex, actorId)),
  }
}

const hasRoom = (lower: string | null, upper: string | null): boolean => {
  try {
    keyBetween(lower, upper)
    return true
  } catch (error) {
    if (isNoRoomError(error)) return false
    throw error
  }
}

/**
 * True when no key fits between some two neighbours, or at `insertPosition` (0 is before the first cell). Always
 * false for fewer than two cells. Pairs with a cell that has no index are passed over.
 */
export const needsRebalancing = (cells: ReadonlyArray<CellReference>, insertPosition?: number): boolean => {
  if (cells.length < 2) return false
  const indices = cells.toSorted(compareCells).map((cell) => cell.fractionalIndex)
  const isTight = indices.some((upper, place) => {
    const lower = indices[place - 1]
    return Boolean(lower) && Boolean(upper) && !hasRoom(lower ?? null, upper)
  })
  if (isTight || insertPosition === undefined) return isTight
  return !hasRoom(indices[insertPosition - 1] ?? null, indices[insertPosition] ?? null)
}

/**
 * Gives all cells evenly spread indices in their present order. Cells that already have theirs are not in the
 * result, so doing it twice changes nothing the second time.
 */
export const rebalanceCellIndices = (
  cells: ReadonlyArray<CellReference>,
  options: RebalanceOptions = {},
): RebalanceResult => {
  const { jitterProvider, actorId, bufferCells = DEFAULT_BUFFER_CELLS } = options
  const sorted = cells.toSorted(compareCells)
  const keys = spreadKeys(null, null, sorted.length + 2 * bufferCells)
  const indices = sorted.map((_, place) => {
    const key = keys[place + bufferCells] ?? ''
    return jitterProvider ? withJitter(key, keys[place + bufferCells + 1], jitterProvider) : key
  })
  return toRebalanceResult(sorted, indices, actorId)
}

/**
 * A new index between two others, making room among `allCells` where nothing fits.
 *
 * - a key fits: the index alone;
 * - nothing fits, and `allCells` has such a place: as few cells as needed get new indices, and `index` is the one
 *   for `insertPosition` (default: after the last cell) once `rebalanceResult` is applied;
 * - otherwise the error is thrown on.
 */
export const fractionalIndexBetweenWithFallback = (
  lower: string | null,
  upper: string | null,
  options: {
    allCells?: ReadonlyArray<CellReference>
    insertPosition?: number | undefined
    jitterProvider?: JitterProvider | undefined
  } = {},
): { index?: string; needsRebalancing: boolean; rebalanceResult?: RebalanceResult } => {
  const { allCells = [], insertPosition, jitterProvider = defaultJitterProvider } = options
  try {
    return { index: fractionalIndexBetween(lower, upper, jitterProvider), needsRebalancing: false }
  } catch (error) {
    if (!isNoRoomError(error) || allCells.length === 0) throw error
    const position = insertPosition ?? allCells.length
    if (!needsRebalancing(allCells, position)) throw error
    const room = makeRoom(allCells.toSorted(compareCells), position, jitterProvider)
    const rebalanceResult = toRebalanceResult(room.cells, room.indices)
    return { index: room.index, needsRebalancing: true, rebalanceResult }
  }
}
