import { startChild, type Child } from '../faults/child.js'
import type { StoreChildOptions, StoreChildReport } from './store-child.js'

/** Milliseconds until a process that opens, mends and closes a store counts as hanging: some hundred times what it needs. */
const hangMs = 180_000

/** How a process ended that opened a store and closed it again. */
export type Visit =
  | Extract<StoreChildReport, { event: 'closed' | 'refused' }>
  | { readonly event: 'hung' }
  | { readonly event: 'crashed'; readonly reason: string }

/** Starts a process that opens a store. */
export const startStoreChild = (options: StoreChildOptions): Child<StoreChildReport> =>
  startChild<StoreChildReport>(new URL('store-child.js', import.meta.url).href, options)

/** Opens a store in a process of its own, and closes it; says how that ended, and which warnings were given. */
export async function visitStore(
  options: Omit<StoreChildOptions, 'end'>,
): Promise<{ readonly visit: Visit; readonly warnings: readonly string[] }> {
  const child = startStoreChild({ ...options, end: true })
  let isHung = false
  const timer = setTimeout(() => {
    isHung = true
    void child.kill()
  }, hangMs)
  const visit = await Promise.race([child.until('closed'), child.until('refused')]).catch(toCrash)
  await child.ended
  clearTimeout(timer)
  const warnings = child.reports.flatMap((report) => (report.event === 'warned' ? [report.code] : []))
  return { visit: isHung ? { event: 'hung' } : visit, warnings }
}

const toCrash = (error: unknown): Visit => ({ event: 'crashed', reason: String(error) })
