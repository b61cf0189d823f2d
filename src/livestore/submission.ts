import type { CommitEvents } from './check-events.js'

/** Two moments in the life of what was submitted. Both reject with a coded error; neither needs to be awaited. */
export interface Submission {
  /** The events are in the local log: they survive the end of the process. */
  readonly durable: Promise<void>
  /** The sync backend has them in its total order, and the local rows are final for them. */
  readonly confirmed: Promise<void>
  /** A journal that is as durable as the log has the events already, and nothing that was submitted before can change them. */
  readonly isKept: boolean
}

/** A submission with the means to settle it. */
export interface PendingSubmission extends Submission {
  isKept: boolean
  readonly events: CommitEvents | (() => CommitEvents)
  /** A function must see everything submitted earlier in the tables. */
  readonly fresh: boolean
  /** Number of its last event in the global order, once committed. */
  head: number
  /** Forgets what a journal keeps of it. */
  forget: () => void
  readonly becomeDurable: () => void
  readonly becomeConfirmed: () => void
  readonly reject: (reason: unknown) => void
}

export function createSubmission(events: PendingSubmission['events'], fresh = true): PendingSubmission {
  const durable = createDeferred()
  const confirmed = createDeferred()
  const submission: PendingSubmission = {
    events,
    fresh,
    head: 0,
    isKept: false,
    forget: () => undefined,
    durable: durable.promise,
    confirmed: confirmed.promise,
    becomeDurable() {
      submission.forget()
      durable.resolve()
    },
    becomeConfirmed: confirmed.resolve,
    reject(reason) {
      durable.reject(reason)
      confirmed.reject(reason)
    },
  }
  return submission
}

interface Deferred {
  readonly promise: Promise<void>
  readonly resolve: () => void
  readonly reject: (reason: unknown) => void
}

function createDeferred(): Deferred {
  let resolve: () => void = () => undefined
  let reject: (reason: unknown) => void = () => undefined
  const promise = new Promise<void>((whenDone, whenFailed) => {
    resolve = whenDone
    reject = whenFailed
  })
  promise.catch(() => undefined)
  return { promise, resolve, reject }
}
