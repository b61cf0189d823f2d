import type { ParsedNotebook } from '../../notebook/index.js'
import type { PlannedCell } from './run-plan.js'

/** Cells that are named one by one. */
const mostNames = 10

/** What has to be said about cells that were not run, and so still show in the file what an earlier run put out. */
export function earlierOutputsWarning(
  { cells }: ParsedNotebook,
  notRun: readonly PlannedCell[],
): string | undefined {
  const numbers = notRun.map(({ number }) => number).filter((number) => cells[number - 1]?.outputs.length)
  if (numbers.length === 0) return undefined
  const names = numbers.slice(0, mostNames).join(', ') + (numbers.length > mostNames ? ' …' : '')
  return numbers.length === 1
    ? `Cell ${names} of the notebook was not run; it still shows the outputs of an earlier run.`
    : `Cells ${names} of the notebook were not run; they still show the outputs of an earlier run.`
}
