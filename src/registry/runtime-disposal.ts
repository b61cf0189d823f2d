import type { HandlerInstance } from '../execution/handler.js'
import type { TimerClock } from '../livestore/mirror.js'

/** How long a runtime may take to go by itself, then by force, in milliseconds (targets of the stop ladder). */
const disposeGraceMs = 5_000
const forceGraceMs = 5_000

/** Takes an instance down: politely, then by force; resolves in any case and never rejects. */
export async function disposeRuntime(instance: HandlerInstance, clock: TimerClock): Promise<void> {
  if (await succeedsWithin(() => instance.dispose(), disposeGraceMs, clock)) return
  await disposeByForce(instance, clock)
}

/** Takes an instance down by force; false when it refused, or did not answer in time. Never rejects. */
export const disposeByForce = (instance: HandlerInstance, clock: TimerClock): Promise<boolean> =>
  succeedsWithin(() => instance.dispose(true), forceGraceMs, clock)

/** True when the promise was fulfilled in time; a runtime that refuses to go is not gone. */
export function succeedsWithin(
  work: () => Promise<unknown>,
  delayMs: number,
  clock: TimerClock,
): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = clock.setTimeout(() => resolve(false), delayMs)
    const settle = (isGone: boolean) => () => {
      clock.clearTimeout(timer)
      resolve(isGone)
    }
    Promise.resolve().then(work).then(settle(true), settle(false))
  })
}
