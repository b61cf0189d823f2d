import { createRandom } from '../faults/random.js'

/** Random choices of an attack. */
export interface Choices {
  /** A whole number from 0 up to the limit, without it. */
  below(limit: number): number
  pick<Item>(items: readonly Item[]): Item
  /** True once in so many times. */
  oneIn(times: number): boolean
}

/** Choices that depend on the seed alone. */
export function createChoices(seed: number): Choices {
  const random = createRandom(seed)
  const below = (limit: number) => Math.floor(random() * limit)
  return {
    below,
    pick: <Item>(items: readonly Item[]) => items[below(items.length)] as Item,
    oneIn: (times) => below(times) === 0,
  }
}
