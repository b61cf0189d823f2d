import { generateFractionalIndices, type JitterProvider } from '@runtimed/schema'

/** A cell that a notebook should have, in order, with the index it has in the store; `null` when it has none yet. */
export interface PlacedCell {
  readonly id: string
  readonly fractionalIndex: string | null
}

const NO_JITTER: JitterProvider = { random: () => 1, randomInt: () => 0 }

/**
 * The fractional indices that put cells into the given order while as many as possible keep theirs.
 *
 * @param cells all cells in the wanted order
 * @returns the cells that need an index, with it; cells that stay where they are do not appear
 */
export function placeCells(cells: readonly PlacedCell[]): Map<string, string> {
  try {
    return placeBetween(cells, longestAscent(cells))
  } catch {
    // Indices of other clients can leave no room between two cells: then all cells get new ones.
    return placeBetween(cells, new Set())
  }
}

function placeBetween(cells: readonly PlacedCell[], kept: ReadonlySet<string>): Map<string, string> {
  const placed = new Map<string, string>()
  let before: string | null = null
  let waiting: string[] = []
  for (const cell of [...cells, undefined]) {
    if (cell && !kept.has(cell.id)) {
      waiting.push(cell.id)
      continue
    }
    const after = cell?.fractionalIndex ?? null
    const indices = generateFractionalIndices(before, after, waiting.length, NO_JITTER)
    waiting.forEach((id, index) => placed.set(id, indices[index] ?? ''))
    before = after
    waiting = []
  }
  return placed
}

/** The ids of a longest subsequence of cells whose indices ascend strictly. */
function longestAscent(cells: readonly PlacedCell[]): Set<string> {
  const tails: { id: string; index: string; previous: Tail | undefined }[] = []
  type Tail = (typeof tails)[number]
  for (const { id, fractionalIndex } of cells) {
    if (fractionalIndex === null) continue
    const length = countBelow(tails, fractionalIndex)
    tails[length] = { id, index: fractionalIndex, previous: tails[length - 1] }
  }
  const kept = new Set<string>()
  for (let tail = tails.at(-1); tail; tail = tail.previous) kept.add(tail.id)
  return kept
}

function countBelow(tails: readonly { index: string }[], limit: string): number {
  let low = 0
  let high = tails.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((tails[middle]?.index ?? '') < limit) low = middle + 1
    else high = middle
  }
  return low
}
