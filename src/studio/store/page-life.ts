/** Whether the pages that wrote something are still there, by locks that each holds as long as it lives. */
import { pageId } from './open-store.js'

const lockOf = (page: string) => `studio-page-${page}`

/** Holds this page's lock until its end. */
export function holdPageLife(): void {
  void navigator.locks.request(lockOf(pageId), () => new Promise(() => undefined))
}

/** Those of the pages that have ended. */
export async function endedPages(pages: Iterable<string>): Promise<string[]> {
  const { held = [] } = await navigator.locks.query()
  const alive = new Set(held.map(({ name }) => name))
  return [...pages].filter((page) => !alive.has(lockOf(page)))
}

/** Calls back when the page has ended, at once when it already has. */
export function whenPageEnds(page: string, listener: () => void): void {
  if (page !== pageId) void navigator.locks.request(lockOf(page), listener)
}
