/**
 * Milliseconds in which a second signal counts as the first: npm passes on what the terminal has sent already. A signal that
 * came within them counts so also when the process was too busy to take it.
 */
const samePressMs = 500

/** Listens for Ctrl-C and for requests to terminate. */
export interface Interruption {
  /** Aborted by the first signal. */
  readonly signal: AbortSignal
  /** Stops listening; from then on signals do what they do by default. */
  stop(): void
}

/** Begins to listen. `endAtOnce` is called by the second signal. */
export function listenForInterruption(endAtOnce: () => void): Interruption {
  const controller = new AbortController()
  let isSamePress = true
  const endSamePress = (): void => void setImmediate(() => (isSamePress = false))
  const onSignal = (): void => {
    if (!controller.signal.aborted) {
      setTimeout(endSamePress, samePressMs).unref()
      controller.abort(new Error('interrupted'))
    } else if (!isSamePress) endAtOnce()
  }
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  for (const name of signals) process.on(name, onSignal)
  return {
    signal: controller.signal,
    stop: () => {
      for (const name of signals) process.off(name, onSignal)
    },
  }
}
