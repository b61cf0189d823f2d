import type { InspectionEvent } from 'xstate'
import { Listeners } from '../../react/listeners.js'

/** The last transition of an actor. */
export interface Transition {
  /** Type of the event that caused it. */
  readonly event: string
  readonly from: string
  readonly to: string
}

/** The last transition of the registry and of each agent, by the actor's id. */
export class TransitionFeed {
  readonly #listeners = new Listeners()
  readonly #states = new Map<string, string>()
  readonly #transitions = new Map<string, Transition>()
  readonly #upSince = new Map<string, number>()

  /** For the `inspect` option of a registry. */
  readonly inspect = (event: InspectionEvent): void => {
    if (event.type !== '@xstate.snapshot') return
    const { snapshot, actorRef } = event
    if (!('value' in snapshot)) return
    const id = (actorRef as unknown as { readonly id: string }).id
    const to = JSON.stringify(snapshot.value)
    const from = this.#states.get(id)
    this.#states.set(id, to)
    if (from === undefined || from === to) return
    this.#note(id, nameOf(to))
    this.#transitions.set(id, { event: event.event.type, from: nameOf(from), to: nameOf(to) })
    queueMicrotask(() => this.#listeners.notify())
  }

  /** When the runtime of an agent came up, in milliseconds since 1970; undefined while it is down. */
  upSince(actorId: string): number | undefined {
    return this.#upSince.get(actorId)
  }

  #note(id: string, state: string): void {
    const isUp = state === 'running' || state === 'executing'
    if (!isUp) this.#upSince.delete(id)
    else if (!this.#upSince.has(id)) this.#upSince.set(id, Date.now())
  }

  readonly subscribe = (listener: () => void): (() => void) => this.#listeners.add(listener)

  transitionOf(actorId: string): Transition | undefined {
    return this.#transitions.get(actorId)
  }
}

const nameOf = (value: string): string => value.replaceAll(/["{}]/g, '').replaceAll(':', '.')
