import type { Store } from '@runtimed/schema'

/** An event of a notebook's log. */
export interface StoredEvent {
  /** Wire name, for example `v1.ExecutionRequested`. */
  readonly name: string
  readonly args: Readonly<Record<string, unknown>>
  /** The process that wrote it. */
  readonly clientId: string
  /** The one of that process's stores, or the tab. */
  readonly sessionId: string
  readonly seqNum: { readonly global: number }
}

/** The log of a store as it is now, oldest event first; what is committed meanwhile is not in it. */
export async function* readStoredEvents(store: Store): AsyncGenerator<StoredEvent> {
  const head = Number(/^e(\d+)/.exec(store.syncStatus().localHead)?.[1] ?? 0)
  if (head === 0) return
  for await (const event of store.events() as AsyncIterable<StoredEvent>) {
    yield event
    if (event.seqNum.global >= head) return
  }
}
