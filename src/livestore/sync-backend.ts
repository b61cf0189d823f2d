import { ServerAheadError, type SyncBackend } from '@livestore/common'
import { Effect, Option, Queue, Stream, SubscriptionRef } from 'effect'
import type { LoggedEvent, SyncLog } from './sync-log.js'

/**
 * A LiveStore sync backend on a log in this process. A store needs one even when it is the only client: without a
 * backend every event stays pending for ever, and `store.events()` yields nothing.
 */
export function createSyncBackend(log: SyncLog): SyncBackend.SyncBackendConstructor {
  return () =>
    Effect.gen(function* () {
      const isConnected = yield* SubscriptionRef.make(true)
      return {
        connect: Effect.void,
        ping: Effect.void,
        isConnected,
        metadata: { name: 'in-process', description: 'A log in the memory of this process' },
        supports: { pullPageInfoKnown: true, pullLive: true },
        push: (batch) => Effect.suspend(() => pushTo(log, batch)),
        pull: (cursor) => followLog(log, Option.match(cursor, { onNone: () => 0, onSome: numberOf })),
      } satisfies SyncBackend.SyncBackend
    })
}

function numberOf(cursor: { readonly eventSequenceNumber: number }): number {
  return cursor.eventSequenceNumber
}

function pushTo(log: SyncLog, batch: readonly LoggedEvent[]): Effect.Effect<void, ServerAheadError> {
  const conflict = log.push(batch)
  return conflict === undefined ? Effect.void : Effect.fail(new ServerAheadError(conflict as never))
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
