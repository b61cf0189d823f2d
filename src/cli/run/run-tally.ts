import { exitCode, type ExitCode } from '../exit-code.js'
import { cutNotesOf } from './cut-notes.js'
import type { FinishedCell, RunEvent, RunFigures } from './run-event.js'

/** What came of a run besides its cells. */
export interface RunTroubles {
  /** Set when the runtime, not a cell, was at fault. */
  readonly runtime?: string | undefined
  /** Set when not everything could be recorded or written. */
  readonly record?: string | undefined
  readonly wasInterrupted: boolean
}

/** Counts how the cells of a run ended, and decides how the run did. */
export class RunTally {
  readonly #total: number
  readonly #ended: FinishedCell[] = []
  readonly #cut = new Set<string>()

  constructor(total: number) {
    this.#total = total
  }

  note(event: RunEvent): void {
    if (event.event === 'cell.finished') this.#ended.push(event)
    if (event.event !== 'output') return
    for (const note of cutNotesOf(event.output)) this.#cut.add(`Cell [${event.executionCount}]: ${note}.`)
  }

  /** True for a cell that has ended and had begun. */
  hasRun(cellId: string): boolean {
    return this.#ended.some((cell) => cell.cellId === cellId && cell.hasRun)
  }

  /** What limits have cut or left out of outputs, one sentence each. */
  get cut(): readonly string[] {
    return [...this.#cut]
  }

  /** Cells of which no end is known count as cancelled. */
  figures(durationMs: number): RunFigures {
    const succeeded = this.#ended.filter(({ outcome }) => outcome === 'succeeded').length
    const failed = this.#failed().length
    const failedAsExpected = this.#ended.filter(({ isExpected }) => isExpected).length
    const cells = this.#total
    const cancelled = cells - succeeded - failed - failedAsExpected
    return { cells, succeeded, failed, failedAsExpected, cancelled, durationMs }
  }

  /** The exit code, and one sentence that says why it is not 0. */
  verdict(troubles: RunTroubles): { exitCode: ExitCode; reason?: string } {
    const { runtime, record, wasInterrupted } = troubles
    if (record !== undefined) return { exitCode: exitCode.runtimeFailed, reason: record }
    if (wasInterrupted) return { exitCode: exitCode.interrupted, ...this.#interruptedCell() }
    if (runtime !== undefined) return { exitCode: exitCode.runtimeFailed, reason: runtime }
    const failed = this.#failed()
    if (failed.length > 0) return { exitCode: exitCode.cellFailed, reason: failedText(failed) }
    if (this.figures(0).cancelled > 0)
      return { exitCode: exitCode.runtimeFailed, reason: 'Not every cell has run, and no cell failed.' }
    if (this.#cut.size === 0) return { exitCode: exitCode.ok }
    return { exitCode: exitCode.runtimeFailed, reason: 'Not all output of the cells is kept.' }
  }

  #failed(): FinishedCell[] {
    return this.#ended.filter(
      ({ outcome, isExpected }) => outcome !== 'succeeded' && outcome !== 'cancelled' && !isExpected,
    )
  }

  #interruptedCell(): { reason?: string } {
    const cell = this.#ended.find(({ outcome, hasRun }) => outcome === 'cancelled' && hasRun)
    return cell === undefined ? {} : { reason: `Cell [${cell.executionCount}] was interrupted.` }
  }
}

/** One cell with its reason; of several only the names, first ones first. */
function failedText(cells: readonly FinishedCell[]): string {
  const [first] = cells
  if (first && cells.length === 1) {
    const verb = first.outcome === 'timedOut' ? 'was stopped' : 'failed'
    const reason = first.reason?.split('\n')[0]
    return `Cell [${first.executionCount}] ${verb}${reason ? `: ${reason}` : '.'}`
  }
  const names = cells.slice(0, 10).map(({ executionCount }) => `[${executionCount}]`)
  return `Cells ${names.join(', ')}${cells.length > names.length ? ' …' : ''} failed.`
}
