/** Lets outputs out to the host, and makes a cell wait that writes faster than the host records. */
import { SHARED, type KernelOutput, type SentOutput } from './protocol.js'

/** Weight that may be under way: so many small outputs, or 3 million UTF-16 units of large ones. */
const MOST_WEIGHT = 200

/** UTF-16 units that weigh as much as an output itself. */
const UNITS_PER_WEIGHT = 16_384

/** Outputs that need not wait after an interrupt, so that the cell can say how it ended. */
const FREE_AFTER_INTERRUPT = 100

/** Milliseconds that one output waits at most: a host that records nothing for so long ends the session by itself. */
const LONGEST_WAIT_MS = 60_000

/**
 * Makes the gate. Without shared memory nothing waits. An interrupt ends the waiting.
 *
 * @returns sends an output that has so many UTF-16 units
 */
export function createOutputGate(
  post: (output: SentOutput) => void,
  shared: Int32Array | undefined,
): (output: KernelOutput, units: number) => void {
  const waitForRoom = shared ? createWaiting(shared) : () => undefined
  let sent = 0
  return (output, units) => {
    waitForRoom(sent)
    sent = (sent + 1 + Math.floor(units / UNITS_PER_WEIGHT)) | 0
    post({ ...output, sent })
  }
}

function createWaiting(shared: Int32Array): (sent: number) => void {
  let interrupts = 0
  let free = 0
  const isInterrupted = (): boolean => {
    const number = Atomics.load(shared, SHARED.interruptNumber)
    if (number !== interrupts) free = FREE_AFTER_INTERRUPT
    interrupts = number
    return free > 0
  }
  return (sent) => {
    const endsAt = performance.now() + LONGEST_WAIT_MS
    while (!isInterrupted()) {
      const recorded = Atomics.load(shared, SHARED.recorded)
      const leftMs = endsAt - performance.now()
      if (((sent - recorded) | 0) < MOST_WEIGHT || leftMs <= 0) return
      Atomics.wait(shared, SHARED.recorded, recorded, leftMs)
    }
    free -= 1
  }
}
