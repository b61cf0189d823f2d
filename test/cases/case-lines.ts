import { count, formatDuration } from '../../src/cli/text/measures.js'
import type { CaseProblem, CaseVerdict } from './judge-case.js'

const longestNote = 160

/** How a notebook ended, as lines for a person. */
export function caseLines(verdict: CaseVerdict): string[] {
  const { notebook, ended, exitCode, durationMs, cells, reason, cut, warnings, problems } = verdict
  const mark = problems.length === 0 ? '✓' : '✗'
  const exit = exitCode === null ? 'killed' : `exit ${exitCode}`
  const note = (name: string, text: string) => `    ${name}: ${short(text)}`
  return [
    `${mark} ${notebook}  ${ended}, ${exit}, ${formatDuration(durationMs)}, cells: ${cellsText(cells)}`,
    ...(reason === undefined ? [] : [note('reason', reason)]),
    ...cut.map((text) => note('cut', text)),
    ...warnings.map((text) => note('warning', text)),
    ...problems.map(({ kind, text }) => note(kind.toUpperCase(), text)),
  ]
}

/** All of them in one line. */
export function summaryLine(verdicts: readonly CaseVerdict[]): string {
  const withProblem = (kind: CaseProblem['kind']) =>
    verdicts.filter(({ problems }) => problems.some((problem) => problem.kind === kind)).length
  const figures = [
    count(verdicts.length, 'notebook'),
    `${withProblem('hang')} hung`,
    `${withProblem('crash')} crashed`,
    `${withProblem('silentLoss')} lost something silently`,
    `${withProblem('unexpected')} not as expected`,
  ]
  return figures.join(', ')
}

/** `2 succeeded, failed, 3 cancelled`, in order. */
function cellsText(cells: readonly string[]): string {
  const runs: { outcome: string; amount: number }[] = []
  for (const outcome of cells) {
    const last = runs.at(-1)
    if (last?.outcome === outcome) last.amount += 1
    else runs.push({ outcome, amount: 1 })
  }
  const parts = runs.map(({ outcome, amount }) => (amount === 1 ? outcome : `${amount} ${outcome}`))
  return parts.join(', ') || 'none ended'
}

function short(text: string): string {
  const line = text.replaceAll('\n', ' ')
  return line.length <= longestNote ? line : `${line.slice(0, longestNote)}…`
}
