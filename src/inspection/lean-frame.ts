import type { StateDefinition } from '../stately/machine-definition.js'

/** The value of a snapshot: a state's name, or an object with an entry for each region. */
export type InspectedValue = string | { readonly [key: string]: InspectedValue | undefined }

/** A machine, told once before the first actor that runs it. */
export interface DefinitionRecord {
  readonly kind: 'definition'
  readonly id: string
  /** States, events, guards and actions by name; no context, input or parameters. */
  readonly definition: StateDefinition
}

/** How an actor stands; the latest one counts. */
export interface ActorRecord {
  readonly kind: 'actor'
  /** XState's session id of the actor; unique in the process. */
  readonly id: string
  readonly name: string
  readonly parent: string | null
  /** Id of a {@link DefinitionRecord}; null for promises, callbacks and other actors without states. */
  readonly machine: string | null
  readonly value: InspectedValue | null
  readonly status: 'active' | 'done' | 'error' | 'stopped'
  /** What the allow-list lets through. */
  readonly context?: Readonly<Record<string, unknown>>
  /** Milliseconds since 1970. */
  readonly since: number
  /** When it ended; absent while it lives. */
  readonly endedAt?: number
}

/** A transition that fired, and why. */
export interface TransitionRecord {
  readonly kind: 'transition'
  readonly actor: string
  /** The actor that sent the event; null when it came from outside or from the actor itself. */
  readonly source: string | null
  readonly event: string
  /** Paths of the states before and after; the same where only actions ran, and empty before the first state. */
  readonly from: string
  readonly to: string
  /** Name of the guard that held. */
  readonly guard?: string
  readonly at: number
}

export type LeanRecord = DefinitionRecord | ActorRecord | TransitionRecord

/** What is sent at a time: everything since the frame before. */
export interface LeanFrame {
  readonly version: 1
  /** True: forget what was told before; this frame tells all that is known. */
  readonly reset: boolean
  /** Transitions that were left out because there were too many. */
  readonly dropped: number
  readonly records: readonly LeanRecord[]
  /** The run is over, and was read from its store. */
  readonly isRecorded?: boolean
}
