import type { OutputClock } from './clock.js'

/** Lets so many outputs through in each second, and counts the others. */
export interface OutputRate {
  /** Whether one more output may be written now. */
  admit(): boolean
  /** The line that tells readers how many outputs are missing; undefined when none is. */
  marker(): string | undefined
}

const windowMs = 1_000

/** A limit of `perSecond` outputs in each second that begins with an output. */
export function createOutputRate(perSecond: number, clock: Pick<OutputClock, 'now'>): OutputRate {
  let windowStart = -Infinity
  let inWindow = 0
  let dropped = 0

  function admit(): boolean {
    const now = clock.now()
    if (now - windowStart >= windowMs || now < windowStart) {
      windowStart = now
      inWindow = 0
    }
    inWindow++
    if (inWindow <= perSecond) return true
    dropped++
    return false
  }

  return {
    admit,
    marker: () =>
      dropped === 0 ? undefined : `[${dropped} outputs left out: more than ${perSecond} in one second]\n`,
  }
}
