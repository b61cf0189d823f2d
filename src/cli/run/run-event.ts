import type { AgentState, ExecutionOutcome } from '../../../machines/index.js'
import type { NotebookOutput } from '../../notebook/index.js'
import type { ExitCode } from '../exit-code.js'

/** A code cell of a run, as it is named in messages. */
export interface RunCell {
  readonly cellId: string
  /** Place of the cell in the notebook, from 1; cells of all types count. */
  readonly number: number
  /** The execution count it runs under, as in `[3]`. */
  readonly executionCount: number
  /** First line of the source that says something. */
  readonly label: string
}

/** How many cells of a run ended in which way. */
export interface RunFigures {
  readonly cells: number
  readonly succeeded: number
  readonly failed: number
  /** Cells that failed and are tagged `raises-exception`. */
  readonly failedAsExpected: number
  readonly cancelled: number
  readonly durationMs: number
}

/** What a run tells, in order. With `--json` each of them is one line. */
export type RunEvent =
  | { readonly event: 'run.opening'; readonly notebook: string }
  /** Something that does not keep the run from going on; one sentence. */
  | { readonly event: 'run.warning'; readonly message: string }
  | {
      readonly event: 'run.started'
      readonly notebook: string
      readonly notebookId: string
      readonly runtime: string
      readonly cells: number
      /** Directory of the store. */
      readonly store: string
    }
  /** An earlier run in the same store did not end properly. */
  | { readonly event: 'run.recovered'; readonly lost: number; readonly cancelled: number }
  | { readonly event: 'agent.changed'; readonly state: AgentState; readonly reason?: string }
  | ({ readonly event: 'cell.started' } & RunCell)
  /** `output` is an output as nbformat has it; text of a stream comes in pieces. */
  | {
      readonly event: 'output'
      readonly cellId: string
      readonly executionCount: number
      /** True when it replaces what the same display showed before. */
      readonly isUpdate: boolean
      readonly output: NotebookOutput
    }
  | ({
      readonly event: 'cell.finished'
      readonly outcome: ExecutionOutcome
      /** False for a cell that was cancelled or refused before it ran. */
      readonly hasRun: boolean
      /** True for a failure that the cell's tag `raises-exception` allows; absent otherwise. */
      readonly isExpected?: true
      readonly durationMs: number
      readonly reason?: string
    } & RunCell)
  | { readonly event: 'run.interrupting' }
  | RunInspecting
  | RunFinished

/** The run can be looked at, with `--inspect`. */
export interface RunInspecting {
  readonly event: 'run.inspecting'
  /** Address of the viewer's page, with its token. */
  readonly viewer: string
  /** Address for receivers of `@statelyai/inspect`, with its token. */
  readonly stately: string
  /** The viewer stays after the run, until the run is interrupted. */
  readonly isHeld: boolean
}

/** How a cell of a run ended. */
export type FinishedCell = RunEvent & { readonly event: 'cell.finished' }

/** The last event of a run. */
export interface RunFinished extends RunFigures {
  readonly event: 'run.finished'
  readonly exitCode: ExitCode
  /** One sentence; absent when all went well. */
  readonly reason?: string
  /** The executed notebook; null when none was asked for, or it could not be written. */
  readonly out: string | null
  /** What is missing in outputs because a limit has cut them or left them out, one sentence each. */
  readonly cut: readonly string[]
  /** Directory of the record; null when it was a temporary one and is not kept. */
  readonly store: string | null
  readonly notebookId: string
}

/** Shows a run to somebody. Never throws. */
export interface RunReporter {
  report(event: RunEvent): void
  /** Gives the terminal back. Idempotent. */
  close(): void
}
