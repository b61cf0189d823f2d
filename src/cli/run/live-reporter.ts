import { agentStatus } from '../../status/index.js'
import { createLiveScreen } from '../text/live-screen.js'
import { type Progress, progressLine } from '../text/progress-line.js'
import { fitWidth } from '../text/text-width.js'
import { toPrintable } from '../text/printable-text.js'
import type { RunEvent, RunReporter } from './run-event.js'
import { createTextReporter, type TextReporterOptions } from './text-reporter.js'

/** Milliseconds between pictures of the progress line. */
const frameMs = 100

/** What a live reporter needs besides what a text reporter does. */
export interface LiveReporterOptions extends Pick<TextReporterOptions, 'style' | 'program' | 'columns'> {
  write(text: string): void
  readonly unicode: boolean
}

/** As the text reporter, with one progress line at the bottom that moves while the run goes on. */
export function createLiveReporter(options: LiveReporterOptions): RunReporter {
  const screen = createLiveScreen(options.write)
  const startedAt = performance.now()
  let progress: Omit<Progress, 'elapsedMs'> = { done: 0, total: 0, state: 'opening', label: '' }
  let partial = ''
  let frame = 0
  const draw = (): void => {
    const columns = options.columns() - 1
    const elapsedMs = performance.now() - startedAt
    const line = progressLine({ ...progress, elapsedMs }, { ...options, columns, frame })
    screen.show(partial === '' ? [line] : [fitWidth(toPrintable(partial, false), columns), line])
  }
  const timer = setInterval(() => {
    frame += 1
    draw()
  }, frameMs)
  timer.unref()
  const close = (): void => {
    clearInterval(timer)
    screen.close()
  }
  const text = createTextReporter({
    ...options,
    print: (lines) => lines.length > 0 && screen.print(lines),
    onPartial: (line) => (partial = line),
  })
  return {
    report(event) {
      progress = progressAfter(progress, event)
      if (event.event === 'run.finished') close()
      text.report(event)
      draw()
    },
    close,
  }
}

function progressAfter(progress: Omit<Progress, 'elapsedMs'>, event: RunEvent): Omit<Progress, 'elapsedMs'> {
  switch (event.event) {
    case 'run.started':
      return { ...progress, total: event.cells }
    case 'agent.changed':
      return { ...progress, state: agentStatus(event.state).text.toLowerCase() }
    case 'cell.started':
      return { ...progress, label: `[${event.executionCount}] ${toPrintable(event.label, false)}` }
    case 'cell.finished':
      return { ...progress, done: progress.done + 1, label: '' }
    case 'run.interrupting':
      return { ...progress, state: 'interrupting' }
    default:
      return progress
  }
}
