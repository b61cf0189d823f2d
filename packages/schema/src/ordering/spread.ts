import { DIGITS, RADIX } from './base36.js'
import { type Bound, keyBetween } from './between.js'

/** Room between keys: this many times as many places as keys. More room makes later inserts shorter. */
const ROOM = 4n

const toNumber = (key: string, width: number): bigint =>
  Array.from(key.padEnd(width, '0')).reduce(
    (total, digit) => total * BigInt(RADIX) + BigInt(DIGITS.indexOf(digit)),
    0n,
  )

const toKey = (value: bigint, width: number): string =>
  value.toString(RADIX).padStart(width, '0').replace(/0+$/, '')

/**
 * `count` keys in ascending order, evenly spread between two bounds, as short as that allows: their length grows
 * with the logarithm of `count`. None ends in `0`. Throws as `keyBetween` does when nothing fits.
 */
export const spreadKeys = (lower: Bound, upper: Bound, count: number): Array<string> => {
  if (count <= 0) return []
  keyBetween(lower, upper)
  const wanted = BigInt(count + 1) * ROOM
  for (let width = 1; ; width += 1) {
    const low = toNumber((lower ?? '').slice(0, width), width) + (isCut(lower, width) ? 1n : 0n)
    const high = upper ? toNumber(upper.slice(0, width), width) : BigInt(RADIX) ** BigInt(width)
    if (high - low >= wanted) return keysFrom(low, high, count, width)
  }
}

const isCut = (bound: Bound, width: number): boolean => (bound ?? '').length > width

const keysFrom = (low: bigint, high: bigint, count: number, width: number): Array<string> => {
  const step = (place: number): bigint => low + ((high - low) * BigInt(place + 1)) / BigInt(count + 1)
  return Array.from({ length: count }, (_, place) => toKey(step(place), width))
}
