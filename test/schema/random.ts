/** Reproducible random choices (mulberry32). */
export type Random = {
  /** A whole number from 0 up to, and without, `limit`. */
  below: (limit: number) => number
  /** True one time in `times`. */
  oneIn: (times: number) => boolean
  /** A member of a list that is not empty. */
  pick: <T>(list: ReadonlyArray<T>) => T
}

export const createRandom = (seed: number): Random => {
  let state = seed
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const below = (limit: number): number => Math.floor(next() * limit)
  const pick = <T>(list: ReadonlyArray<T>): T => {
    if (list.length === 0) throw new Error('nothing to pick from')
    return list[below(list.length)] as T
  }
  return { below, oneIn: (times) => below(times) === 0, pick }
}
