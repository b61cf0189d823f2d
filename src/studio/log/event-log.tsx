import type { Store } from '@runtimed/schema'
import { useDeferredValue, useEffect, useState } from 'react'
import { useNotebook } from '../notebook-context.js'
import type { StoredEvent } from '../../livestore/stored-events.js'
import { followEvents } from '../store/event-history.js'

/** Rows that are shown at a time; the filter looks at all. */
const mostRows = 200

/** What was recorded in the notebook, latest first. */
export function EventLog() {
  const { notebook } = useNotebook()
  return <LogOf key={notebook.id} store={notebook.store} />
}

function LogOf({ store }: { store: Store }) {
  const events = useEvents(store)
  const [filter, setFilter] = useState('')
  const wanted = useDeferredValue(filter.trim().toLowerCase())
  const found = wanted === '' ? events : events.filter((event) => textOf(event).includes(wanted))
  const shown = found.slice(-mostRows).reverse()
  return (
    <section className="log" aria-label="Events">
      <input
        type="search"
        aria-label="Filter events"
        placeholder="Filter events"
        value={filter}
        onChange={(change) => setFilter(change.target.value)}
      />
      <p className="note" role="status">
        {found.length === events.length
          ? `${events.length} events`
          : `${found.length} of ${events.length} events`}
        {found.length > mostRows && `, the latest ${mostRows} shown`}
      </p>
      <ol className="log-rows" aria-label="Recorded events, latest first">
        {shown.map((event) => (
          <EventRow key={event.seqNum.global} event={event} />
        ))}
      </ol>
    </section>
  )
}

function EventRow({ event }: { event: StoredEvent }) {
  const [, version, name] = /^(v\d+)\.(.*)$/.exec(event.name) ?? ['', '', event.name]
  return (
    <li>
      <details>
        <summary>
          <span className="log-number">{event.seqNum.global}</span>
          <span className="log-name">{name}</span>
          <span className="log-version">{version}</span>
        </summary>
        <pre className="json" tabIndex={0} role="group" aria-label={`Event ${event.seqNum.global}`}>
          {JSON.stringify(event.args, null, 2).slice(0, 4_000)}
        </pre>
      </details>
    </li>
  )
}

function useEvents(store: Store): readonly StoredEvent[] {
  const [events, setEvents] = useState<readonly StoredEvent[]>([])
  useEffect(() => {
    return followEvents(store, (added) => setEvents((before) => [...before, ...added]))
  }, [store])
  return events
}

const textOf = (event: StoredEvent): string => `${event.name} ${JSON.stringify(event.args)}`.toLowerCase()
