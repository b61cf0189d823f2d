/** Time as the outputs see it; tests pass a simulated one. */
export interface OutputClock {
  setTimeout(callback: () => void, milliseconds: number): unknown
  clearTimeout(handle: unknown): void
  now(): number
}

/** The global timers. They never keep a Node process alive. */
export const systemClock: OutputClock = {
  setTimeout: (callback, milliseconds) => unreferenced(setTimeout(callback, milliseconds)),
  clearTimeout: (handle) => clearTimeout(handle as ReturnType<typeof setTimeout>),
  now: () => Date.now(),
}

/** On Node: lets the process end although the timer waits. Elsewhere timers are numbers and nothing changes. */
function unreferenced<Timer>(timer: Timer): Timer {
  ;(timer as { unref?: () => void }).unref?.()
  return timer
}
