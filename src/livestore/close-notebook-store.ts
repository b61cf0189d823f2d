import type { Store } from '@runtimed/schema'
import { RegistryError } from '../errors.js'
import { existingCommitter } from './committer.js'
import { milliseconds, optional, requireOptions, type Rules } from './rules.js'
import { type AnyStore, beginClosing, hasStoreEnded, storeClosing, storeInfo } from './store-info.js'
import { StallWatch } from './stall-watch.js'
import { isWritten, writtenHead } from './sync-position.js'

/** Milliseconds between looks at a store that is being closed. */
const drainCheckMs = 5

/** Times `timeoutMs` a drain lasts at most while it moves: an app that goes on committing would otherwise never see its end. */
const longestDrain = 12

/** Options of {@link closeNotebookStore}. */
export interface CloseNotebookStoreOptions {
  /** Milliseconds in which nothing more becomes durable, before the rest is given up; a drain that moves has twelve times as long. Default 5000. */
  readonly timeoutMs?: number
}

const rules: Rules<CloseNotebookStoreOptions> = { timeoutMs: optional(milliseconds) }

/**
 * Waits until everything committed is durable, shuts the store down and gives its directory free. An agent that still works on
 * it fails at once with `storeDied`, and records that first. A second call waits for the first; a store that is already dead is
 * only tidied up, without an error.
 *
 * Rejects with `INVALID_OPTION`, the store then stays open; and with `STORE_NOT_DRAINED` when nothing has become durable for that
 * time: the store is shut down all the same, and what was not durable is lost.
 */
export async function closeNotebookStore(
  store: Store,
  options: CloseNotebookStoreOptions = {},
): Promise<void> {
  requireOptions(options, rules, 'closeNotebookStore()')
  await closeStore(store as unknown as AnyStore, options.timeoutMs ?? 5000)
}

/** {@link closeNotebookStore} for a store of any schema. @internal */
export function closeStore(store: AnyStore, timeoutMs: number): Promise<void> {
  return storeClosing(store) ?? beginClosing(store, () => drainAndShutDown(store, timeoutMs))
}

async function drainAndShutDown(store: AnyStore, timeoutMs: number): Promise<void> {
  const committer = existingCommitter(store)
  committer?.announceClose()
  const stall = new StallWatch(timeoutMs)
  const deadline = performance.now() + longestDrain * timeoutMs
  await nextTurn()
  while (isAlive(store) && !isDrained(store, committer?.pending) && performance.now() < deadline) {
    if (stall.look(`${committer?.pending} ${writtenHead(store, store.syncStatus())}`)) break
    await nextTurn(drainCheckMs)
  }
  committer?.close()
  const drained = !isAlive(store) || isDrained(store, 0)
  await store.shutdownPromise().catch(ignoreDeadStore)
  if (!drained) throw notDrained(store, timeoutMs)
}

const nextTurn = (delayMs = 0) => new Promise((resolve) => setTimeout(resolve, delayMs))

function isAlive(store: AnyStore): boolean {
  try {
    store.syncStatus()
    return !hasStoreEnded(store)
  } catch {
    return false
  }
}

function isDrained(store: AnyStore, submissions = 0): boolean {
  return submissions === 0 && isWritten(store, store.syncStatus())
}

/** A store that has ended refuses everything, and there is nothing left to shut down. */
function ignoreDeadStore(): void {}

function notDrained(store: AnyStore, timeoutMs: number): RegistryError {
  return new RegistryError(
    'STORE_NOT_DRAINED',
    `Store "${store.storeId}"${place(store)} was closed before everything committed was durable; the rest is lost. ` +
      `Nothing moved for ${timeoutMs} ms, or not all of it did in ${longestDrain} times as long. Look for a full disk, or allow more time with timeoutMs.`,
  )
}

function place(store: AnyStore): string {
  const { directory } = storeInfo(store)
  return directory === undefined ? '' : ` in ${directory}`
}
