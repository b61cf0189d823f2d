import type { ParsedCell, ParsedNotebook } from '../../notebook/index.js'
import type { RunCell } from './run-event.js'

/** A cell that will run, and the name of its request. */
export interface PlannedCell extends RunCell {
  readonly executionId: string
}

/**
 * The cells to run, in order. As in Jupyter, code cells without code, and those tagged `skip-execution`, are left out
 * and get no execution count.
 */
export function planRun(notebook: ParsedNotebook, newId: () => string): PlannedCell[] {
  return notebook.cells.filter(isRunnable).map((cell, index) => ({
    executionId: newId(),
    cellId: cell.id,
    number: cell.index + 1,
    executionCount: index + 1,
    label: labelOf(cell.source),
  }))
}

/** The first line of a source with something on it; comments and magics count. */
export function labelOf(source: string): string {
  return source.trim().split('\n')[0]?.trim() ?? ''
}

function isRunnable({ type, source, metadata }: ParsedCell): boolean {
  const tags = metadata['tags']
  const isSkipped = Array.isArray(tags) && tags.includes('skip-execution')
  return type === 'code' && source.trim() !== '' && !isSkipped
}
