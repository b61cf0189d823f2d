import type { Store } from '@runtimed/schema'
import type { Failure } from '../../machines/index.js'
import { estimateWaits, queue$, type QueuedExecution } from '../livestore/queue-queries.js'
import { hasStoreEnded } from '../livestore/store-info.js'
import { watchUnservedQueue } from '../livestore/unserved-queue.js'
import { Listeners } from './listeners.js'

/** An execution that has not ended, in whichever process it waits or runs. */
export interface QueueEntry extends QueuedExecution {
  /**
   * Milliseconds until it probably starts, from what those before it took the last times: 0 when it executes, null while nothing has
   * run yet. Estimated when the queue changed last; time that passes changes nothing.
   */
  readonly waitMs: number | null
}

export interface QueueView {
  /** What executes and what waits in the notebook, in order. */
  readonly entries: readonly QueueEntry[]
  /** `noRuntime` once requests have waited for a minute with no runtime connected to the notebook; else null. */
  readonly unserved: Failure | null
}

const nothing: QueueView = { entries: [], unserved: null }

/** Stands in while there is no store. */
export const emptyQueue = { subscribe: () => () => undefined, getSnapshot: () => nothing }

/** The queue of a notebook as something to subscribe to; reads only while somebody does. */
export class QueueSource {
  readonly #store: Store
  readonly #listeners = new Listeners(() => this.#open())
  #view = nothing

  constructor(store: Store) {
    this.#store = store
  }

  /** The same object until the queue changes. */
  readonly getSnapshot = (): QueueView => this.#view

  readonly subscribe = this.#listeners.add

  /** Listeners run after the commit that caused it, so that none can harm the store. */
  #open(): () => void {
    if (hasStoreEnded(this.#store)) return () => undefined
    const read = () => queueMicrotask(() => this.#read())
    const stops = [
      this.#store.subscribe(queue$, read),
      watchUnservedQueue({
        store: this.#store,
        clock: globalThis,
        onChange: (failure) => this.#show({ unserved: failure ?? null }),
      }),
    ]
    return () => {
      for (const stop of stops) stop()
      this.#view = { ...this.#view, unserved: null }
    }
  }

  #read(): void {
    if (this.#listeners.size === 0 || hasStoreEnded(this.#store)) return
    const waits = estimateWaits(this.#store)
    const queue = this.#store.query(queue$)
    this.#show({
      entries: queue.map((queued) => ({ ...queued, waitMs: waits.get(queued.executionId) ?? null })),
    })
  }

  #show(change: Partial<QueueView>): void {
    this.#view = { ...this.#view, ...change }
    this.#listeners.notify()
  }
}
