import {
  initialTransition,
  transition,
  type AnyStateMachine,
  type EventObject,
  type ExecutableActionsFrom,
  type InputFrom,
  type SnapshotFrom,
} from 'xstate'

interface Emitted {
  readonly type: string
}

/** An event that a machine sends to another actor, or to itself later. */
export interface SentEvent {
  readonly to: string
  readonly event: EventObject
}

/** A timer that a machine asks for. */
export interface TimerRequest {
  readonly event: string
  readonly delayMs: number
  readonly id: string | undefined
}

type Params = {
  readonly event?: EventObject
  readonly delay?: number
  readonly id?: string
  readonly sendId?: string
  readonly src?: string
  readonly to?: { readonly id: string }
}

/**
 * Drives a machine with XState's pure functions: nothing is started, every wish of the machine is data. The getters tell
 * what the last event brought about.
 */
export class Walk<Machine extends AnyStateMachine, Fact extends Emitted> {
  readonly #machine: Machine
  #snapshot: SnapshotFrom<Machine>
  #actions: readonly ExecutableActionsFrom<Machine>[]

  constructor(machine: Machine, input: InputFrom<Machine>) {
    this.#machine = machine
    ;[this.#snapshot, this.#actions] = initialTransition(machine, input as never)
  }

  /** Takes events, one after the other. As with a running actor, one that has ended takes none. */
  send(...events: readonly EventObject[]): this {
    for (const event of events) {
      this.#actions = []
      if ((this.#snapshot as { status: string }).status !== 'active') continue
      ;[this.#snapshot, this.#actions] = transition(this.#machine, this.#snapshot, event as never)
    }
    return this
  }

  get snapshot(): SnapshotFrom<Machine> {
    return this.#snapshot
  }

  get state(): unknown {
    return (this.#snapshot as { value: unknown }).value
  }

  get context(): SnapshotFrom<Machine>['context'] {
    return (this.#snapshot as { context: SnapshotFrom<Machine>['context'] }).context
  }

  get facts(): Fact[] {
    return this.#paramsOf('xstate.emit').map(({ event }) => event as Emitted as Fact)
  }

  /** The names of the facts, in order. */
  get factTypes(): string[] {
    return this.facts.map((fact) => fact.type)
  }

  /** The fact of this name; the test ends here when there is none. */
  fact<Type extends Fact['type']>(type: Type): Extract<Fact, { type: Type }> {
    const found = this.facts.find((fact) => fact.type === type)
    if (!found)
      throw new Error(`No fact "${type}" was emitted, only: ${this.factTypes.join(', ') || '(none)'}`)
    return found as Extract<Fact, { type: Type }>
  }

  get sent(): SentEvent[] {
    return this.#paramsOf('xstate.sendTo').map(({ to, event }) => ({
      to: to?.id ?? 'self',
      event: event as EventObject,
    }))
  }

  /** What is started: invoked and spawned actors, by the name of their source. */
  get started(): string[] {
    return this.#paramsOf('xstate.spawnChild').map(({ src }) => String(src))
  }

  get timers(): TimerRequest[] {
    return this.#paramsOf('xstate.raise').map(({ event, delay, id }) => ({
      event: (event as EventObject).type,
      delayMs: delay as number,
      id,
    }))
  }

  get cancelledTimers(): string[] {
    return this.#paramsOf('xstate.cancel').map(({ sendId }) => String(sendId))
  }

  #paramsOf(type: string): Params[] {
    return (this.#actions as readonly { type: string; params: unknown }[])
      .filter((action) => action.type === type)
      .map((action) => action.params as Params)
  }
}
