import type { LiveStoreSchema, Store as LiveStore } from '@livestore/livestore'
import { StoreInternalsSymbol } from '@livestore/livestore'
import { Cause, Effect, Exit, Scope } from 'effect'
import { messageOf } from '../../machines/failure.js'
import type { CommitJournal } from './commit-journal.js'
import { guardStore } from './guard-store.js'
import type { SyncLog } from './sync-log.js'

/** A LiveStore store of any schema. */
export type AnyStore = LiveStore<LiveStoreSchema.Any>

/** What is known about a store beyond what LiveStore tells. */
export interface StoreInfo {
  /**
   * True when this library opened the store: it has one writer, its backend lives in this process, and no event of
   * another client can ever arrive. False for a store that came from elsewhere.
   */
  readonly embedded: boolean
  /**
   * Resolves with the reason when the store ends without having been closed through `closeNotebookStore`. Never
   * rejects; stays pending while the store lives and after an orderly close.
   */
  readonly died: Promise<string>
  /** Directory with the files of the store; absent for a store in memory or one from elsewhere. */
  readonly directory?: string
}

interface StoreRecord {
  readonly info: StoreInfo
  readonly log: SyncLog | undefined
  journal: CommitJournal | undefined
  hasEnded: boolean
  closing: Promise<void> | undefined
  release: () => void
}

const records = new WeakMap<object, StoreRecord>()

/** What {@link registerStore} needs to know about a store this library opened. */
export interface StoreRegistration {
  /** The log behind the store when the store is its only client; then the store counts as embedded. */
  readonly log: SyncLog | undefined
  readonly directory?: string
  /** Gives back what the store held (its directory lock); called once, when the store has ended. */
  readonly release: () => void
}

/** Tells what is known about a store. Always the same object for the same store. */
export function storeInfo(store: object): StoreInfo {
  return recordOf(store).info
}

/** Notes that this library opened the store. @internal */
export function registerStore(store: object, registration: StoreRegistration): void {
  const { release, log, ...place } = registration
  createRecord(store, { ...place, embedded: log !== undefined }, log, release)
}

/** The log behind an embedded store. It accepts only what has been written to the event log of the store. @internal */
export function storeLog(store: object): SyncLog | undefined {
  return recordOf(store).log
}

/** The journal of what is submitted to an embedded store. @internal */
export function storeJournal(store: object): CommitJournal | undefined {
  return recordOf(store).journal
}

/** From here on the journal has what is submitted to the store and not in its log yet. */
export function attachJournal(store: object, journal: CommitJournal): void {
  recordOf(store).journal = journal
}

/** True when the store has ended, in whatever way, or is shutting down. @internal */
export function hasStoreEnded(store: object): boolean {
  return recordOf(store).hasEnded || (store as AnyStore)[StoreInternalsSymbol].isShutdown
}

/** True when the store has ended or is being closed. @internal */
export function isStoreGone(store: object): boolean {
  return recordOf(store).closing !== undefined || hasStoreEnded(store)
}

/** The orderly close of a store that is running or done, if there is one. @internal */
export function storeClosing(store: object): Promise<void> | undefined {
  return records.get(store)?.closing
}

/** Runs an orderly close once: from here on the end of the store is not a death. @internal */
export function beginClosing(store: object, close: () => Promise<void>): Promise<void> {
  const record = recordOf(store)
  record.closing ??= close().finally(() => record.release())
  return record.closing
}

function recordOf(store: object): StoreRecord {
  return records.get(store) ?? createRecord(store, { embedded: false }, undefined, () => undefined)
}

function createRecord(
  store: object,
  facts: Omit<StoreInfo, 'died'>,
  log: SyncLog | undefined,
  release: () => void,
): StoreRecord {
  const ended = watchEnd(store as AnyStore)
  guardStore(store as AnyStore)
  const died = new Promise<string>((resolve) => {
    void ended.then((reason) => {
      record.hasEnded = true
      if (record.closing !== undefined) return
      record.release()
      resolve(reason)
    })
  })
  const info = { ...facts, died }
  const record: StoreRecord = { info, log, journal: undefined, hasEnded: false, closing: undefined, release }
  records.set(store, record)
  return record
}

/**
 * LiveStore closes the lifetime scope of a store on every way out, also on those it reports nowhere else; the
 * finalizer added last runs first.
 */
function watchEnd(store: AnyStore): Promise<string> {
  return new Promise((resolve) => {
    const scope = store[StoreInternalsSymbol].effectContext.lifetimeScope
    const finalizer = (exit: Exit.Exit<unknown, unknown>): Effect.Effect<void> =>
      Effect.sync(() => resolve(describeEnd(exit)))
    Effect.runSync(Scope.addFinalizerExit(scope as Scope.Scope, finalizer))
  })
}

function describeEnd(exit: Exit.Exit<unknown, unknown>): string {
  if (Exit.isSuccess(exit)) return 'it was shut down'
  return reasonOfEnd(Cause.squash(exit.cause))
}

/** Why a store refuses its work, in a sentence without SQL and stack traces. @internal */
export function reasonOfEnd(error: unknown): string {
  const text = messageOf(rootOf(error))
  const innermost = /"cause": (?:Error: |")([^,\n"]+)/.exec(text)?.[1] ?? text
  const reason = innermost.replace(/^Error: /, '').replaceAll(/(\\n|\n)\s+at [^\n"\\]*/g, '')
  if (diskReasons.includes(reason)) return `its files cannot be written (${reason}); look for a full disk`
  return reason.length > 300 ? `${reason.slice(0, 300)}…` : reason
}

/** What SQLite says when the file system takes nothing more. */
const diskReasons: readonly string[] = ['disk I/O error', 'database or disk is full']

/** LiveStore wraps an error in others, each of which shows the ones inside as JSON; the innermost says what happened. */
function rootOf(error: unknown): unknown {
  const cause = typeof error === 'object' && error !== null && 'cause' in error ? error.cause : undefined
  return cause === undefined || cause === null ? error : rootOf(cause)
}
