import { executionStatus } from '../../status/index.js'
import { createLineAssembler } from '../text/line-assembler.js'
import { count, formatDuration } from '../text/measures.js'
import { outputText } from '../text/output-text.js'
import { toPrintable } from '../text/printable-text.js'
import type { Style } from '../text/style.js'
import type { RunCell, RunEvent, RunInspecting, RunReporter } from './run-event.js'
import { summaryLines } from './summary.js'

/** Where a text reporter writes. */
export interface TextReporterOptions {
  print(lines: readonly string[]): void
  readonly style: Style
  /** How the program is called in advice. */
  readonly program: string
  /** Columns that the header of a cell may take. */
  readonly columns: () => number
  /** Told the line that is not complete yet; empty when there is none. */
  onPartial?(line: string): void
}

/** Successful cells that took less than this say nothing about their time, in milliseconds. */
const worthMentioningMs = 1000

const indent = '    '

/** A run as lines of text: a header for each cell, its outputs below it as they come, and a summary at the end. */
export function createTextReporter(options: TextReporterOptions): RunReporter {
  const { print, style } = options
  const lines = createLineAssembler()
  const printOutput = (texts: readonly string[]): void =>
    print(texts.map((text) => (text === '' ? '' : indent + text)))
  const flush = (): void => {
    printOutput(lines.flush())
    options.onPartial?.('')
  }
  const showOutput = (event: RunEvent & { event: 'output' }): void => {
    const text = toPrintable(outputText(event.output), style.isColoured)
    if (event.output.output_type !== 'stream') {
      flush()
      if (text !== '') printOutput(text.replace(/\n$/, '').split('\n'))
      return
    }
    printOutput(lines.push(text))
    options.onPartial?.(lines.partial === '' ? '' : indent + lines.partial)
  }
  return {
    report(event) {
      switch (event.event) {
        case 'run.started':
          return print(startLines(event, style))
        case 'run.warning':
          return print([style.warning(toPrintable(event.message, false))])
        case 'run.inspecting':
          return print(inspectionLines(event, style))
        case 'run.recovered':
          return print(recoveryLines(event, style))
        case 'run.interrupting':
          return print([style.warning('Interrupting … press Ctrl-C again to end at once.')])
        case 'agent.changed':
          return event.state === 'restarting' ? print([restartLine(event, style)]) : undefined
        case 'cell.started':
          return print([cellHeader(event, options)])
        case 'output':
          return showOutput(event)
        case 'cell.finished':
          flush()
          return print(endLines(event, style))
        case 'run.finished':
          return print(summaryLines(event, options))
      }
    },
    close: () => undefined,
  }
}

/** `[3] total = sum(numbers)` */
export function cellHeader(
  cell: RunCell,
  { style, columns }: Pick<TextReporterOptions, 'style' | 'columns'>,
) {
  const count = `[${cell.executionCount}]`
  const room = Math.max(20, columns() - count.length - 1)
  return `${style.accent(count)} ${style.bold(shorten(toPrintable(cell.label, false), room))}`
}

function inspectionLines({ viewer, isHeld }: RunInspecting, style: Style): string[] {
  const until = isHeld ? 'until Ctrl-C' : 'until the run ends'
  return [`${style.accent('Look at it')} ${viewer} ${style.dim(`(${until}; for you alone)`)}`, '']
}

function startLines(event: RunEvent & { event: 'run.started' }, style: Style): string[] {
  const cells = event.cells === 0 ? 'no code cells to run' : count(event.cells, 'code cell')
  return [`${style.bold(event.notebook)} ${style.dim(`· ${cells} · ${event.runtime}`)}`, '']
}

function recoveryLines(event: RunEvent & { event: 'run.recovered' }, style: Style): string[] {
  const parts = [
    ...(event.lost > 0
      ? [`${count(event.lost, 'cell')} ${were(event.lost)} running and ${are(event.lost)} lost`]
      : []),
    ...(event.cancelled > 0
      ? [
          `${count(event.cancelled, 'cell')} ${were(event.cancelled)} waiting and ${are(event.cancelled)} now cancelled`,
        ]
      : []),
  ]
  return [
    style.warning(`The earlier run in this store was cut off: ${parts.join('; ')}.`),
    style.warning('Its variables are gone, so all cells run again. What it had recorded is kept.'),
    '',
  ]
}

function restartLine({ reason }: { readonly reason?: string }, style: Style): string {
  return style.warning(
    `${indent}The runtime is being restarted; its variables are gone.${reason ? ` ${reason}` : ''}`,
  )
}

function endLines(event: RunEvent & { event: 'cell.finished' }, style: Style): string[] {
  if (!event.hasRun) return []
  const took = formatDuration(event.durationMs)
  if (event.isExpected) return [style.dim(`${indent}✓ failed as expected after ${took}`)]
  switch (event.outcome) {
    case 'succeeded':
      return event.durationMs < worthMentioningMs ? [] : [style.dim(`${indent}✓ ${took}`)]
    case 'cancelled':
      return [style.warning(`${indent}✗ interrupted after ${took}`)]
    case 'timedOut':
      return [style.bad(`${indent}✗ stopped after ${took}: ${event.reason ?? 'it took too long'}`)]
    default:
      return [style.bad(`${indent}✗ ${executionStatus(event.outcome).text.toLowerCase()} after ${took}`)]
  }
}

const were = (amount: number) => (amount === 1 ? 'was' : 'were')
const are = (amount: number) => (amount === 1 ? 'is' : 'are')

const shorten = (text: string, length: number) =>
  text.length <= length ? text : `${text.slice(0, length - 1)}…`
