import { events } from '@runtimed/schema'
import type { TimerClock } from './mirror.js'
import type { NotebookEvent } from './fact-to-events.js'

/** While something runs or waits: the interval that existing clients expect (contract 3.11). */
const busyIntervalMs = 15_000
/** While nothing does, the interval doubles up to this, so that an idle session soon writes one event an hour. */
const idleIntervalMs = 3_600_000
/** A renewal is valid for two intervals, as upstream's 30 s for 15 s. */
const validIntervals = 2

/** The wait before the next renewal: short while busy, else twice the last one, up to an hour. */
export const nextRenewalMs = (busy: boolean, lastIntervalMs: number): number =>
  busy ? busyIntervalMs : Math.min(idleIntervalMs, lastIntervalMs * 2)

export interface RenewalOptions {
  readonly sessionId: string
  readonly clock: TimerClock
  readonly now: () => Date
  readonly isBusy: () => boolean
  readonly write: (event: NotebookEvent) => void
  /** Told the timer of the next renewal; undefined when there is none any more. */
  readonly onTimer?: (timer: unknown) => void
}

/** A session that is being renewed. */
export interface Renewal {
  /** Work has arrived: renew at once if the last renewal was made for an idle session, or is overdue because the machine slept. */
  wake(): void
  /** Renews at once. */
  renew(): void
  stop(): void
}

/** Renews a session from now on, the first time at once. */
export function renewSession(options: RenewalOptions): Renewal {
  const { clock, sessionId } = options
  let timer: unknown
  let intervalMs = busyIntervalMs
  let renewedAt = options.now()
  const write = () => {
    renewedAt = options.now()
    const validForMs = intervalMs * validIntervals
    options.write(events.runtimeSessionRenewal({ sessionId, renewedAt, validForMs }))
    timer = clock.setTimeout(() => {
      intervalMs = nextRenewalMs(options.isBusy(), intervalMs)
      write()
    }, intervalMs)
    options.onTimer?.(timer)
  }
  const renew = () => {
    clock.clearTimeout(timer)
    intervalMs = busyIntervalMs
    write()
  }
  write()
  return {
    wake: () => {
      const isOverdue = options.now().getTime() - renewedAt.getTime() > intervalMs
      if (intervalMs !== busyIntervalMs || isOverdue) renew()
    },
    renew,
    stop: () => {
      clock.clearTimeout(timer)
      options.onTimer?.(undefined)
    },
  }
}
