import { exitCode } from '../exit-code.js'
import { count, formatDuration } from '../text/measures.js'
import type { Style } from '../text/style.js'
import { shellWord } from '../world.js'
import type { RunFinished } from './run-event.js'

/** Places with missing output that are named one by one. */
const mostCutLines = 5

/** The lines that end a run: how it went, where the notebook is, and where the record is. */
export function summaryLines(
  event: RunFinished,
  { style, program }: { readonly style: Style; readonly program: string },
): string[] {
  return [
    '',
    headline(event, style),
    ...(event.reason === undefined ? [] : [`  ${event.reason}`]),
    ...cutLines(event, style),
    `  ${style.dim('notebook')}  ${event.out ?? style.dim('not written (use --out FILE or --inplace)')}`,
    `  ${style.dim('record  ')}  ${recordText(event, program, style)}`,
  ]
}

function recordText({ store }: RunFinished, program: string, style: Style): string {
  if (store === null) return style.dim('not kept (use --store DIR)')
  return `${program} log ${shellWord(store)}`
}

/** What is missing in outputs: the first few places, and how many there are. */
export function cutLines({ cut }: RunFinished, style: Style): string[] {
  const more = cut.length - mostCutLines
  const lines = cut.slice(0, mostCutLines).map((text) => style.warning(`  ${text}`))
  return more > 0 ? [...lines, style.warning(`  … and ${more} more.`)] : lines
}

function headline(event: RunFinished, style: Style): string {
  const figures = `${figuresText(event)} in ${formatDuration(event.durationMs)}`
  switch (event.exitCode) {
    case exitCode.ok:
      return `${style.good('✓')} ${style.bold(figures)}`
    case exitCode.interrupted:
      return `${style.warning('✗')} ${style.bold(`Interrupted: ${figures}`)}`
    default:
      return `${style.bad('✗')} ${style.bold(figures)}`
  }
}

/** `3 cells ran`, or `2 cells succeeded, 1 failed, 4 cancelled`. */
export function figuresText({ succeeded, failed, failedAsExpected, cancelled }: RunFinished): string {
  if (failed + failedAsExpected + cancelled === 0) return `${count(succeeded, 'cell')} ran`
  const parts = [
    `${count(succeeded, 'cell')} succeeded`,
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(failedAsExpected > 0 ? [`${failedAsExpected} failed as expected`] : []),
    ...(cancelled > 0 ? [`${cancelled} cancelled`] : []),
  ]
  return parts.join(', ')
}
