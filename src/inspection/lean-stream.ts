import type { InspectionEvent } from 'xstate'
import { type Microstep, transitionsOfStep } from '../../machines/transitions-of-step.js'
import { toDefinitionRecord, type ActorBook, type BookEntry, type ShownSnapshot } from './actor-book.js'
import type { InspectionSink } from './inspection-hub.js'
import type { InspectedValue, LeanFrame, LeanRecord, TransitionRecord } from './lean-frame.js'

/** Transitions in one frame; more are counted and left out. */
const transitionsPerFrame = 1_000

/** Transitions after which a frame is sent before its time: timers may be late in a busy program. */
const fullFrame = transitionsPerFrame / 2

/** Transitions that a viewer which comes late is told. */
const rememberedTransitions = 2_000

type EventOf<Type> = Extract<InspectionEvent, { type: Type }>

/**
 * Our own protocol: what changed, at most one frame in `frameMs` milliseconds, with the latest state of each actor and every
 * transition that fired. What it keeps is bounded, however long nobody takes it.
 */
export class LeanStream {
  readonly #book: ActorBook
  readonly #frameMs: number
  readonly #now: () => number
  /** Receivers, and whether they have missed something. */
  readonly #sinks = new Map<InspectionSink<LeanFrame>, { isBehind: boolean }>()
  readonly #dirty = new Set<BookEntry>()
  readonly #toldMachines = new Set<string>()
  readonly #values = new WeakMap<BookEntry, string>()
  readonly #senders = new WeakMap<object, string>()
  #transitions: TransitionRecord[] = []
  #remembered: TransitionRecord[] = []
  #dropped = 0
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(book: ActorBook, frameMs: number, now: () => number) {
    this.#book = book
    this.#frameMs = frameMs
    this.#now = now
  }

  /** Tells the receiver all that is known, and from then on what changes. Returns the function that ends it. */
  subscribe(sink: InspectionSink<LeanFrame>): () => void {
    this.#sinks.set(sink, { isBehind: true })
    this.#schedule()
    return () => void this.#sinks.delete(sink)
  }

  /** The actor is new or has changed. */
  touch(entry: BookEntry): void {
    this.#dirty.add(entry)
    this.#schedule()
  }

  /** Remembers who sent an event, until a transition of it fires. */
  note({ event, sourceRef }: EventOf<'@xstate.event'>, entry: BookEntry): void {
    const source = sourceRef?.sessionId
    if (source !== undefined && source !== entry.id) this.#senders.set(event, source)
  }

  /** The actor has a snapshot: the first one tells where it began, or where it stood when it was first seen. */
  begin(event: string, entry: BookEntry): void {
    if (entry.machine === null || this.#values.has(entry)) return
    const to = pathOf(entry.snapshot.value)
    this.#values.set(entry, to)
    this.#push({
      kind: 'transition',
      actor: entry.id,
      source: null,
      event,
      from: '',
      to,
      at: this.#now(),
    })
  }

  /** A step of a machine. */
  transition(step: Microstep, entry: BookEntry): void {
    const { event, snapshot } = step
    const taken = transitionsOfStep(step)
    const from = this.#values.get(entry) ?? ''
    const to = pathOf((snapshot as unknown as ShownSnapshot).value)
    this.#values.set(entry, to)
    if (taken.length === 0 && from === to) return
    const guard = guardName(taken[0]?.guard)
    this.#push({
      kind: 'transition',
      actor: entry.id,
      source: this.#senders.get(event) ?? null,
      event: event.type,
      from,
      to,
      ...(guard !== undefined && { guard }),
      at: this.#now(),
    })
  }

  /** Sends what is due at once. */
  flush(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (this.#sinks.size === 0) return this.#rest()
    const frame = this.#nextFrame()
    let whole: LeanFrame | undefined
    for (const [sink, state] of this.#sinks) {
      if (!sink.isReady()) {
        state.isBehind = true
      } else if (state.isBehind) {
        state.isBehind = false
        sink.send((whole ??= this.#wholeFrame(frame.dropped)))
      } else if (frame.records.length > 0) {
        sink.send(frame)
      }
    }
    if ([...this.#sinks.values()].some(({ isBehind }) => isBehind)) this.#schedule()
  }

  /** Nobody looks: only what a viewer that comes late is told has to be kept. */
  #rest(): void {
    this.#remember()
    this.#dirty.clear()
    this.#transitions = []
    this.#dropped = 0
  }

  stop(): void {
    clearTimeout(this.#timer)
    this.#sinks.clear()
    this.#dirty.clear()
    this.#transitions = []
    this.#remembered = []
  }

  #push(transition: TransitionRecord): void {
    if (this.#transitions.length < transitionsPerFrame) this.#transitions.push(transition)
    else this.#dropped += 1
    if (this.#transitions.length === fullFrame) queueMicrotask(() => this.flush())
    this.#schedule()
  }

  #nextFrame(): LeanFrame {
    const records: LeanRecord[] = []
    for (const entry of this.#dirty) {
      const { machine } = entry
      if (machine !== null && !this.#toldMachines.has(machine.id)) {
        this.#toldMachines.add(machine.id)
        records.push(toDefinitionRecord(machine))
      }
      records.push(this.#book.recordOf(entry))
    }
    records.push(...this.#transitions)
    const dropped = this.#dropped
    this.#rest()
    return { version: 1, reset: false, dropped, records }
  }

  #remember(): void {
    this.#remembered.push(...this.#transitions)
    const surplus = this.#remembered.length - rememberedTransitions
    if (surplus > rememberedTransitions / 2) this.#remembered = this.#remembered.slice(surplus)
  }

  #wholeFrame(dropped: number): LeanFrame {
    const actors = [...this.#book.entries].map((entry) => this.#book.recordOf(entry))
    const records = [...this.#book.definitions(), ...actors, ...this.#remembered]
    return { version: 1, reset: true, dropped, records }
  }

  #schedule(): void {
    if (this.#timer !== undefined) return
    this.#timer = setTimeout(() => this.flush(), this.#frameMs)
    if (typeof this.#timer === 'object') this.#timer.unref()
  }
}

function guardName(guard: unknown): string | undefined {
  if (typeof guard === 'string') return guard
  if (typeof guard === 'function') return guard.name || undefined
  if (typeof guard === 'object' && guard !== null && 'type' in guard) return String(guard.type)
  return undefined
}

/** The active leaf states as paths, joined with a comma. */
function pathOf(value: InspectedValue | undefined): string {
  if (value === undefined) return ''
  if (typeof value === 'string') return value
  return Object.entries(value)
    .map(([key, inner]) => [key, pathOf(inner)].filter(Boolean).join('.'))
    .join(', ')
}
