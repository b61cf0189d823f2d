import { useMemo, useSyncExternalStore } from 'react'
import { emptyQueue, type QueueView } from './queue-source.js'
import { contained, requireWriter, useExecutionBoard } from './use-execution-board.js'

/** What {@link useQueue} returns. The functions stay the same while the store and the user do. */
export interface QueueHandle extends QueueView {
  /**
   * Asks for one run of each code cell that has a source, in order; one that waits or runs already is left out. Resolves when that is
   * recorded; rejects with `STORE_REQUIRED` and `STORE_DIED`. A caller that does not look at the promise causes no unhandled
   * rejection.
   */
  readonly runAll: () => Promise<void>
  /** Cancels everything that waits or runs, in whichever process, with or without an agent here. Resolves and rejects as `runAll`. */
  readonly cancelAll: (reason?: string) => Promise<void>
}

/** The queue of the provider's notebook; empty while there is no store. Throws `NO_PROVIDER` outside a `RuntimeAgentProvider`. */
export function useQueue(): QueueHandle {
  const { board, userId } = useExecutionBoard('useQueue')
  const source = board?.queue ?? emptyQueue
  const view = useSyncExternalStore(source.subscribe, source.getSnapshot, emptyQueue.getSnapshot)
  const commands = useMemo(() => {
    const writer = () => requireWriter(board, userId)
    return {
      runAll: contained(() => writer().then((present) => present.requestAllExecutions().durable)),
      cancelAll: contained((reason?: string) =>
        writer().then((present) => present.cancelAllExecutions(reason).durable),
      ),
    }
  }, [board, userId])
  return useMemo(() => ({ ...view, ...commands }), [view, commands])
}
