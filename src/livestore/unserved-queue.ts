import { queryDb, Schema, type Store } from '@runtimed/schema'
import { createFailure, type Failure } from '../../machines/index.js'
import type { TimerClock } from './mirror.js'

/** How long requests may wait with no runtime before it is said, in milliseconds (the schedule-to-start limit of the targets). */
const defaultAfterMs = 60_000

const Counts = Schema.Struct({ waiting: Schema.Number, sessions: Schema.Number })

const counts$ = queryDb(
  {
    query: `SELECT (SELECT count(*) FROM executionQueue WHERE status = 'pending') AS waiting,
                   (SELECT count(*) FROM runtimeSessions WHERE isActive = 1) AS sessions`,
    schema: Schema.Array(Counts),
  },
  { label: 'queue.unserved' },
)

export interface UnservedQueueOptions {
  readonly store: Store
  readonly clock: TimerClock
  /** Default 60 000. */
  readonly afterMs?: number | undefined
  /** Told `noRuntime` once requests have waited that long with no session to run them, and undefined when that is over. */
  onChange(failure: Failure | undefined): void
}

/**
 * Watches a notebook for requests that nobody serves, by this client's own clock: the events carry no times. Returns the function
 * that stops it.
 */
export function watchUnservedQueue(options: UnservedQueueOptions): () => void {
  const { store, clock, afterMs = defaultAfterMs, onChange } = options
  let timer: unknown
  let isTold = false
  const tell = (waiting: number) => {
    isTold = true
    const message = `${waiting === 1 ? 'One request has' : `${waiting} requests have`} waited for ${afterMs / 1_000} s, and no runtime is connected to notebook "${store.storeId}".`
    onChange(createFailure('noRuntime', { message, details: { waiting } }))
  }
  const look = (waiting: number, sessions: number) => {
    const isUnserved = waiting > 0 && sessions === 0
    if (isUnserved)
      timer ??= clock.setTimeout(() => tell(store.query(counts$)[0]?.waiting ?? waiting), afterMs)
    else stopWaiting()
  }
  const stopWaiting = () => {
    if (timer !== undefined) clock.clearTimeout(timer)
    timer = undefined
    if (isTold) onChange(undefined)
    isTold = false
  }
  const unsubscribe = store.subscribe(counts$, ([counts]) => {
    if (counts) queueMicrotask(() => look(counts.waiting, counts.sessions))
  })
  return () => {
    unsubscribe()
    isTold = false
    stopWaiting()
  }
}
