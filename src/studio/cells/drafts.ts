/** What has been typed and not been recorded yet, over all editors of the page. */
const flushes = new Set<() => void>()

/** Adds a function that records what its editor holds; returns the function that takes it back. */
export function onFlushDrafts(flush: () => void): () => void {
  flushes.add(flush)
  return () => void flushes.delete(flush)
}

/** Hands everything typed to the notebook, now: before a cell runs, and before the page ends. */
export function flushDrafts(): void {
  for (const flush of flushes) flush()
}
