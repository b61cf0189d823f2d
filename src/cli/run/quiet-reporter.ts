import { outputText } from '../text/output-text.js'
import { toPrintable } from '../text/printable-text.js'
import { exitCode } from '../exit-code.js'
import { cutLines, figuresText } from './summary.js'
import type { RunReporter } from './run-event.js'
import { cellHeader, type TextReporterOptions } from './text-reporter.js'

/** Says nothing as long as all goes well; then the cell that failed, its error and what became of the run. */
export function createQuietReporter(
  options: Pick<TextReporterOptions, 'print' | 'style' | 'columns'>,
): RunReporter {
  const errors = new Map<string, string[]>()
  return {
    report(event) {
      if (event.event === 'run.inspecting') options.print([event.viewer])
      if (event.event === 'output' && event.output.output_type === 'error') {
        const text = toPrintable(outputText(event.output), options.style.isColoured)
        errors.set(event.cellId, [...(errors.get(event.cellId) ?? []), ...text.split('\n')])
      }
      if (
        event.event === 'cell.finished' &&
        event.outcome !== 'succeeded' &&
        event.hasRun &&
        !event.isExpected
      ) {
        const said = errors.get(event.cellId) ?? [event.reason ?? event.outcome]
        options.print([cellHeader(event, options), ...said.map((line) => `    ${line}`)])
      }
      if (event.event === 'run.finished' && event.exitCode !== exitCode.ok) {
        const reason = event.reason === undefined ? [] : [event.reason]
        options.print([figuresText(event), ...reason, ...cutLines(event, options.style)])
      }
    },
    close: () => undefined,
  }
}
