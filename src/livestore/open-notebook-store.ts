import { schema, type Store } from '@runtimed/schema'
import { RegistryError } from '../errors.js'
import { existingCommitter } from './committer.js'
import { type AnyStore, beginClosing, hasStoreEnded, storeClosing, storeInfo } from './store-info.js'
import { isWritten } from './sync-position.js'

/** Milliseconds between looks at a store that is being closed. */
const drainCheckMs = 5

/** Options of {@link openNotebookStore}. */
export interface NotebookStoreOptions {
  /** Also LiveStore's store id; letters, digits, `_` and `-`. */
  readonly notebookId: string
  /**
   * `'memory'` keeps nothing. A directory (created when missing) keeps each notebook in a directory of its own
   * below it, `<directory>/<notebookId>`, which one process owns at a time.
   */
  readonly storage: 'memory' | { readonly directory: string }
  /** Names this process in the log. Two processes must never share one. Default: one name per process, `node-<uuid>`. */
  readonly clientId?: string
  /** Gives up the opening with the signal's reason. Has no effect once the store is open. */
  readonly signal?: AbortSignal
}

/** Options of {@link closeNotebookStore}. */
export interface CloseNotebookStoreOptions {
  /** Milliseconds to wait until everything committed is durable. Default 5000. */
  readonly timeoutMs?: number
}

/**
 * Opens the store of a notebook in this Node process, with a sync backend in the same process.
 *
 * A store in a directory survives a kill at any moment: what was durable is there at the next opening, once.
 * Everything is read from files without fsync: after a power failure the last seconds may be missing.
 *
 * Throws `INVALID_NOTEBOOK_ID`, `STORE_IN_USE` (another process has the directory) or `STORE_UNAVAILABLE` (it cannot
 * be written, or is damaged). Close with {@link closeNotebookStore}; until then the store keeps the process alive.
 */
export async function openNotebookStore(options: NotebookStoreOptions): Promise<Store> {
  const { notebookId, storage, clientId, signal } = options
  requireNotebookId(notebookId)
  signal?.throwIfAborted()
  const { openNodeStore } = await import('./node-store.js')
  const identity = clientId === undefined ? {} : { clientId }
  const store = await openNodeStore({ schema, storeId: notebookId, storage, ...identity })
  if (signal?.aborted !== true) return store
  await closeNotebookStore(store)
  throw signal.reason
}

/**
 * Waits until everything committed is durable, shuts the store down and gives its directory free. A second call waits
 * for the first; a store that is already dead is only tidied up, without an error.
 *
 * Throws `STORE_NOT_DRAINED` when the time runs out; the store is shut down all the same, and what was not durable
 * is lost.
 */
export function closeNotebookStore(store: Store, options: CloseNotebookStoreOptions = {}): Promise<void> {
  return closeStore(store as unknown as AnyStore, options.timeoutMs ?? 5000)
}

/** {@link closeNotebookStore} for a store of any schema. @internal */
export function closeStore(store: AnyStore, timeoutMs: number): Promise<void> {
  return storeClosing(store) ?? beginClosing(store, () => drainAndShutDown(store, timeoutMs))
}

async function drainAndShutDown(store: AnyStore, timeoutMs: number): Promise<void> {
  const committer = existingCommitter(store)
  const deadline = performance.now() + timeoutMs
  while (isAlive(store) && !isDrained(store, committer?.pending) && performance.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, drainCheckMs))
  }
  committer?.close()
  const drained = !isAlive(store) || isDrained(store, 0)
  await store.shutdownPromise().catch(ignoreDeadStore)
  if (!drained) throw notDrained(store, timeoutMs)
}

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
    `Store "${store.storeId}"${place(store)} was closed before everything committed was durable, after ` +
      `${timeoutMs} ms; the rest is lost. Look for a full disk, or allow more time with timeoutMs.`,
  )
}

function place(store: AnyStore): string {
  const { directory } = storeInfo(store)
  return directory === undefined ? '' : ` in ${directory}`
}

function requireNotebookId(notebookId: string): void {
  if (/^[A-Za-z0-9_-]+$/.test(notebookId)) return
  throw new RegistryError(
    'INVALID_NOTEBOOK_ID',
    `${JSON.stringify(notebookId)} cannot be a notebook id. Use letters, digits, "_" and "-" only.`,
  )
}
