import type { StateDefinition } from '../stately/machine-definition.js'
import { pickContext, type ContextFields } from './allow-list.js'
import type { ActorRecord, DefinitionRecord, InspectedValue } from './lean-frame.js'
import { shownDefinition } from './machine-definition.js'

/** What is remembered of an actor. */
export interface BookEntry {
  readonly id: string
  readonly name: string
  readonly parent: string | null
  readonly root: string
  readonly machine: MachineEntry | null
  readonly since: number
  snapshot: ShownSnapshot
  endedAt: number | undefined
}

/** A machine that some actor runs. */
export interface MachineEntry {
  /** Unique among the machines that were seen. */
  readonly id: string
  /** The machine's own id, by which its context is looked up in the allow-list. */
  readonly name: string
  readonly definition: StateDefinition
}

/** The parts of an XState snapshot that are looked at. */
export interface ShownSnapshot {
  readonly status: ActorRecord['status']
  readonly value?: InspectedValue
  readonly context?: unknown
}

/** Ended actors that are remembered for viewers that come late. */
const endedLimit = 500

/** The parts of an XState actor that are looked at. */
export interface Inspected {
  readonly sessionId: string
  readonly id: string
  /** A machine's config is an object, the one of a promise or a callback its function. */
  readonly logic?: { readonly config?: unknown }
  readonly _parent?: { readonly sessionId: string }
}

/** Every actor that lives, and the last ones that ended, without a hold on the actors themselves. */
export class ActorBook {
  readonly #entries = new Map<string, BookEntry>()
  readonly #ended = new Set<string>()
  readonly #machines = new Map<object, MachineEntry>()
  readonly #fields: ContextFields
  readonly #now: () => number

  constructor(fields: ContextFields, now: () => number) {
    this.#fields = fields
    this.#now = now
  }

  /** All actors, parents before children. */
  get entries(): Iterable<BookEntry> {
    return this.#entries.values()
  }

  get(id: string): BookEntry | undefined {
    return this.#entries.get(id)
  }

  /** The entry of an actor in the system of a root; made when it is new. */
  entryOf(actor: Inspected, root: string): BookEntry {
    const known = this.#entries.get(actor.sessionId)
    if (known !== undefined) return known
    const entry: BookEntry = {
      id: actor.sessionId,
      name: actor.id,
      parent: actor._parent?.sessionId ?? null,
      root,
      machine: this.#machineOf(actor.logic?.config),
      since: this.#now(),
      snapshot: { status: 'active' },
      endedAt: undefined,
    }
    this.#entries.set(entry.id, entry)
    return entry
  }

  /** Takes the end of an actor down; the oldest of many ended ones is forgotten. */
  end(entry: BookEntry): void {
    if (entry.endedAt !== undefined) return
    entry.endedAt = this.#now()
    this.#ended.add(entry.id)
    const [oldest] = this.#ended
    if (this.#ended.size <= endedLimit || oldest === undefined) return
    this.#ended.delete(oldest)
    this.#entries.delete(oldest)
  }

  /** How the actor stands, as it may be shown. */
  recordOf(entry: BookEntry): ActorRecord {
    const { id, name, parent, machine, since, snapshot, endedAt } = entry
    const context = this.contextOf(entry, snapshot)
    return {
      kind: 'actor',
      id,
      name,
      parent,
      machine: machine?.id ?? null,
      value: snapshot.value ?? null,
      status: endedAt !== undefined && snapshot.status === 'active' ? 'stopped' : snapshot.status,
      ...(context && { context }),
      since,
      ...(endedAt !== undefined && { endedAt }),
    }
  }

  /** What of a snapshot's context may be shown. */
  contextOf({ machine }: BookEntry, { context }: ShownSnapshot) {
    return pickContext(machine?.name ?? null, context, this.#fields)
  }

  definitions(): DefinitionRecord[] {
    return [...this.#machines.values()].map(toDefinitionRecord)
  }

  #machineOf(config: unknown): MachineEntry | null {
    if (typeof config !== 'object' || config === null) return null
    const known = this.#machines.get(config)
    if (known !== undefined) return known
    const definition = shownDefinition(config)
    const name = definition.id ?? '(machine)'
    const isTaken = [...this.#machines.values()].some(({ id }) => id === name)
    const entry = { id: isTaken ? `${name}#${this.#machines.size}` : name, name, definition }
    this.#machines.set(config, entry)
    return entry
  }
}

/** A machine as the lean stream tells it. */
export const toDefinitionRecord = ({ id, definition }: MachineEntry): DefinitionRecord => ({
  kind: 'definition',
  id,
  definition,
})
