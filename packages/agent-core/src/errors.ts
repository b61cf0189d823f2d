import { logger } from './logger.js'
import { messageOf } from './message-of.js'

/** `value` as an `Error`; what is none becomes its message. */
export function toError(value: unknown): Error {
  return value instanceof Error ? value : new Error(messageOf(value))
}

/** Awaits a callback of the agent's user. What it throws is logged with its name and goes no further. */
export async function guarded(name: string, callback: () => unknown): Promise<void> {
  try {
    await callback()
  } catch (error) {
    logger.error(`The ${name} callback failed; the agent goes on`, error)
  }
}

/** Waits for `work`, but no longer than this. Tells whether it ended in time. */
export async function endsWithin(work: Promise<unknown>, milliseconds: number): Promise<boolean> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const timeout = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), milliseconds)
  })
  try {
    return await Promise.race([work.then(() => true), timeout])
  } finally {
    clearTimeout(timer)
  }
}
