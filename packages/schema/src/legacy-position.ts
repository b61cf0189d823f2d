const RADIX = 36
const LAST_SINGLE_DIGIT_POSITION = RADIX - 1

const toDigit = (value: number): string => value.toString(RADIX)

/** Digits of a whole number after one digit that tells how many there are: longer numbers sort later. */
const countedDigits = (value: number): string => {
  const digits = value.toString(RADIX)
  return toDigit(digits.length) + digits
}

/** As `countedDigits`, with every digit mirrored: greater numbers sort earlier. */
const mirroredDigits = (value: number): string =>
  countedDigits(value).replace(/./g, (digit) => toDigit(RADIX - 1 - Number.parseInt(digit, RADIX)))

const toSafeInteger = (position: number): number => {
  if (Number.isNaN(position)) return 0
  return Math.min(Math.max(Math.floor(position), -Number.MAX_SAFE_INTEGER), Number.MAX_SAFE_INTEGER)
}

/**
 * Fractional index of an integer position, as `v1.CellCreated` and `v1.CellMoved` carry it.
 *
 * Positions sort as their indices do: 0 to 35 are `a0` to `az`; greater ones start with `az`, negative ones
 * with `9`. A fraction is rounded down, NaN counts as 0, and numbers beyond the safe integers as the nearest one.
 */
export const legacyPositionIndex = (position: number): string => {
  const whole = toSafeInteger(position)
  if (whole < 0) return `9${mirroredDigits(-whole)}h`
  if (whole > LAST_SINGLE_DIGIT_POSITION) return `az${countedDigits(whole - RADIX)}h`
  return `a${toDigit(whole)}`
}
