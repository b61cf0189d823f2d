/** Looks at a notebook after it has changed: once in a microtask, however often it has. */
export interface NotebookWatch {
  /** Watches, also again after a look that threw. No effect while open. */
  open(): void
  /** Looks soon. No effect while closed. */
  schedule(): void
  close(): void
}

/**
 * A watch that is closed. A look that throws closes it and is told once, so that a bug shows as a failure, and neither ends the
 * process nor repeats itself with each change.
 */
export function createNotebookWatch(look: () => void, onThrow: (error: unknown) => void): NotebookWatch {
  let isOpen = false
  let isScheduled = false
  const run = () => {
    isScheduled = false
    if (!isOpen) return
    try {
      look()
    } catch (error) {
      isOpen = false
      onThrow(error)
    }
  }
  const schedule = () => {
    if (isScheduled || !isOpen) return
    isScheduled = true
    queueMicrotask(run)
  }
  return {
    open: () => {
      if (isOpen) return
      isOpen = true
      schedule()
    },
    schedule,
    close: () => (isOpen = false),
  }
}
