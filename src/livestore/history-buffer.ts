import { events } from '@runtimed/schema'
import type { AgentTransition } from './agent-history.js'
import type { NotebookEvent } from './fact-to-events.js'

/** A transition before it is recorded. */
export type NotedTransition = Omit<AgentTransition, 'agentId'>

/** Transitions that wait at most, unless one of them matters. */
const patience = { transitions: 40, milliseconds: 500 } as const

/** Transitions that are kept while nothing can be committed. */
const limit = 200

/** States between which a busy agent goes to and fro. */
const routine: readonly string[] = ['running', 'executing']

/**
 * Transitions of an agent that are not recorded yet. They go along with a commit that is made anyway: at once when something
 * happened that matters, otherwise some at a time, because each event more costs a busy notebook a millisecond or two.
 */
export class HistoryBuffer {
  readonly #agentId: string
  readonly #now: () => number
  #waiting: NotedTransition[] = []

  constructor(agentId: string, now: () => number) {
    this.#agentId = agentId
    this.#now = now
  }

  get isEmpty(): boolean {
    return this.#waiting.length === 0
  }

  note(transition: NotedTransition): void {
    this.#waiting.push(transition)
    if (this.#waiting.length > limit) this.#waiting.shift()
  }

  /** The event to commit along with others; none while it can wait. */
  takeDue(): NotebookEvent[] {
    return this.#isDue() ? this.takeAll() : []
  }

  /** The event with all that waits. */
  takeAll(): NotebookEvent[] {
    const transitions = this.#waiting.map(({ cause, ...transition }) => ({
      ...transition,
      ...(cause !== null && { cause }),
    }))
    if (transitions.length === 0) return []
    this.#waiting = []
    return [events.agentTransitionsRecorded({ agentId: this.#agentId, transitions })]
  }

  #isDue(): boolean {
    const [oldest] = this.#waiting
    if (oldest === undefined) return false
    return (
      this.#waiting.length >= patience.transitions ||
      this.#now() - oldest.at >= patience.milliseconds ||
      this.#waiting.some(({ from, to }) => !routine.includes(from) || !routine.includes(to))
    )
  }
}
