import type { CellType } from '../cell-types.js'
import { events } from '../events.js'
import { isNoRoomError } from './between.js'
import { type CellReference, compareCells } from './cell-reference.js'
import { fractionalIndexBetween } from './fractional-index.js'
import { defaultJitterProvider, type JitterProvider } from './jitter.js'
import { makeRoom, MAXIMUM_INDEX_LENGTH } from './make-room.js'
import { moveEvent, type RebalanceResult, toRebalanceResult } from './rebalance.js'

type CellCreatedEvent = ReturnType<typeof events.cellCreated2>
type CellMovedEvent = ReturnType<typeof events.cellMoved2>

/** Events that create a cell: moves that make room first, then the creation. */
export type CellOperationResult = {
  events: Array<CellCreatedEvent | CellMovedEvent>
  newCellId: string
  /** True when cells had to move to make room. */
  needsRebalancing: boolean
  /** How many cells had to move. Absent when none. */
  rebalanceCount?: number
}

/** Events that move a cell: moves that make room first, then its own. */
export type MoveOperationResult = {
  events: Array<CellMovedEvent>
  /** False when the cell is in its place already, or has no index. */
  moved: boolean
  /** True when other cells had to move to make room. */
  needsRebalancing: boolean
  /** How many other cells had to move. Absent when none. */
  rebalanceCount?: number
}

type Neighbour = CellReference | null

type NewCell = { id: string; cellType: CellType; createdBy: string }

type Placement = { index: string; rebalanceResult?: RebalanceResult }

const positionBetween = (
  cells: ReadonlyArray<CellReference>,
  cellBefore: Neighbour,
  cellAfter: Neighbour,
): number => {
  const before = cells.findIndex((cell) => cell.id === cellBefore?.id)
  if (before >= 0) return before + 1
  const after = cells.findIndex((cell) => cell.id === cellAfter?.id)
  return after >= 0 ? after : cells.length
}

const isOutOfOrder = (cellBefore: Neighbour, cellAfter: Neighbour): boolean =>
  Boolean(cellBefore?.fractionalIndex) &&
  Boolean(cellAfter?.fractionalIndex) &&
  (cellBefore?.fractionalIndex ?? '') > (cellAfter?.fractionalIndex ?? '')

/** An index between two cells, moving as few of the other cells as needed where it does not fit or gets too long. */
const placeBetween = (
  others: ReadonlyArray<CellReference>,
  cellBefore: Neighbour,
  cellAfter: Neighbour,
  jitterProvider: JitterProvider,
  actorId?: string,
): Placement => {
  const direct = tryBetween(cellBefore, cellAfter, jitterProvider)
  if (typeof direct === 'string' && (direct.length <= MAXIMUM_INDEX_LENGTH || others.length === 0)) {
    return { index: direct }
  }
  if (typeof direct !== 'string' && (others.length === 0 || isOutOfOrder(cellBefore, cellAfter))) throw direct
  const sorted = others.toSorted(compareCells)
  const room = makeRoom(sorted, positionBetween(sorted, cellBefore, cellAfter), jitterProvider)
  return { index: room.index, rebalanceResult: toRebalanceResult(room.cells, room.indices, actorId) }
}

const tryBetween = (
  cellBefore: Neighbour,
  cellAfter: Neighbour,
  jitterProvider: JitterProvider,
): string | Error => {
  try {
    return fractionalIndexBetween(cellBefore?.fractionalIndex, cellAfter?.fractionalIndex, jitterProvider)
  } catch (error) {
    if (isNoRoomError(error)) return error
    throw error
  }
}

const rebalanceFields = (
  rebalanceResult: RebalanceResult | undefined,
): { needsRebalancing: boolean; rebalanceCount?: number } => {
  const rebalanceCount = rebalanceResult?.events.length ?? 0
  return rebalanceCount > 0 ? { needsRebalancing: true, rebalanceCount } : { needsRebalancing: false }
}

/**
 * Events that create a cell between two others; with both neighbours null it goes to the end.
 *
 * Where nothing fits, or the new index would be longer than 64 digits, as few cells as needed move closer together.
 * Those moves name no actor. Throws `Invalid range` when the neighbours are the wrong way round, and when nothing
 * fits and `allCells` is empty.
 *
 * @param allCells all cells of the notebook, in any order: the rows of `cellReferences$`
 */
export const createCellBetween = (
  cellData: NewCell,
  cellBefore: Neighbour,
  cellAfter: Neighbour,
  allCells: ReadonlyArray<CellReference>,
  jitterProvider: JitterProvider = defaultJitterProvider,
): CellOperationResult => {
  const isAppended = cellBefore === null && cellAfter === null
  const before = isAppended ? (allCells.toSorted(compareCells).at(-1) ?? null) : cellBefore
  const { index, rebalanceResult } = placeBetween(allCells, before, cellAfter, jitterProvider)
  const { id, cellType, createdBy } = cellData
  const created = events.cellCreated2({ id, fractionalIndex: index, cellType, createdBy })
  return {
    events: [...(rebalanceResult?.events ?? []), created],
    newCellId: id,
    ...rebalanceFields(rebalanceResult),
  }
}

const isInPlace = (index: string, cellBefore: Neighbour, cellAfter: Neighbour): boolean => {
  const lower = cellBefore?.fractionalIndex
  const upper = cellAfter?.fractionalIndex
  if (!lower && !upper) return false
  return (!lower || index > lower) && (!upper || index < upper)
}

/**
 * The event that moves a cell between two others, without touching any other cell.
 *
 * Null when the cell has no index or lies there already; with both neighbours null always an event. Throws when
 * nothing fits there.
 */
export const moveCellBetween = (
  cell: CellReference,
  cellBefore: Neighbour,
  cellAfter: Neighbour,
  actorId?: string,
  jitterProvider: JitterProvider = defaultJitterProvider,
): CellMovedEvent | null => {
  if (!cell.fractionalIndex || isInPlace(cell.fractionalIndex, cellBefore, cellAfter)) return null
  const lower = cellBefore?.fractionalIndex
  const upper = cellAfter?.fractionalIndex
  return moveEvent(cell.id, fractionalIndexBetween(lower, upper, jitterProvider), actorId)
}

/**
 * Moves a cell between two others, making room where nothing fits.
 *
 * - in its place already, or without an index: nothing;
 * - it fits: `moveEvent`;
 * - nothing fits: `rebalanceResult` with new indices for as few other cells as needed, and the `moveEvent` that
 *   comes after them.
 *
 * All events name `actorId`, or nobody. Throws `Invalid range` when the neighbours are the wrong way round.
 */
export const moveCellWithRebalancing = (
  cell: CellReference,
  cellBefore: Neighbour,
  cellAfter: Neighbour,
  allCells: ReadonlyArray<CellReference>,
  options: { actorId?: string | undefined; jitterProvider?: JitterProvider | undefined } = {},
): { moveEvent?: CellMovedEvent; rebalanceResult?: RebalanceResult; needsRebalancing: boolean } => {
  const { actorId, jitterProvider = defaultJitterProvider } = options
  if (!cell.fractionalIndex || isInPlace(cell.fractionalIndex, cellBefore, cellAfter)) {
    return { needsRebalancing: false }
  }
  const others = allCells.filter(({ id }) => id !== cell.id)
  const placement = placeBetween(others, cellBefore, cellAfter, jitterProvider, actorId)
  const ownMove = moveEvent(cell.id, placement.index, actorId)
  return placement.rebalanceResult
    ? { moveEvent: ownMove, rebalanceResult: placement.rebalanceResult, needsRebalancing: true }
    : { moveEvent: ownMove, needsRebalancing: false }
}

const NOT_MOVED: MoveOperationResult = { events: [], moved: false, needsRebalancing: false }

const targetPosition = (
  sorted: ReadonlyArray<CellReference>,
  cellBefore: Neighbour,
  cellAfter: Neighbour,
): number =>
  cellBefore === null && cellAfter === null
    ? sorted.length - 1
    : positionBetween(sorted, cellBefore, cellAfter)

/**
 * As `moveCellWithRebalancing`, with all events in one list in the order to commit them. Also not moved: a cell
 * whose place in `allCells` is the one asked for.
 */
export const moveCellBetweenWithRebalancing = (
  cell: CellReference,
  cellBefore: Neighbour,
  cellAfter: Neighbour,
  allCells: ReadonlyArray<CellReference>,
  actorId?: string,
  jitterProvider: JitterProvider = defaultJitterProvider,
): MoveOperationResult => {
  const sorted = allCells.toSorted(compareCells)
  const position = sorted.findIndex(({ id }) => id === cell.id)
  if (position >= 0 && position === targetPosition(sorted, cellBefore, cellAfter)) return NOT_MOVED
  const isAppended = cellBefore === null && cellAfter === null
  const before = isAppended ? (sorted.findLast(({ id }) => id !== cell.id) ?? null) : cellBefore
  const options = { actorId, jitterProvider }
  const { moveEvent: ownMove, rebalanceResult } = moveCellWithRebalancing(
    cell,
    before,
    cellAfter,
    sorted,
    options,
  )
  if (ownMove === undefined) return NOT_MOVED
  return {
    events: [...(rebalanceResult?.events ?? []), ownMove],
    moved: true,
    ...rebalanceFields(rebalanceResult),
  }
}
