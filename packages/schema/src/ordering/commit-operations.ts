import type { CellType } from '../cell-types.js'
import type { events } from '../events.js'
import { createCellBetween, moveCellBetweenWithRebalancing } from './cell-operations.js'
import type { CellReference } from './cell-reference.js'
import { defaultJitterProvider, type JitterProvider } from './jitter.js'

type OrderingEvent = ReturnType<typeof events.cellCreated2> | ReturnType<typeof events.cellMoved2>

/** What the two functions need of a store. All events of one operation go to a single call. */
type CommitTarget = { commit: (...events: Array<OrderingEvent>) => void }

/** As `createCellBetween`, committed at once: either the whole operation or nothing. Returns the cell's id. */
export const createCellBetweenAndCommit = (
  store: CommitTarget,
  cellData: { id: string; cellType: CellType; createdBy: string },
  cellBefore: CellReference | null,
  cellAfter: CellReference | null,
  allCells: ReadonlyArray<CellReference>,
  jitterProvider: JitterProvider = defaultJitterProvider,
): string => {
  const result = createCellBetween(cellData, cellBefore, cellAfter, allCells, jitterProvider)
  store.commit(...result.events)
  return result.newCellId
}

/** As `moveCellBetweenWithRebalancing`, committed at once. Returns whether the cell moved; if not, nothing is committed. */
export const moveCellBetweenAndCommit = (
  store: CommitTarget,
  cell: CellReference,
  cellBefore: CellReference | null,
  cellAfter: CellReference | null,
  allCells: ReadonlyArray<CellReference>,
  actorId?: string,
  jitterProvider: JitterProvider = defaultJitterProvider,
): boolean => {
  const result = moveCellBetweenWithRebalancing(
    cell,
    cellBefore,
    cellAfter,
    allCells,
    actorId,
    jitterProvider,
  )
  if (result.moved) store.commit(...result.events)
  return result.moved
}
