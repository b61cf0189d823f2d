import { toFailure, type Failure } from '../../machines/index.js'
import { RegistryError } from '../errors.js'
import { Listeners } from './listeners.js'

/** What the calls of `startAgent` for one notebook have come to. */
export interface StartState {
  /** Calls that have neither succeeded nor failed yet, those that wait for the store included. */
  readonly pending: number
  /** Why the last call failed; null when it did not, while one is pending, and when it was merely stopped. */
  readonly failure: Failure | null
}

/** Keeps account of the calls that start the agent of one notebook, so that all components of a provider see the same. */
export class StartAttempts {
  readonly #listeners = new Listeners()
  readonly subscribe = this.#listeners.add
  readonly #pending = new Set<Promise<void>>()
  #abort = new AbortController()
  #failure: Failure | null = null
  #state: StartState = { pending: 0, failure: null }

  /** The same object until something changes. */
  get state(): StartState {
    return this.#state
  }

  /** Counts `start` as pending until it settles, and remembers how. The signal fires when the attempts are cancelled. */
  run(start: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const attempt = start(this.#abort.signal)
    this.#pending.add(attempt)
    this.#change(null)
    const settled = (failure: Failure | null) => {
      this.#pending.delete(attempt)
      this.#change(failure)
    }
    attempt.then(
      () => settled(null),
      (error: unknown) => settled(failureOfStart(error)),
    )
    return attempt
  }

  /** Tells pending attempts to give up and forgets the last failure; resolves when all have settled. Never rejects. */
  async cancel(): Promise<void> {
    this.#abort.abort()
    this.#abort = new AbortController()
    this.#change(null)
    await Promise.allSettled(this.#pending)
  }

  #change(failure: Failure | null): void {
    const pending = this.#pending.size
    if (this.#failure === failure && this.#state.pending === pending) return
    this.#failure = failure
    this.#state = { pending, failure }
    this.#listeners.notify()
  }
}

const withoutFault: readonly string[] = ['AGENT_STOPPED', 'PROVIDER_UNMOUNTED', 'REGISTRY_CLOSED']

function failureOfStart(error: unknown): Failure | null {
  if (!RegistryError.is(error)) return toFailure(error, 'startFailed')
  return withoutFault.includes(error.code) ? null : toFailure(error.cause ?? error, 'startFailed')
}
