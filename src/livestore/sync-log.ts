import type { LiveStoreEvent } from '@livestore/livestore'

/** An event in the total order of the backend. */
export type LoggedEvent = LiveStoreEvent.Global.Encoded

/** Why a push was refused: others have pushed first, and the pusher has to pull and rebase. */
export interface LogConflict {
  readonly minimumExpectedNum: number
  readonly providedNum: number
}

/** Options of {@link createSyncLog}. */
export interface SyncLogOptions {
  /**
   * Keeps every event, so that a second client can pull from the beginning. Default false: an event is forgotten as
   * soon as its one client has it back, because that client's event log on disk is the record.
   */
  readonly keepEvents?: boolean
  /**
   * Milliseconds in which accepted events gather before clients get them, default 0. A store spends about as much on
   * taking one event back as on taking a hundred.
   */
  readonly echoDelayMs?: number
}

/** One total order of events in memory, which clients push to and follow. Always answers at once. */
export interface SyncLog {
  /** Number of the last accepted event; 0 before the first client has come. */
  readonly head: number
  /** Calls the listener after every accepted push. Returns the stop function. */
  onPush(listener: () => void): () => void
  /** Appends; events the log already has are accepted again. Returns the conflict when others were first. */
  push(batch: readonly LoggedEvent[]): LogConflict | undefined
  /** Events after `cursor`, handed over at once, and then every accepted batch. Returns the stop function. */
  follow(cursor: number, receive: (batch: readonly LoggedEvent[]) => void): () => void
}

/** Creates an empty log; its numbering starts where the first client that pushes or follows stands. */
export function createSyncLog(options: SyncLogOptions = {}): SyncLog {
  const { keepEvents = false, echoDelayMs = 0 } = options
  const followers = new Set<() => void>()
  const pushListeners = new Set<() => void>()
  let events: LoggedEvent[] = []
  let head: number | undefined
  let echo: NodeJS.Timeout | undefined

  const broadcast = (): void => {
    echo = undefined
    for (const follower of followers) follower()
    if (!keepEvents && followers.size > 0) events = []
  }
  const scheduleBroadcast = (): void => {
    if (echoDelayMs === 0) return broadcast()
    echo ??= setTimeout(broadcast, echoDelayMs)
    echo.unref?.()
  }

  return {
    get head() {
      return head ?? 0
    },
    onPush(listener) {
      pushListeners.add(listener)
      return () => pushListeners.delete(listener)
    },
    push(batch) {
      head ??= batch[0]?.parentSeqNum ?? 0
      const known = head
      const fresh = batch.filter((event) => event.seqNum > known)
      const first = batch[0]
      const conflicts = fresh[0] !== undefined && fresh[0].parentSeqNum !== known
      if (first !== undefined && (conflicts || !isRepeat(batch, known, events, keepEvents))) {
        return { minimumExpectedNum: known + 1, providedNum: first.seqNum }
      }
      if (fresh.length === 0) return undefined
      events.push(...fresh)
      head = fresh[fresh.length - 1]?.seqNum ?? known
      scheduleBroadcast()
      for (const listener of pushListeners) listener()
      return undefined
    },
    follow(cursor, receive) {
      head ??= cursor
      let sent = cursor
      const deliver = (): void => {
        const batch = events.filter((event) => event.seqNum > sent)
        sent = batch[batch.length - 1]?.seqNum ?? sent
        if (batch.length > 0) receive(batch)
      }
      deliver()
      followers.add(deliver)
      return () => followers.delete(deliver)
    },
  }
}

function isRepeat(
  batch: readonly LoggedEvent[],
  head: number,
  events: readonly LoggedEvent[],
  keepEvents: boolean,
): boolean {
  if (!keepEvents) return true
  return batch
    .filter((event) => event.seqNum <= head)
    .every((event) => isSameEvent(event, events[event.seqNum - 1]))
}

function isSameEvent(left: LoggedEvent, right: LoggedEvent | undefined): boolean {
  return (
    right !== undefined &&
    left.seqNum === right.seqNum &&
    left.clientId === right.clientId &&
    left.sessionId === right.sessionId &&
    left.name === right.name &&
    JSON.stringify(left.args) === JSON.stringify(right.args)
  )
}
