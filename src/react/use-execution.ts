import { useCallback, useMemo, useSyncExternalStore } from 'react'
import { toCellExecution, type CellExecution } from './cell-execution.js'
import { contained, requireWriter, useExecutionBoard } from './use-execution-board.js'

/** What {@link useExecution} returns. The functions stay the same while the cell, the store and the user do. */
export interface ExecutionHandle extends CellExecution {
  /**
   * Asks for a run of the cell; it waits in the notebook until an agent takes it. Without effect while one is queued or running.
   * Resolves when the request is recorded. Rejects with `STORE_REQUIRED` while there is no store, with `UNKNOWN_CELL` when
   * the notebook has no such code cell, and with `STORE_DIED`; a caller that does not look at the promise causes no unhandled
   * rejection.
   */
  readonly run: () => Promise<void>
  /**
   * Cancels the execution, queued or running, in whichever process it runs. Without effect when it has ended. Resolves when the
   * cancellation is recorded, which may be before the cell has stopped; rejects as `run`.
   */
  readonly cancel: (reason?: string) => Promise<void>
}

/**
 * The latest execution of a cell of the provider's notebook: its row, joined with the state of its machine.
 *
 * Renders again when one of the returned values changes, and for no other cell; time that passes changes nothing, so a clock is
 * the component's own. `state` is `none` for a cell that was never run, and while there is no store. Throws `NO_PROVIDER`
 * outside a `RuntimeAgentProvider`.
 */
export function useExecution(cellId: string): ExecutionHandle {
  const { board, userId } = useExecutionBoard('useExecution')
  const subscribe = useCallback(
    (listener: () => void) => board?.subscribe(cellId, listener) ?? doNothing,
    [board, cellId],
  )
  const read = () => board?.getSnapshot(cellId) ?? never
  const execution = useSyncExternalStore(subscribe, read, () => never)
  const commands = useMemo(() => {
    const run = () => requireWriter(board, userId).then((writer) => writer.requestExecution(cellId).durable)
    const cancel = (reason?: string) =>
      requireWriter(board, userId).then((writer) => writer.cancelExecution(cellId, reason).durable)
    return { run: contained(run), cancel: contained(cancel) }
  }, [board, cellId, userId])
  return useMemo(() => ({ ...execution, ...commands }), [execution, commands])
}

const never = toCellExecution(null, { running: undefined, end: undefined, place: undefined })

const doNothing = () => undefined
