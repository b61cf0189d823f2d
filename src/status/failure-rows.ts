import type { FailureCode } from '../../machines/index.js'
import type { Permission } from './status.js'

/** What a failure of one kind changes in the row of a state. */
export interface FailureRow {
  /** What happened, to stand behind the state: `Failed: ran out of memory`. */
  readonly text: string
  /** May a runtime that failed so be started as it is? */
  readonly start: Permission
  /** May a cell that failed so be run again as it is? */
  readonly run: Permission
}

const openAgain = 'The store of the notebook is gone. Open the notebook again.'

export const failureRows = {
  startTimeout: { text: 'did not start in time', start: true, run: true },
  startFailed: { text: 'could not be started', start: true, run: true },
  probeFailed: { text: 'started, but does not answer', start: true, run: true },
  assetLoadFailed: { text: 'a file could not be loaded', start: true, run: true },
  workerCrashed: { text: 'crashed', start: true, run: true },
  outOfMemory: { text: 'ran out of memory', start: true, run: true },
  crashLoop: { text: 'crashed too often', start: true, run: true },
  executionTimeout: { text: 'took too long', start: true, run: true },
  handlerError: { text: 'the handler broke', start: true, run: true },
  forcedStop: { text: 'had to be ended by force', start: true, run: true },
  displaced: { text: 'another session took over', start: true, run: true },
  sessionLost: { text: 'its session is gone', start: true, run: true },
  noRuntime: { text: 'no runtime is connected', start: true, run: true },
  notCapable: { text: 'not a cell for this runtime', start: true, run: true },
  cellMissing: { text: 'the cell was deleted', start: true, run: 'The cell was deleted.' },
  queueFull: { text: 'too many requests wait', start: true, run: true },
  limitReached: { text: 'too many agents', start: true, run: true },
  storeDied: { text: 'the store shut down', start: openAgain, run: openAgain },
  storeStalled: { text: 'the store takes nothing more', start: openAgain, run: openAgain },
  storeOffline: { text: 'the sync backend cannot be reached', start: true, run: true },
  machineCrashed: { text: 'the agent itself crashed', start: true, run: true },
  unknown: { text: 'for an unknown reason', start: true, run: true },
} satisfies Record<FailureCode, FailureRow> as Readonly<Record<FailureCode, FailureRow>>
