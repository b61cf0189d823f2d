import { randomUUID } from 'node:crypto'
import { join, resolve } from 'node:path'
import { makeAdapter } from '@livestore/adapter-node'
import { UnknownError } from '@livestore/common'
import { createStorePromise, type LiveStoreSchema, type Store as LiveStore } from '@livestore/livestore'
import { LogLevel } from 'effect'
import { RegistryError, StoreUnavailableError } from '../errors.js'
import { type JournalEntry, missingEvents } from './commit-journal.js'
import { committerFor } from './committer.js'
import { acquireDirectoryLock, type DirectoryLock } from './directory-lock.js'
import { errorCode } from './error-code.js'
import { FileJournal, memoryJournal, readJournal } from './file-journal.js'
import { mendFiles, type MendOptions, warnOfRebuild } from './mend-files.js'
import {
  dropOutdatedState,
  hasRoom,
  makeStoreDirectory,
  proveRoom,
  requireUsableFiles,
  setStateAside,
  unavailable,
} from './store-directory.js'
import { constantTracer, untraced } from './quiet-tracer.js'
import { type AnyStore, attachJournal, hasStoreEnded, reasonOfEnd, registerStore } from './store-info.js'
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
  /** The directory that messages name, when the storage is a copy of it. */
  readonly copyOf?: string
}

/**
 * Opens a LiveStore store in Node with a backend in this process, and notes in `storeInfo` that it is ours.
 * Throws `STORE_IN_USE` or `STORE_UNAVAILABLE`; then nothing stays open or locked.
 */
export async function openNodeStore<Schema extends LiveStoreSchema.Any>(
  options: NodeStoreOptions<Schema>,
): Promise<LiveStore<Schema>> {
  const { storage, storeId } = options
  if (storage === 'memory') {
    const store = register(options, await createStore(options), {})
    if (options.sharedLog === undefined) attachJournal(store, memoryJournal)
    return store
  }
  const baseDirectory = resolve(storage.directory)
  const directory = join(baseDirectory, storeId)
  const mending = { shownAs: options.copyOf ?? directory, hasBackend: options.sharedLog !== undefined }
  const lock = await takeDirectory(directory)
  try {
    requireUsableFiles(directory)
    proveRoom(directory)
    const journaled = readJournal(directory, storeId, mending.shownAs)
    await mendFiles(directory, mending)
    dropOutdatedState(directory, options.schema)
    const created = await createFromFiles(options, { baseDirectory, directory, lock, mending })
    endWithLock(created.store as unknown as AnyStore, lock)
    if (options.sharedLog !== undefined) {
      return register(options, created, { directory, release: () => lock.release() })
    }
    let journal: FileJournal | undefined
    const release = () => {
      journal?.close()
      lock.release()
    }
    const store = register(options, created, { directory, release })
    await recover(store as unknown as AnyStore, journaled)
    journal = new FileJournal(directory, storeId, options.schema)
    attachJournal(store, journal)
    return store
  } catch (error) {
    lock.release()
    throw unusable(mending.shownAs, error)
  }
}

async function takeDirectory(directory: string): Promise<DirectoryLock> {
  try {
    makeStoreDirectory(directory)
    return await acquireDirectoryLock(directory)
  } catch (error) {
    throw unavailable(directory, error)
  }
}

/** Commits what a process that was killed had submitted and what never reached the log. */
async function recover(store: AnyStore, entries: readonly JournalEntry[]): Promise<void> {
  if (entries.length === 0) return
  const committer = committerFor(store)
  try {
    for (const event of await missingEvents(store, entries)) committer.submit([event], { mayWait: true })
    await committer.idle()
  } catch (error) {
    await store.shutdownPromise()
    throw error
  } finally {
    committer.close()
  }
}

/** A directory that another process has taken is not written any more: the store dies, and says why. */
function endWithLock(store: AnyStore, lock: DirectoryLock): void {
  void lock.lost.then((reason) => {
    if (!hasStoreEnded(store)) void store.shutdownPromise(new UnknownError({ cause: new Error(reason) }))
  })
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

interface Home {
  readonly baseDirectory: string
  readonly directory: string
  readonly lock: DirectoryLock
  readonly mending: MendOptions
}

/** Tables that cannot be opened, or that do not belong to the event log beside them, are built once more from it. */
async function createFromFiles<Schema extends LiveStoreSchema.Any>(
  options: NodeStoreOptions<Schema>,
  { baseDirectory, directory, lock, mending }: Home,
): Promise<CreatedStore<Schema>> {
  const created = await createStore(options, baseDirectory, lock).catch(() => undefined)
  if (created !== undefined && stateMatchesLog(created.store as unknown as AnyStore)) return created
  await created?.store.shutdownPromise()
  await mendFiles(directory, { ...mending, wasOpened: true })
  const aside = setStateAside(directory)
  try {
    const again = await createStore(options, baseDirectory, lock)
    if (created === undefined && aside.isFilled) warnOfRebuild(mending.shownAs)
    aside.discard()
    return again
  } catch (error) {
    aside.putBack()
    throw error
  }
}

/**
 * The tables and the event log are two files with a transaction each: a process killed between the two commits, or
 * while the tables are being made, leaves them apart. LiveStore notes the last event of either, and never makes tables that are missing.
 */
function stateMatchesLog(store: AnyStore): boolean {
  const made = store.query<readonly { readonly name: string }[]>({
    query: "select name from sqlite_master where type = 'table'",
    bindValues: {},
  })
  const names = new Set(made.map(({ name }) => name))
  if (![...store.schema.state.sqlite.tables.keys()].every((name) => names.has(name))) return false
  const rows = store.query<readonly { readonly head: number | null }[]>({
    query: 'select max(seqNumGlobal) as head from __livestore_session_changeset',
    bindValues: {},
  })
  return `e${rows[0]?.head ?? 0}` === /^e\d+/.exec(store.syncStatus().localHead)?.[0]
}

async function createStore<Schema extends LiveStoreSchema.Any>(
  options: NodeStoreOptions<Schema>,
  baseDirectory?: string,
  lock?: DirectoryLock,
): Promise<CreatedStore<Schema>> {
  const log = options.sharedLog ?? createSyncLog({ echoDelayMs })
  const opening = new AbortController()
  const mayWrite = () => lock?.isOurs() !== false && (baseDirectory === undefined || hasRoom(baseDirectory))
  const adapter = makeAdapter({
    storage: baseDirectory === undefined ? { type: 'in-memory' } : { type: 'fs', baseDirectory },
    clientId: options.clientId ?? processClientId,
    sync: { backend: createSyncBackend(log, mayWrite), onSyncError: 'shutdown' },
  })
  try {
    const store = await createStorePromise({
      adapter: untraced(adapter),
      otelOptions: { tracer: constantTracer },
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

function unusable(directory: string, cause: unknown): RegistryError {
  if (RegistryError.is(cause) || errorCode(cause) !== undefined) return unavailable(directory, cause)
  return new StoreUnavailableError(
    directory,
    `Cannot open the event log in ${directory}: ${reasonOfEnd(cause)}. ` +
      'Restore the directory from a copy, or move it away to begin anew.',
    { cause },
  )
}
