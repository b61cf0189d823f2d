/** What a reader calls an event: `done: execution`, `error: runtime`, `after restart delay`; any other by its own name. */
export const eventText = (event: string): string =>
  event
    .replace(/^xstate\.(done|error)\.actor\.(?=[^*]+$)/, '$1: ')
    .replace(/^xstate\.after\.([^.]+).*/, 'after $1')
