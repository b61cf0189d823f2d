import type { ActorRecord, LeanFrame, TransitionRecord } from '../inspection/lean-frame.js'
import type { StateDefinition } from '../stately/machine-definition.js'

/** An actor with all that it went through. */
export interface ActorLife {
  readonly id: string
  record: ActorRecord
  /** In the order in which they fired. */
  readonly transitions: TransitionRecord[]
}

/** Whether more is coming: `waiting` before the first connection. */
export type ConnectionState = 'waiting' | 'live' | 'recorded' | 'ended'

/** Ended actors other than agents that are kept, and transitions of one actor. */
const limits = { endedActors: 3_000, transitions: 5_000 } as const

/** Everything that a viewer was told, bounded. A React store: `subscribe` and `version`. */
export class Recording {
  readonly actors = new Map<string, ActorLife>()
  readonly machines = new Map<string, StateDefinition>()
  connection: ConnectionState = 'waiting'
  /** Transitions that were never told, because there were too many. */
  dropped = 0
  /** Milliseconds since 1970 of the first and the last thing that is known; 0 before. */
  start = 0
  end = 0
  readonly #titleOf: (name: string) => string | undefined
  readonly #order = new WeakMap<TransitionRecord, number>()
  #told = 0
  #version = 0
  readonly #listeners = new Set<() => void>()

  /** `titleOf` knows better names for some actors. */
  constructor(titleOf: (name: string) => string | undefined = () => undefined) {
    this.#titleOf = titleOf
  }

  /** What a reader calls an actor. */
  readonly titleOf = ({ name }: ActorRecord): string => this.#titleOf(name) ?? name

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  /** Changes with every change. */
  readonly version = (): number => this.#version

  /** Place of a transition among all, in the order in which they fired; their times may be the same. */
  orderOf(transition: TransitionRecord): number {
    return this.#order.get(transition) ?? 0
  }

  setConnection(connection: ConnectionState): void {
    this.connection = connection
    this.#tell()
  }

  /** Takes a frame in. */
  apply({ reset, dropped, records, isRecorded }: LeanFrame): void {
    if (isRecorded) this.connection = 'recorded'
    if (reset) {
      this.actors.clear()
      this.start = this.end = this.dropped = 0
    }
    this.dropped += dropped
    for (const record of records) {
      if (record.kind === 'definition') this.machines.set(record.id, record.definition)
      else if (record.kind === 'actor') this.#takeActor(record)
    }
    for (const record of records) if (record.kind === 'transition') this.#takeTransition(record)
    this.#forgetOldest()
    this.#tell()
  }

  #takeActor(record: ActorRecord): void {
    this.#extend(record.since)
    this.#extend(record.endedAt ?? record.since)
    const life = this.actors.get(record.id)
    if (life) life.record = record
    else this.actors.set(record.id, { id: record.id, record, transitions: [] })
  }

  #takeTransition(transition: TransitionRecord): void {
    this.#extend(transition.at)
    this.#order.set(transition, ++this.#told)
    const transitions = this.actors.get(transition.actor)?.transitions
    transitions?.push(transition)
    if (transitions && transitions.length > limits.transitions) transitions.splice(0, limits.transitions / 2)
  }

  #extend(time: number): void {
    this.start = this.start === 0 ? time : Math.min(this.start, time)
    this.end = Math.max(this.end, time)
  }

  #forgetOldest(): void {
    if (this.actors.size <= limits.endedActors) return
    const ended = [...this.actors.values()].filter(
      ({ record }) => record.endedAt !== undefined && record.machine !== 'agent',
    )
    for (const { id } of ended.slice(0, Math.max(0, ended.length - limits.endedActors / 2)))
      this.actors.delete(id)
  }

  #tell(): void {
    this.#version += 1
    for (const listener of this.#listeners) listener()
  }
}
