/** Source of randomness for new indices, so that clients that insert at the same place seldom collide. */
export type JitterProvider = {
  /** A number from 0 up to, and without, 1. */
  random: () => number
  /** A whole number from 0 up to, and without, `max`. */
  randomInt: (max: number) => number
}

/** Jitter from `Math.random`. */
export const defaultJitterProvider: JitterProvider = {
  random: () => Math.random(),
  randomInt: (max) => Math.floor(Math.random() * max),
}

const MULTIPLIER = 1_103_515_245
const INCREMENT = 12_345
const MAXIMUM = 0x7fffffff

/**
 * Reproducible jitter: a linear congruential generator with the constants of C's `rand`. The product is computed
 * in double precision and so loses low bits on purpose: the sequences of existing clients depend on it.
 */
export const createTestJitterProvider = (seed = 0): JitterProvider => {
  let state = seed
  const random = (): number => {
    state = (state * MULTIPLIER + INCREMENT) & MAXIMUM
    return state / MAXIMUM
  }
  return { random, randomInt: (max) => Math.floor(random() * max) }
}
