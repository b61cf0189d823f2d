import { ServerAheadError, type SqliteDb, type SyncBackend } from '@livestore/common'
import { Eventlog, LeaderThreadCtx } from '@livestore/common/leader-thread'
import { Effect, Option, Queue, Stream, SubscriptionRef } from 'effect'
import type { LoggedEvent, SyncLog } from './sync-log.js'

/** Milliseconds between looks at an event log that does not have the pushed events yet; rare. */
const writeCheckMs = 5

/**
 * A LiveStore sync backend on a log in this process. A store needs one even when it is the only client: without a
 * backend every event stays pending for ever, and `store.events()` yields nothing.
 *
 * While `hasRoom` says no, nothing is accepted.
 */
export function createSyncBackend(
  log: SyncLog,
  hasRoom: () => boolean = () => true,
): SyncBackend.SyncBackendConstructor {
  return () =>
    Effect.gen(function* () {
      const isConnected = yield* SubscriptionRef.make(true)
      return {
        connect: Effect.void,
        ping: Effect.void,
        isConnected,
        metadata: { name: 'in-process', description: 'A log in the memory of this process' },
        supports: { pullPageInfoKnown: true, pullLive: true },
        push: (batch) => Effect.zipRight(untilWritten(batch, hasRoom), pushTo(log, batch)),
        pull: (cursor) => followLog(log, Option.match(cursor, { onNone: () => 0, onSome: numberOf })),
      } satisfies SyncBackend.SyncBackend
    })
}

function numberOf(cursor: { readonly eventSequenceNumber: number }): number {
  return cursor.eventSequenceNumber
}

/**
 * LiveStore hands events to the backend before it has written them, and goes on when writing them fails. Confirming
 * such an event would put the backend ahead of the event log on disk, and the store could never be opened again.
 */
function untilWritten(batch: readonly LoggedEvent[], hasRoom: () => boolean): Effect.Effect<void> {
  const last = batch[batch.length - 1]?.seqNum ?? 0
  return Effect.gen(function* () {
    const leader = yield* Effect.serviceOption(LeaderThreadCtx)
    if (Option.isNone(leader)) return
    while (!hasWritten(leader.value.dbEventlog, last) || !hasRoom()) yield* Effect.sleep(writeCheckMs)
  })
}

/** A failed write can leave the events in a transaction that stays open: visible here, and never on disk. */
function hasWritten(eventlog: SqliteDb, last: number): boolean {
  return Eventlog.getClientHeadFromDb(eventlog).global >= last && !isInTransaction(eventlog)
}

/** SQLite refuses to begin a transaction within another, and an empty one costs nothing. */
function isInTransaction(database: SqliteDb): boolean {
  try {
    database.execute('BEGIN', undefined)
  } catch {
    return true
  }
  database.execute('COMMIT', undefined)
  return false
}

function pushTo(log: SyncLog, batch: readonly LoggedEvent[]): Effect.Effect<void, ServerAheadError> {
  return Effect.suspend(() => {
    const conflict = log.push(batch)
    return conflict === undefined ? Effect.void : Effect.fail(new ServerAheadError(conflict as never))
  })
}

function followLog(log: SyncLog, cursor: number): Stream.Stream<SyncBackend.PullResItem> {
  const batches = Effect.gen(function* () {
    const queue = yield* Queue.unbounded<readonly LoggedEvent[]>()
    const stop = log.follow(cursor, (batch) => Queue.unsafeOffer(queue, batch))
    yield* Effect.addFinalizer(() => Effect.sync(stop))
    return Stream.concat(Stream.make([]), Stream.fromQueue(queue)).pipe(Stream.map(toPage))
  })
  return Stream.unwrapScoped(batches)
}

function toPage(batch: readonly LoggedEvent[]): SyncBackend.PullResItem {
  return {
    batch: batch.map((eventEncoded) => ({ eventEncoded, metadata: Option.none() })),
    pageInfo: { _tag: 'NoMore' },
  }
}
