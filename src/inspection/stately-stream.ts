import type { InspectionEvent } from 'xstate'
import type { ActorBook, BookEntry, ShownSnapshot } from './actor-book.js'
import { pickEvent } from './allow-list.js'
import type { InspectionSink } from './inspection-hub.js'

/** Version of the protocol of `@statelyai/inspect` that is spoken. */
const version = '0.7.2'

interface StatelyBase {
  readonly _version: string
  readonly sessionId: string
  readonly rootId: string
  /** Milliseconds since 1970, as text. */
  readonly createdAt: string
  readonly id: null
}

interface StatelySnapshot {
  readonly status: string
  readonly value?: unknown
  readonly context?: unknown
}

/** A message of `@statelyai/inspect`, as its receivers take it. */
export type StatelyMessage = StatelyBase &
  (
    | {
        readonly type: '@xstate.actor'
        readonly name: string
        readonly parentId?: string
        /** The machine as JSON text; for an actor without states only its id. */
        readonly definition: string
        readonly snapshot: StatelySnapshot
      }
    | { readonly type: '@xstate.event'; readonly event: { type: string }; readonly sourceId?: string }
    | {
        readonly type: '@xstate.snapshot'
        readonly event: { type: string }
        readonly snapshot: StatelySnapshot
      }
  )

type EventOf<Type> = Extract<InspectionEvent, { type: Type }>

/**
 * The protocol of `@statelyai/inspect`: a message for each actor, event and snapshot. Costs nothing while nobody receives it; a
 * receiver that comes late, or was not ready, is told all actors first.
 */
export class StatelyStream {
  readonly #book: ActorBook
  readonly #now: () => number
  readonly #sinks = new Map<InspectionSink<StatelyMessage>, { isBehind: boolean }>()
  readonly #definitions = new Map<string, string>()

  constructor(book: ActorBook, now: () => number) {
    this.#book = book
    this.#now = now
  }

  /** Introduces all actors to the receiver, and from then on sends what happens. Returns the function that ends it. */
  subscribe(sink: InspectionSink<StatelyMessage>): () => void {
    const state = { isBehind: false }
    this.#sinks.set(sink, state)
    this.#introduceAll(sink, state)
    return () => void this.#sinks.delete(sink)
  }

  /** Introduces all actors once more. */
  introduce(): void {
    for (const [sink, state] of this.#sinks) this.#introduceAll(sink, state)
  }

  actor(entry: BookEntry): void {
    if (this.#sinks.size > 0) this.#send(this.#introduction(entry))
  }

  event({ event, sourceRef }: EventOf<'@xstate.event'>, entry: BookEntry): void {
    if (this.#sinks.size === 0) return
    const source = sourceRef === undefined ? {} : { sourceId: sourceRef.sessionId }
    this.#send({ type: '@xstate.event', ...this.#base(entry), event: pickEvent(event), ...source })
  }

  snapshot({ event, snapshot }: EventOf<'@xstate.snapshot'>, entry: BookEntry): void {
    if (this.#sinks.size === 0) return
    const shown = this.#shown(entry, snapshot as ShownSnapshot)
    this.#send({ type: '@xstate.snapshot', ...this.#base(entry), event: pickEvent(event), snapshot: shown })
  }

  stop(): void {
    this.#sinks.clear()
  }

  #send(message: StatelyMessage): void {
    for (const [sink, state] of this.#sinks) {
      if (!sink.isReady()) state.isBehind = true
      else if (state.isBehind) this.#introduceAll(sink, state)
      else sink.send(message)
    }
  }

  #introduceAll(sink: InspectionSink<StatelyMessage>, state: { isBehind: boolean }): void {
    state.isBehind = !sink.isReady()
    if (state.isBehind) return
    for (const entry of this.#book.entries) sink.send(this.#introduction(entry))
  }

  #introduction(entry: BookEntry): StatelyMessage {
    const parent = entry.parent === null ? {} : { parentId: entry.parent }
    return {
      type: '@xstate.actor',
      ...this.#base(entry),
      name: entry.name,
      ...parent,
      definition: this.#definitionOf(entry),
      snapshot: this.#shown(entry, entry.snapshot),
    }
  }

  #definitionOf({ name, machine }: BookEntry): string {
    if (machine === null) return JSON.stringify({ id: name })
    const known = this.#definitions.get(machine.id)
    if (known !== undefined) return known
    const text = JSON.stringify(machine.definition)
    this.#definitions.set(machine.id, text)
    return text
  }

  #shown(entry: BookEntry, snapshot: ShownSnapshot): StatelySnapshot {
    const context = this.#book.contextOf(entry, snapshot)
    return {
      status: entry.endedAt !== undefined && snapshot.status === 'active' ? 'stopped' : snapshot.status,
      ...(snapshot.value !== undefined && { value: snapshot.value }),
      ...(context && { context }),
    }
  }

  #base({ id, root }: BookEntry): StatelyBase {
    return { _version: version, sessionId: id, rootId: root, createdAt: String(this.#now()), id: null }
  }
}
