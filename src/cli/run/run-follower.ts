import type { Store } from '@runtimed/schema'
import type { ExecutionEnd } from '../../../machines/index.js'
import { decodeEnd, endColumns, type EndRow, type StoredEnd } from '../../livestore/stored-end.js'
import { OutputFeed, outputTrigger$ } from '../../notebook/output-feed.js'
import type { FinishedCell, RunCell, RunEvent } from './run-event.js'
import type { PlannedCell } from './run-plan.js'

interface ExecutionRow extends EndRow {
  readonly id: string
  readonly startedAt: string | null
  readonly executionDurationMs: number | null
}

type CellEnd = Pick<FinishedCell, 'outcome' | 'isExpected' | 'durationMs' | 'reason'>

/**
 * Tells what happens to the cells of a run by what is written into its store: each start, output and end once, cell by cell in
 * the order of the run.
 */
export class RunFollower {
  /** Resolves when every cell of the run has ended. */
  readonly finished: Promise<void>
  readonly #store: Store
  readonly #tell: (event: RunEvent) => void
  readonly #waiting: PlannedCell[]
  readonly #mayFail = new Set<string>()
  readonly #unsubscribe: () => void
  #current: { readonly executionId: string; readonly outputs: OutputFeed } | undefined
  #isScheduled = false
  #finish: () => void = () => undefined

  constructor(store: Store, cells: readonly PlannedCell[], tell: (event: RunEvent) => void) {
    this.#store = store
    this.#tell = tell
    this.#waiting = [...cells]
    this.finished = new Promise((resolve) => (this.#finish = resolve))
    this.#unsubscribe = store.subscribe(outputTrigger$, () => this.#schedule())
  }

  /** Takes note of a cell that says of itself that it may fail, which its row does not tell. */
  noteEnd({ request, mayFail }: ExecutionEnd): void {
    if (mayFail) this.#mayFail.add(request.executionId)
  }

  /** Looks a last time and then no more. */
  close(): void {
    this.#unsubscribe()
    this.#look()
  }

  #schedule(): void {
    if (this.#isScheduled) return
    this.#isScheduled = true
    queueMicrotask(() => {
      this.#isScheduled = false
      this.#look()
    })
  }

  #look(): void {
    try {
      while (this.#lookAtNext());
    } catch {
      return
    }
    if (this.#waiting.length === 0) this.#finish()
  }

  /** True when the first cell that has not ended now has. */
  #lookAtNext(): boolean {
    const [cell] = this.#waiting
    const row = cell && this.#row(cell.executionId)
    if (!cell || !row || row.status === 'pending' || row.status === 'assigned') return false
    const hasRun = row.startedAt !== null
    const outputs = this.#startedCell(cell, hasRun)
    const { cellId, executionCount } = cell
    const isOver = row.status !== 'executing'
    for (const { output, isUpdate } of outputs?.read(isOver) ?? []) {
      this.#tell({ event: 'output', cellId, executionCount, isUpdate, output })
    }
    if (!isOver) return false
    this.#waiting.shift()
    this.#tell({ event: 'cell.finished', ...namesOf(cell), ...this.#endOf(row), hasRun })
    return true
  }

  /** Announces the cell when it is new. A cell that was refused never started, but has an output that says why. */
  #startedCell(cell: PlannedCell, hasRun: boolean): OutputFeed | undefined {
    const { executionId, cellId } = cell
    if (this.#current?.executionId === executionId) return this.#current.outputs
    if (!hasRun && this.#row(executionId)?.status === 'cancelled') return undefined
    this.#current = { executionId, outputs: new OutputFeed(this.#store, cellId, () => this.#schedule()) }
    this.#tell({ event: 'cell.started', ...namesOf(cell) })
    return this.#current.outputs
  }

  #endOf(row: ExecutionRow): CellEnd {
    const { outcome, reason } = decodeEnd(row) as StoredEnd
    return {
      outcome,
      ...(outcome === 'failed' && this.#mayFail.has(row.id) && { isExpected: true }),
      durationMs: row.executionDurationMs ?? this.#timeSince(row.startedAt),
      ...(reason !== null && { reason }),
    }
  }

  #timeSince(startedAt: string | null): number {
    return startedAt === null ? 0 : Math.max(0, Date.now() - new Date(startedAt).getTime())
  }

  #row(executionId: string): ExecutionRow | undefined {
    return this.#store.query<ExecutionRow[]>({
      query: `SELECT id, startedAt, executionDurationMs, ${endColumns} FROM executionQueue WHERE id = ?`,
      bindValues: [executionId] as never,
    })[0]
  }
}

const namesOf = ({ cellId, number, executionCount, label }: PlannedCell): RunCell => ({
  cellId,
  number,
  executionCount,
  label,
})
