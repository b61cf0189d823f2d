import { logger } from './logger.js'

/** Runs output actions one after another, in the order they came. */
export interface OutputQueue {
  /** Whether something still runs or waits. */
  readonly isBusy: boolean
  /** Runs the action: in this turn when nothing is waiting, otherwise after everything before it. */
  add(action: () => void | Promise<void>): Promise<void>
  /** Resolves when nothing waits any more, what was added meanwhile included. */
  idle(): Promise<void>
}

/** A queue whose actions may be asynchronous. A failing action is logged and the next one runs. */
export function createOutputQueue(): OutputQueue {
  let tail: Promise<void> | undefined

  function add(action: () => void | Promise<void>): Promise<void> {
    if (tail !== undefined) return track(tail.then(() => attempt(action)))
    const work = attempt(action)
    return work === undefined ? Promise.resolve() : track(work)
  }

  function track(work: Promise<void>): Promise<void> {
    const current: Promise<void> = work.catch(report).then(() => {
      if (tail === current) tail = undefined
    })
    tail = current
    return current
  }

  async function idle(): Promise<void> {
    while (tail !== undefined) await tail
  }

  return {
    get isBusy() {
      return tail !== undefined
    },
    add,
    idle,
  }
}

function attempt(action: () => void | Promise<void>): Promise<void> | undefined {
  try {
    return action() ?? undefined
  } catch (error) {
    report(error)
    return undefined
  }
}

function report(error: unknown): void {
  logger.error('An output could not be written and was dropped', error)
}
