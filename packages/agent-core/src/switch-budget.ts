import type { OutputClock } from './clock.js'

/** Lets text change between the streams at once, as long as that does not happen too often. */
export interface SwitchBudget {
  /** Whether one more change may be shown at once. */
  admit(): boolean
}

/** Changes that may come at once after a while without any. */
const burst = 200

/** Changes that become free per second. */
const perSecond = 5

/** A full budget. */
export function createSwitchBudget(clock: Pick<OutputClock, 'now'>): SwitchBudget {
  let free = burst
  let lookedAt = clock.now()
  return {
    admit() {
      const now = clock.now()
      free = Math.min(burst, free + (Math.max(0, now - lookedAt) / 1000) * perSecond)
      lookedAt = now
      if (free < 1) return false
      free -= 1
      return true
    },
  }
}
