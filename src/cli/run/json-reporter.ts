import type { RunReporter } from './run-event.js'

/** One JSON object a line for each event, with the time at which it was told. */
export function createJsonReporter(write: (text: string) => void): RunReporter {
  return {
    report: ({ event, ...details }) =>
      write(`${JSON.stringify({ event, time: new Date().toISOString(), ...details })}\n`),
    close: () => undefined,
  }
}
