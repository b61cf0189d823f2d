import type { Store } from '@runtimed/schema'
import { committerFor, type CommitEvents, type Submission } from './committer.js'
import { codeCells$, planCancellations, planRequests } from './execution-plan.js'
import type { QueuedExecution } from './queue-queries.js'

/**
 * Writes what a user does in a notebook that other processes share, whoever opened its store.
 *
 * `store.commit` may lose what it is given while the store takes in what others wrote, and arguments that do not fit shut the store
 * down. A writer waits for its turn, looks at the rows as they are then, and tells two moments of each submission: `durable`, in the
 * log of this machine, and `confirmed`, in the order that all share. Both reject with `INVALID_EVENT`, and then nothing was
 * committed, and with `STORE_DIED`; neither needs to be awaited. `confirmed` waits without a limit for a backend that is away.
 */
export class NotebookWriter {
  readonly #store: Store
  readonly #userId: string

  /** `userId` is recorded as the one who asks and cancels. */
  constructor(store: Store, userId: string) {
    this.#store = store
    this.#userId = userId
  }

  /** Records events of the notebook's schema, together and in order; a function is asked for them when it is their turn. */
  commit(events: CommitEvents | (() => CommitEvents)): Submission {
    return committerFor(this.#store).submit(events)
  }

  /**
   * Asks for one run of each of these code cells, in this order; whichever process has an agent of the notebook runs them. A cell that
   * waits or runs already is left out. Rejects with `UNKNOWN_CELL`, and asks for none, when the notebook has no such code cell.
   */
  requestExecution(...cellIds: readonly string[]): Submission {
    return this.commit(() => planRequests(this.#store, cellIds, this.#userId))
  }

  /** Asks for one run of each code cell that has a source, in the order of the notebook; otherwise as {@link requestExecution}. */
  requestAllExecutions(): Submission {
    return this.commit(() => {
      const cells = this.#store.query(codeCells$).filter(({ source }) => source.trim())
      return planRequests(
        this.#store,
        cells.map(({ id }) => id),
        this.#userId,
      )
    })
  }

  /** Cancels the cell's execution, waiting or running, in whichever process. Without one: no effect. */
  cancelExecution(cellId: string, reason?: string): Submission {
    return this.#cancel((queued) => queued.cellId === cellId, reason)
  }

  /** Cancels all executions that wait or run. */
  cancelAllExecutions(reason?: string): Submission {
    return this.#cancel(() => true, reason)
  }

  #cancel(isChosen: (queued: QueuedExecution) => boolean, reason = 'cancelled by the user'): Submission {
    const by = { cancelledBy: this.#userId, reason }
    return this.commit(() => planCancellations(this.#store, isChosen, by))
  }
}
