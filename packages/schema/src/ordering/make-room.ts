import { isNoRoomError } from './between.js'
import type { CellReference } from './cell-reference.js'
import { withJitter } from './fractional-index.js'
import type { JitterProvider } from './jitter.js'
import { spreadKeys } from './spread.js'

/**
 * Indices longer than this are not handed out while neighbours can move closer together. Sixty-four digits are some
 * 300 inserts at the very same place; the limit keeps rows small when somebody goes on beyond that.
 */
export const MAXIMUM_INDEX_LENGTH = 64

/** After making room no index is longer than this, so that room is made seldom. */
const ROOMY_INDEX_LENGTH = 12

/** An index for a new cell, and new indices for the run of cells around it. */
export type Room = {
  index: string
  cells: ReadonlyArray<CellReference>
  indices: ReadonlyArray<string>
}

type Window = { start: number; end: number }

/**
 * Makes room at a place among sorted cells: gives new indices to the smallest run of cells around it that then
 * leaves room for one more.
 *
 * @param position where the new cell goes: 0 is before the first cell, `sorted.length` after the last
 */
export const makeRoom = (
  sorted: ReadonlyArray<CellReference>,
  position: number,
  jitterProvider: JitterProvider,
): Room => {
  const place = Math.min(Math.max(position, 0), sorted.length)
  for (const window of windowsAround(place, sorted.length)) {
    const keys = keysFor(sorted, window)
    if (keys !== undefined) return toRoom(sorted, window, keys, place, jitterProvider)
  }
  throw new Error(
    `No order was found for ${sorted.length} cells and one more at place ${place}: report this.`,
  )
}

/** Runs of cells that touch the place: of one cell, of two, then twice as many each time, at last all cells. */
function* windowsAround(place: number, length: number): Generator<Window> {
  for (let size = 1; size < length; size *= 2) {
    const middle = place - Math.floor(size / 2)
    const starts = new Set([place, place - size, middle].map((start) => clamp(start, length - size)))
    for (const start of starts) yield { start, end: start + size }
  }
  yield { start: 0, end: length }
}

const clamp = (start: number, last: number): number => Math.min(Math.max(start, 0), last)

const keysFor = (sorted: ReadonlyArray<CellReference>, { start, end }: Window): Array<string> | undefined => {
  const lower = sorted[start - 1]?.fractionalIndex ?? null
  const upper = sorted[end]?.fractionalIndex ?? null
  const isWhole = start === 0 && end === sorted.length
  if (!isWhole && end < sorted.length && !upper) return undefined
  try {
    const keys = spreadKeys(lower, upper, end - start + 1)
    return isWhole || keys.every((key) => key.length <= ROOMY_INDEX_LENGTH) ? keys : undefined
  } catch (error) {
    if (isNoRoomError(error)) return undefined
    throw error
  }
}

const toRoom = (
  sorted: ReadonlyArray<CellReference>,
  { start, end }: Window,
  keys: ReadonlyArray<string>,
  place: number,
  jitterProvider: JitterProvider,
): Room => {
  const slot = place - start
  const upper = keys[slot + 1] ?? sorted[end]?.fractionalIndex
  const key = keys[slot] ?? ''
  return {
    index: withJitter(key, upper, jitterProvider),
    cells: sorted.slice(start, end),
    indices: keys.toSpliced(slot, 1),
  }
}
