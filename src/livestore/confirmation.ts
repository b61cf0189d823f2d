import { createFailure, FailureError } from '../../machines/index.js'
import type { Committer, Submission } from './committer.js'
import type { TimerClock } from './mirror.js'

/** Milliseconds that a claim waits for a sync backend that cannot be reached; its client tries again every 30 s at least. */
const offlineLimitMs = 60_000

/**
 * Resolves when the sync backend has what was submitted. Rejects with `storeOffline` when it cannot be reached for a minute, and as
 * the submission does when the store ends. One that is connected and slow is waited for: a standstill ends as `storeStalled`.
 */
export function untilConfirmed(
  { confirmed }: Submission,
  committer: Committer,
  clock: TimerClock,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const wait = () =>
      clock.setTimeout(() => {
        if (committer.isOffline) reject(offline())
        else timer = wait()
      }, offlineLimitMs)
    let timer = wait()
    void confirmed.then(resolve, reject).finally(() => clock.clearTimeout(timer))
  })
}

const offline = () =>
  new FailureError(
    createFailure('storeOffline', {
      message: `The notebook's sync backend could not be reached for ${offlineLimitMs / 1000} s, so that nobody can tell whether another session has taken this request; it was not run.`,
    }),
  )
