import { type LiveStoreSchema, Schema } from '@livestore/livestore'
import type { CommitEvents, StoreEvent } from './check-events.js'
import { eventsSince } from './events-since.js'
import type { AnyStore } from './store-info.js'

/** A place that outlives the process, or the page, for events that a store's log may not have yet. */
export interface CommitJournal {
  /** What is kept is as safe as what is in the log: a claim that is kept may be acted on. Default false. */
  readonly isDurable?: boolean
  /**
   * Keeps the events of one submission, in the turn in which they are submitted, and, unless it `isDurable`, again as they are when they
   * are committed. `head` is the number of the last event that is in the log. Returns the function that forgets them, or undefined when
   * they could not be kept; it is called once they are durable, or refused, and not when the store dies before. Must not throw.
   */
  keep(events: CommitEvents, head: number): (() => void) | undefined
}

/** An event with its arguments encoded as JSON. */
export interface JournalEvent {
  readonly name: string
  readonly args: unknown
}

/** Events of one submission that are not known to be in the log, and the number of the last event before them. */
export interface JournalEntry {
  readonly parent: number
  readonly events: readonly JournalEvent[]
}

/** The event with its arguments as JSON. Throws when they do not fit. */
export function encodeEvent(schema: LiveStoreSchema, { name, args }: StoreEvent): JournalEvent {
  const definition = schema.eventsDefsMap.get(name)
  return { name, args: definition ? Schema.encodeUnknownSync(definition.schema)(args) : args }
}

function decodeEvent(schema: LiveStoreSchema, { name, args }: JournalEvent): StoreEvent | undefined {
  const definition = schema.eventsDefsMap.get(name)
  const decoded = definition && Schema.decodeUnknownEither(definition.schema)(args)
  return decoded?._tag === 'Right' ? { name, args: decoded.right } : undefined
}

const eventKey = ({ name, args }: JournalEvent): string => JSON.stringify([name, args])

/**
 * The events of the entries that are not in the store's log, in their order; without those that this version does not know or cannot
 * read. Compared without the client that committed them: another may have recovered them already.
 */
export async function missingEvents(
  store: AnyStore,
  entries: readonly JournalEntry[],
): Promise<readonly StoreEvent[]> {
  const { schema } = store
  const parent = Math.min(...entries.map((entry) => entry.parent))
  const known = new Map<string, number>()
  for (const event of await eventsSince(store, parent)) {
    const key = eventKey(encodeEvent(schema, event))
    known.set(key, (known.get(key) ?? 0) + 1)
  }
  return entries
    .flatMap(({ events }) => events)
    .filter((event) => {
      const key = eventKey(event)
      const count = known.get(key) ?? 0
      known.set(key, count - 1)
      return count <= 0
    })
    .map((event) => decodeEvent(schema, event))
    .filter((event) => event !== undefined)
}
