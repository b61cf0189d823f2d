import type { OutputClock } from '@runtimed/agent-core'

/** A clock that moves only when told. */
export interface SimulatedClock extends OutputClock {
  advance(milliseconds: number): void
}

export function createSimulatedClock(): SimulatedClock {
  const timers = new Map<number, { at: number; callback: () => void }>()
  let now = 0
  let lastHandle = 0

  function runDue(): void {
    for (const [handle, { at, callback }] of timers) {
      if (at > now) continue
      timers.delete(handle)
      callback()
    }
  }

  return {
    now: () => now,
    setTimeout: (callback, milliseconds) => {
      lastHandle += 1
      timers.set(lastHandle, { at: now + milliseconds, callback })
      return lastHandle
    },
    clearTimeout: (handle) => void timers.delete(handle as number),
    advance: (milliseconds) => {
      now += milliseconds
      runDue()
    },
  }
}
