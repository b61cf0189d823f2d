import { DIGITS, RADIX } from './base36.js'
import { type Bound, keyBetween } from './between.js'
import { defaultJitterProvider, type JitterProvider } from './jitter.js'

const JITTER_PROBABILITY = 0.3
const JITTERED_KEY_LENGTH = 10

/** Sometimes appends a random digit to a key, as long as the result stays below `upper`. Never appends a `0`. */
export const withJitter = (key: string, upper: Bound, jitterProvider: JitterProvider): string => {
  const isJittered = jitterProvider.random() < JITTER_PROBABILITY && key.length < JITTERED_KEY_LENGTH
  if (!isJittered) return key
  const value = jitterProvider.randomInt(RADIX)
  const jittered = key + DIGITS.charAt(value)
  return value > 0 && (!upper || jittered < upper) ? jittered : key
}

/**
 * A new index between two others; a null, undefined or empty bound is open.
 *
 * Three times in ten a random digit is appended to a key shorter than 10, so that two clients that insert at the
 * same place seldom make the same key. The key never ends in `0`. Errors: `Invalid range` unless lower < upper,
 * `No string exists between` where nothing fits, `Invalid character` for a bound that is no index.
 */
export const fractionalIndexBetween = (
  lower: Bound,
  upper: Bound,
  jitterProvider: JitterProvider = defaultJitterProvider,
): string => withJitter(keyBetween(lower, upper), upper, jitterProvider)

/** `count` new indices between two others, each between the one before it and `upper`. */
export const generateFractionalIndices = (
  lower: Bound,
  upper: Bound,
  count: number,
  jitterProvider: JitterProvider = defaultJitterProvider,
): Array<string> => {
  const indices: Array<string> = []
  while (indices.length < count) {
    indices.push(fractionalIndexBetween(indices.at(-1) ?? lower, upper, jitterProvider))
  }
  return indices
}

/** An index for the first cell of a notebook. */
export const initialFractionalIndex = (jitterProvider: JitterProvider = defaultJitterProvider): string =>
  fractionalIndexBetween(null, null, jitterProvider)

/** True for a non-empty string of the digits 0-9 and a-z. */
export const isValidFractionalIndex = (index: string): boolean =>
  typeof index === 'string' && /^[0-9a-z]+$/.test(index)

/**
 * True when the valid indices of the list are strictly ascending; what is no index is passed over. The first pair
 * that is not in order is written to `console.error`.
 */
export const validateFractionalIndexOrder = (indices: ReadonlyArray<string | null | undefined>): boolean => {
  const valid = indices.filter((index) => typeof index === 'string' && isValidFractionalIndex(index))
  const place = valid.findIndex((index, at) => at > 0 && (valid[at - 1] ?? '') >= (index ?? ''))
  if (place < 0) return true
  // oxlint-disable-next-line no-console -- callers rely on the report, and there is no logger in this package
  console.error(
    `Fractional indices are out of order at place ${place}: "${valid[place - 1]}" is not before "${valid[place]}".`,
  )
  return false
}
