import type { Store as LiveStore } from '@livestore/livestore'
import { RegistryError } from '../errors.js'
import { viewBackend } from './backend-view.js'
import { StallWatch } from './stall-watch.js'
import type { AnyStore } from './store-info.js'
import type { StoredEvent } from './stored-events.js'

/** Milliseconds between looks at a leader that has not confirmed its log yet. */
export const confirmCheckMs = 20

/** Milliseconds without progress after which a log counts as one that cannot be read: as of a committer. */
const stallMs = 15_000

type EventsOptions = NonNullable<Parameters<LiveStore['events']>[0]>

/** The place behind the event of this number, as `store.events()` takes it. */
export const position = (global: number) =>
  ({ global, client: 0, rebaseGeneration: 0 }) as unknown as NonNullable<EventsOptions['since']>

/**
 * The events that stand in the log now, after the one of this number. Only what the leader's backend has confirmed can be read, so it
 * waits for that, also for another leader. Rejects with `STORE_STALLED` when nothing has moved for 15 s.
 */
export async function eventsSince(store: AnyStore, parent: number): Promise<StoredEvent[]> {
  const stall = new StallWatch(stallMs)
  for (;;) {
    const view = await viewBackend(store).catch(() => undefined)
    const isConfirmed = view !== undefined && view.backendHead >= view.leaderHead
    const events = isConfirmed
      ? await readBetween(store, parent, view.leaderHead).catch(() => undefined)
      : undefined
    if (events) return events
    if (stall.look(`${view?.leaderHead} ${view?.backendHead}`)) throw stalled(store)
    await new Promise((resolve) => setTimeout(resolve, confirmCheckMs))
  }
}

async function readBetween(store: AnyStore, parent: number, head: number): Promise<StoredEvent[]> {
  if (head <= parent) return []
  const events: StoredEvent[] = []
  const options = { since: position(parent), until: position(head) }
  for await (const event of store.events(options)) events.push(event as StoredEvent)
  return events
}

const stalled = (store: AnyStore) =>
  new RegistryError(
    'STORE_STALLED',
    `The log of store "${store.storeId}" could not be read: its leader has not confirmed it, and nothing has moved for ${stallMs} ms. ` +
      'Look for a full disk; closing and opening the store reads it again.',
  )
