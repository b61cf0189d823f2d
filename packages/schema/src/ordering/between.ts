import { digitOf, RADIX, requireDigits, valueAt } from './base36.js'

/** An end of the order: nothing lies beyond. */
export type Bound = string | null | undefined

const FIRST_KEY = 'm'
const MIDDLE_DIGIT = 'h'
const LAST_INCREMENTED_VALUE = RADIX - 3

const INVALID_RANGE = 'Invalid range'
const NO_KEY_BETWEEN = 'No string exists between'

const noKeyBetween = (lower: string, upper: string): Error =>
  new Error(
    `${NO_KEY_BETWEEN} "${lower}" and "${upper}" in base36 encoding: "${upper}" only adds zeros. Give one of the two cells a new index first.`,
  )

/** True for the two errors that say that no key fits between two bounds. */
export const isNoRoomError = (error: unknown): error is Error =>
  error instanceof Error && (error.message.includes(NO_KEY_BETWEEN) || error.message.includes(INVALID_RANGE))

/**
 * The shortest natural key between two bounds, without jitter.
 *
 * It never ends in `0`, since nothing fits between `x` and `x0`: any key made here leaves room on both sides.
 * That is why the key between `a` and `a1` is `a0h` and not `a0`, between `a` and `a01` is `a00h`, and why there is
 * none between `a` and `a00`. No key fits between `a` and `a0` either: data of other clients can hold such pairs.
 *
 * Throws `Invalid range` unless lower < upper, `No string exists between` where nothing fits, `Invalid character`
 * for a bound that is no index.
 */
export const keyBetween = (lower: Bound, upper: Bound): string => {
  if (lower) requireDigits(lower)
  if (upper) requireDigits(upper)
  if (!lower && !upper) return FIRST_KEY
  if (!upper) return keyAfter(lower ?? '')
  if (!lower) return keyBefore(upper) ?? fail(noKeyBetween('', upper))
  if (lower >= upper) throw new Error(`${INVALID_RANGE}: ${lower} >= ${upper}`)
  return keyInside(lower, upper)
}

const fail = (error: Error): never => {
  throw error
}

const keyInside = (lower: string, upper: string): string => {
  const shared = sharedPrefixLength(lower, upper)
  if (shared === lower.length) {
    const tail = keyBefore(upper.slice(shared)) ?? fail(noKeyBetween(lower, upper))
    return lower + tail
  }
  const lowValue = valueAt(lower, shared)
  const highValue = valueAt(upper, shared)
  if (highValue - lowValue > 1) {
    return lower.slice(0, shared) + digitOf(Math.floor((lowValue + highValue) / 2))
  }
  const head = lower.slice(0, shared + 1)
  const tail = lower.slice(shared + 1)
  return head + (tail === '' ? MIDDLE_DIGIT : keyAfter(tail))
}

const sharedPrefixLength = (first: string, second: string): number => {
  let length = 0
  while (length < first.length && first.charAt(length) === second.charAt(length)) length += 1
  return length
}

/** A key below `upper` and above its leading zeros; null when it is zeros only. */
const keyBefore = (upper: string): string | null => {
  const place = upper.search(/[^0]/)
  if (place < 0) return null
  const zeros = upper.slice(0, place)
  const value = valueAt(upper, place)
  return value > 1 ? zeros + digitOf(Math.floor(value / 2)) : `${zeros}0${MIDDLE_DIGIT}`
}

/** A key above `lower`: one step up at the right-most digit that has room for another step after it. */
const keyAfter = (lower: string): string => {
  const place = lower.replace(/z+$/, '').length - 1
  if (place < 0) return lower + MIDDLE_DIGIT
  const value = valueAt(lower, place)
  return value <= LAST_INCREMENTED_VALUE ? lower.slice(0, place) + digitOf(value + 1) : lower + MIDDLE_DIGIT
}
