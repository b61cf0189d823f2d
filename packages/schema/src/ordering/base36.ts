/** The digits of an index, in byte order. */
export const DIGITS = '0123456789abcdefghijklmnopqrstuvwxyz'

export const RADIX = DIGITS.length

export const digitOf = (value: number): string => DIGITS.charAt(value)

/** Value 0 to 35 of the digit at a place. Anything that is not a lower-case base-36 digit throws. */
export const valueAt = (text: string, place: number): number => {
  const digit = text.charAt(place)
  const value = digit === '' ? -1 : DIGITS.indexOf(digit)
  if (value < 0) {
    throw new Error(
      `Invalid character: ${digit} at place ${place} of the index "${text}". Expected 0-9 or a-z: pass an index that this package made.`,
    )
  }
  return value
}

/** Throws `Invalid character: …` unless every character is a digit. */
export const requireDigits = (text: string): void => {
  for (let place = 0; place < text.length; place += 1) valueAt(text, place)
}
