import { queryDb, tables, type RuntimeSessionData, type Store } from '@runtimed/schema'
import { Listeners } from './listeners.js'

const activeSessions = queryDb(tables.runtimeSessions.select().where({ isActive: true }), {
  label: 'react.activeSessions',
})

/**
 * The active sessions in a notebook as something to subscribe to; the same array until a row has changed. A store that has ended has
 * none, so that what shows them can outlive it.
 */
export class SessionList {
  readonly #store: Store | null
  readonly #listeners = new Listeners()
  #sessions: readonly RuntimeSessionData[]
  #stop: () => void = () => undefined

  constructor(store: Store | null) {
    const sessions = store && sessionsOf(store)
    this.#store = sessions && store
    this.#sessions = sessions ?? []
  }

  readonly getSnapshot = (): readonly RuntimeSessionData[] => this.#sessions

  readonly subscribe = (listener: () => void): (() => void) => {
    const remove = this.#listeners.add(listener)
    if (this.#listeners.size === 1 && this.#store) {
      this.#stop = this.#store.subscribe(activeSessions, (sessions) => this.#update(sessions))
    }
    return () => {
      remove()
      if (this.#listeners.size === 0) this.#stop()
    }
  }

  /** Listeners run after the commit that caused it, so that none can harm the store. */
  #update(sessions: readonly RuntimeSessionData[]): void {
    if (JSON.stringify(sessions) === JSON.stringify(this.#sessions)) return
    this.#sessions = sessions
    queueMicrotask(() => this.#listeners.notify())
  }
}

function sessionsOf(store: Store): readonly RuntimeSessionData[] | null {
  try {
    return store.query(activeSessions)
  } catch {
    return null
  }
}
