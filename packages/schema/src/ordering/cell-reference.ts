import type { CellType } from '../cell-types.js'

/** What ordering needs to know of a cell. A cell without an index sorts first. */
export type CellReference = {
  readonly id: string
  readonly fractionalIndex: string | null
  readonly cellType: CellType
}

const compareText = (first: string, second: string): number => {
  if (first === second) return 0
  return first < second ? -1 : 1
}

/** The order of a notebook: by index, byte by byte as the database does it, and by id where indices are equal. */
export const compareCells = (
  first: Pick<CellReference, 'id' | 'fractionalIndex'>,
  second: Pick<CellReference, 'id' | 'fractionalIndex'>,
): number =>
  compareText(first.fractionalIndex ?? '', second.fractionalIndex ?? '') || compareText(first.id, second.id)
