import type { Store } from '@runtimed/schema'
import { confirmCheckMs, position } from '../../livestore/events-since.js'
import type { StoredEvent } from '../../livestore/stored-events.js'

/**
 * Calls back with the events of the log in order, those of the past first, several at a time. Returns the function that stops it.
 */
export function followEvents(store: Store, listener: (events: readonly StoredEvent[]) => void): () => void {
  let isOpen = true
  let gathered: StoredEvent[] = []
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
      gathered.push(event as StoredEvent)
      last = (event as StoredEvent).seqNum.global
    }
  }
  const again = (): void => {
    if (isOpen) read().catch(() => setTimeout(again, confirmCheckMs))
  }
  again()
  return () => (isOpen = false)
}
