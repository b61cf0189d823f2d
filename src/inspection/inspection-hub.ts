import type { AnyActorRef, InspectionEvent } from 'xstate'
import { ActorBook, type BookEntry, type Inspected, type ShownSnapshot } from './actor-book.js'
import { type ContextFields } from './allow-list.js'
import { LeanStream } from './lean-stream.js'
import { StatelyStream } from './stately-stream.js'

/** Receives one protocol. */
export interface InspectionSink<Message> {
  /** False: it cannot take more now. Nothing is kept for it, and it is brought up to date when it can again. */
  isReady(): boolean
  send(message: Message): void
}

interface Family {
  readonly children?: Readonly<Record<string, AnyActorRef | undefined>>
}

/** Stands where the event stands that brought an actor to its first state, for one that was there before. */
const introduction = 'inspection.begin'

/** Options of a hub. */
export interface HubOptions {
  readonly fields: ContextFields
  readonly frameMs: number
  readonly now?: () => number
}

/** Turns what XState tells an observer into the two protocols, for any number of receivers. */
export class InspectionHub {
  readonly lean: LeanStream
  readonly stately: StatelyStream
  readonly #book: ActorBook
  #isStopped = false

  constructor({ fields, frameMs, now = Date.now }: HubOptions) {
    this.#book = new ActorBook(fields, now)
    this.lean = new LeanStream(this.#book, frameMs, now)
    this.stately = new StatelyStream(this.#book, now)
  }

  /** The observer. It does nothing once the hub is stopped. */
  observe(event: InspectionEvent): void {
    if (this.#isStopped || event.type === '@xstate.action') return
    const entry = this.#book.entryOf(event.actorRef as unknown as Inspected, event.rootId)
    switch (event.type) {
      case '@xstate.actor':
        this.lean.touch(entry)
        return this.stately.actor(entry)
      case '@xstate.event':
        this.lean.note(event, entry)
        return this.stately.event(event, entry)
      case '@xstate.microstep':
        return this.lean.transition(event, entry)
      case '@xstate.snapshot': {
        this.#take(entry, event.snapshot as ShownSnapshot, event.event.type)
        this.lean.begin(event.event.type, entry)
        this.lean.touch(entry)
        return this.stately.snapshot(event, entry)
      }
    }
  }

  /** Introduces an actor that lives already, as it stands, and all below it. */
  introduce(actor: AnyActorRef, root = actor.sessionId): void {
    if (this.#isStopped) return
    const entry = this.#book.entryOf(actor as unknown as Inspected, root)
    const snapshot = actor.getSnapshot() as ShownSnapshot & Family
    entry.snapshot = snapshot
    this.lean.begin(introduction, entry)
    this.lean.touch(entry)
    this.stately.actor(entry)
    for (const child of Object.values(snapshot.children ?? {})) if (child) this.introduce(child, root)
  }

  /** Ends both protocols; receivers get nothing more. */
  stop(): void {
    this.#isStopped = true
    this.lean.stop()
    this.stately.stop()
  }

  #take(entry: BookEntry, snapshot: ShownSnapshot, cause: string): void {
    entry.snapshot = snapshot
    if (snapshot.status !== 'active' || cause === 'xstate.stop') this.#book.end(entry)
  }
}
