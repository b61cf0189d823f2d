import { randomUUID } from 'node:crypto'
import { join, resolve } from 'node:path'
import { makeAdapter } from '@livestore/adapter-node'
import { createStorePromise, type LiveStoreSchema, type Store as LiveStore } from '@livestore/livestore'
import { LogLevel } from 'effect'
import { RegistryError, StoreUnavailableError } from '../errors.js'
import { acquireDirectoryLock } from './directory-lock.js'
import { dropOutdatedState, dropState, hasRoom, prepareStoreDirectory } from './store-directory.js'
import { type AnyStore, registerStore } from './store-info.js'
import { createSyncBackend } from './sync-backend.js'
import { createSyncLog, type SyncLog } from './sync-log.js'

/** Milliseconds in which events on their way back from the in-process backend gather. */
const echoDelayMs = 10

const processClientId = `node-${randomUUID()}`

/** Options of {@link openNodeStore}. */
export interface NodeStoreOptions<Schema extends LiveStoreSchema.Any> {
  readonly schema: Schema
  readonly storeId: string
  /** In memory, or in files under `<directory>/<storeId>`. */
  readonly storage: 'memory' | { readonly directory: string }
  /** Names this client in the log; default one name per process, `node-<uuid>`. */
  readonly clientId?: string
  /**
   * A log shared with other stores of this process; the store then counts as one of several writers. Default: a log
   * of its own.
   */
  readonly sharedLog?: SyncLog
}

/**
 * Opens a LiveStore store in Node with a backend in this process, and notes in `storeInfo` that it is ours.
 * Throws `STORE_IN_USE` or `STORE_UNAVAILABLE`; then nothing stays open or locked.
 */
export async function openNodeStore<Schema extends LiveStoreSchema.Any>(
  options: NodeStoreOptions<Schema>,
): Promise<LiveStore<Schema>> {
  const { storage, storeId } = options
  if (storage === 'memory') return register(options, await createStore(options, undefined), {})
  const baseDirectory = resolve(storage.directory)
  const directory = join(baseDirectory, storeId)
  prepareStoreDirectory(directory)
  const lock = acquireDirectoryLock(directory)
  try {
    dropOutdatedState(directory, options.schema)
    const created = await createFromFiles(options, baseDirectory, directory)
    return register(options, created, { directory, release: () => lock.release() })
  } catch (error) {
    lock.release()
    throw RegistryError.is(error) ? error : damaged(directory, error)
  }
}

interface CreatedStore<Schema extends LiveStoreSchema.Any> {
  readonly store: LiveStore<Schema>
  readonly log: SyncLog
}

function register<Schema extends LiveStoreSchema.Any>(
  options: NodeStoreOptions<Schema>,
  { store, log }: CreatedStore<Schema>,
  home: { readonly directory?: string; readonly release?: () => void },
): LiveStore<Schema> {
  const ownLog = options.sharedLog === undefined ? log : undefined
  registerStore(store, { release: () => undefined, ...home, log: ownLog })
  return store
}

/** Tables that cannot be opened, or that do not belong to the event log beside them, are built once more from it. */
async function createFromFiles<Schema extends LiveStoreSchema.Any>(
  options: NodeStoreOptions<Schema>,
  baseDirectory: string,
  directory: string,
): Promise<CreatedStore<Schema>> {
  const created = await createStore(options, baseDirectory).catch(() => undefined)
  if (created !== undefined && stateMatchesLog(created.store as unknown as AnyStore)) return created
  await created?.store.shutdownPromise()
  dropState(directory)
  return createStore(options, baseDirectory)
}

/**
 * The tables and the event log are two files with a transaction each: a process killed between the two commits, or
 * while the tables are being rebuilt, leaves them apart. LiveStore notes the last event of either.
 */
function stateMatchesLog(store: AnyStore): boolean {
  const rows = store.query<readonly { readonly head: number | null }[]>({
    query: 'select max(seqNumGlobal) as head from __livestore_session_changeset',
    bindValues: {},
  })
  return `e${rows[0]?.head ?? 0}` === /^e\d+/.exec(store.syncStatus().localHead)?.[0]
}

async function createStore<Schema extends LiveStoreSchema.Any>(
  options: NodeStoreOptions<Schema>,
  baseDirectory: string | undefined,
): Promise<CreatedStore<Schema>> {
  const log = options.sharedLog ?? createSyncLog({ echoDelayMs })
  const opening = new AbortController()
  const room = baseDirectory === undefined ? () => true : () => hasRoom(baseDirectory)
  const adapter = makeAdapter({
    storage: baseDirectory === undefined ? { type: 'in-memory' } : { type: 'fs', baseDirectory },
    clientId: options.clientId ?? processClientId,
    sync: { backend: createSyncBackend(log, room), onSyncError: 'shutdown' },
  })
  try {
    const store = await createStorePromise({
      adapter,
      schema: options.schema,
      storeId: options.storeId,
      disableDevtools: true,
      logLevel: LogLevel.None,
      signal: opening.signal,
    })
    return { store, log }
  } catch (error) {
    opening.abort()
    throw error
  }
}

function damaged(directory: string, cause: unknown): StoreUnavailableError {
  return new StoreUnavailableError(
    directory,
    `Cannot open the event log in ${directory}: ${String(cause).slice(0, 300)}. ` +
      'Restore the directory from a copy, or move it away to begin anew.',
    { cause },
  )
}
