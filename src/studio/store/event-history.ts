import type { Store } from '@runtimed/schema'
import { viewBackend } from '../../livestore/backend-view.js'
import type { AnyStore } from '../../livestore/store-info.js'

/** An event of the notebook's log, as it was read back. */
export interface LoggedEvent {
  readonly name: string
  readonly args: unknown
  readonly seqNum: { readonly global: number }
  readonly sessionId: string
}

/** Milliseconds between looks at a leader that has not confirmed its log yet. */
const confirmCheckMs = 20

type EventsOptions = NonNullable<Parameters<Store['events']>[0]>

const position = (global: number) =>
  ({ global, client: 0, rebaseGeneration: 0 }) as unknown as NonNullable<EventsOptions['since']>

/** The events that stand in the log now, after the one of this number. Reads again when the leading tab changes meanwhile. */
export async function eventsSince(store: Store, parent: number): Promise<LoggedEvent[]> {
  for (;;) {
    const events = await readSince(store, parent).catch(() => undefined)
    if (events) return events
    await new Promise((resolve) => setTimeout(resolve, confirmCheckMs))
  }
}

async function readSince(store: Store, parent: number): Promise<LoggedEvent[]> {
  const head = await confirmedHead(store)
  if (head <= parent) return []
  const events: LoggedEvent[] = []
  const options = { since: position(parent), until: position(head) }
  for await (const event of store.events(options)) events.push(event as LoggedEvent)
  return events
}

/**
 * Calls back with the events of the log in order, those of the past first, several at a time. Returns the function that stops it.
 */
export function followEvents(store: Store, listener: (events: readonly LoggedEvent[]) => void): () => void {
  let isOpen = true
  let gathered: LoggedEvent[] = []
  const flush = () => {
    const events = gathered
    gathered = []
    if (isOpen) listener(events)
  }
  let last = 0
  const read = async () => {
    for await (const event of store.events({ since: position(last) })) {
      if (!isOpen) return
      if (gathered.length === 0) setTimeout(flush, confirmCheckMs)
      gathered.push(event as LoggedEvent)
      last = (event as LoggedEvent).seqNum.global
    }
  }
  const again = (): void => {
    if (isOpen) read().catch(() => setTimeout(again, confirmCheckMs))
  }
  again()
  return () => (isOpen = false)
}

/** Only what the leader's backend has confirmed can be read. */
async function confirmedHead(store: Store): Promise<number> {
  for (;;) {
    const { leaderHead, backendHead } = await viewBackend(store as unknown as AnyStore)
    if (backendHead >= leaderHead) return leaderHead
    await new Promise((resolve) => setTimeout(resolve, confirmCheckMs))
  }
}
