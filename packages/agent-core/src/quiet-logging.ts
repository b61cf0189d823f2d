const quietMethods = ['log', 'info', 'debug'] as const
type Originals = Pick<Console, (typeof quietMethods)[number]>

let depth = 0
let originals: Originals | undefined

/**
 * Silences `console.log`, `console.info` and `console.debug` while `operation` runs and returns what it
 * returns.
 *
 * An asynchronous operation stays silent until its promise settles. Calls may overlap: the console
 * comes back with the last one. Warnings and errors always come through.
 */
export function withQuietLogging<T>(operation: () => T): T {
  silence()
  let pending = false
  try {
    const result = operation()
    if (!isPromiseLike(result)) return result
    pending = true
    return Promise.resolve(result).finally(restore) as T
  } finally {
    if (!pending) restore()
  }
}

function silence(): void {
  depth += 1
  if (depth > 1) return
  originals = { log: console.log, info: console.info, debug: console.debug }
  for (const method of quietMethods) console[method] = () => {}
}

function restore(): void {
  depth -= 1
  if (depth > 0 || originals === undefined) return
  Object.assign(console, originals)
  originals = undefined
}

function isPromiseLike(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as { then?: unknown } | null | undefined)?.then === 'function'
}
