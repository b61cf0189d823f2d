import { createHash } from 'node:crypto'
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  renameSync,
  rmSync,
  statfsSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import type { LiveStoreSchema } from '@livestore/livestore'
import { messageOf } from '../../machines/failure.js'
import { RegistryError, StoreUnavailableError } from '../errors.js'
import { errorCode } from './error-code.js'
import {
  databaseFiles,
  readOwnFile,
  replaceOwnFile,
  requireOwnDirectory,
  requireOwnFiles,
} from './own-file.js'

const versionFileName = 'state-version.json'
/** What a process has submitted and what may not be in the event log yet; see `FileJournal`. */
export const journalFileName = 'commits.journal'
const probeFileName = 'probe.tmp'

/** Room a new store needs before its first event, in bytes: two databases with all tables and indexes, doubled. */
const probeBytes = 1024 * 1024

/** Free bytes below which events are no longer taken for written: some turns of commits with their journals. */
const roomBytes = 4 * 1024 * 1024

/** Creates the directory of a notebook. Throws {@link StoreUnavailableError} when it is a link. */
export function makeStoreDirectory(directory: string): void {
  mkdirSync(directory, { recursive: true })
  requireOwnDirectory(directory)
}

/**
 * Makes sure that the files in a directory can be used and lead nowhere else, before any of them is opened. Throws
 * {@link StoreUnavailableError} when not. The directory has to be ours: an owner's journals come and go.
 */
export function requireUsableFiles(directory: string): void {
  requireOwnFiles(directory)
  for (const name of databaseFiles(directory))
    accessSync(join(directory, name), constants.R_OK | constants.W_OK)
}

/** Proves that files can be written in the directory, before any database is touched. The directory has to be ours. */
export function proveRoom(directory: string): void {
  writeProbe(join(directory, probeFileName))
  if (!hasRoom(directory)) throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' })
}

/** A probe that is there already was left by a process that was killed; or it is a link, which is removed, not followed. */
function writeProbe(path: string): void {
  rmSync(path, { force: true })
  try {
    writeFileSync(path, new Uint8Array(probeBytes), { flag: 'wx' })
  } finally {
    rmSync(path, { force: true })
  }
}

/**
 * True while the file system of the directory has more than 4 MiB free. On a full disk LiveStore's file layer takes a
 * write that was cut short for a whole one, so the end has to be seen before it comes.
 */
export function hasRoom(directory: string): boolean {
  const { bavail, bsize } = statfsSync(directory)
  return bavail * bsize > roomBytes
}

/**
 * Removes the materialised tables when they were built by another schema, so that they are rebuilt from the event log.
 * LiveStore would keep one file for each shape of the tables and, on the way back to an earlier shape, take up a file
 * that misses everything since.
 */
export function dropOutdatedState(directory: string, schema: LiveStoreSchema): void {
  const path = join(directory, versionFileName)
  const version = JSON.stringify({ schema: schemaFingerprint(schema) })
  if (readOwnFile(path) === version) return
  dropState(directory)
  replaceOwnFile(path, version)
}

/** Removes the materialised tables; the next opening rebuilds them from the event log (2 to 3 ms per event). */
export function dropState(directory: string): void {
  for (const name of databaseFiles(directory)) {
    if (name.startsWith('state')) rmSync(join(directory, name), { force: true })
  }
}

/** Names of the files that make up a stored notebook. */
export function storeFiles(directory: string): string[] {
  const others = [versionFileName, journalFileName].filter((name) => existsSync(join(directory, name)))
  return [...databaseFiles(directory), ...others]
}

/** Tables out of LiveStore's way, until it is known whether they can be built anew. */
interface StateAside {
  readonly isFilled: boolean
  discard(): void
  /** Puts them back in place of whatever has been built since. */
  putBack(): void
}

/** Moves the materialised tables to names that LiveStore does not look at. */
export function setStateAside(directory: string): StateAside {
  const names = databaseFiles(directory).filter((name) => name.startsWith('state'))
  const kept = (name: string) => join(directory, `kept-${name}`)
  for (const name of names) renameSync(join(directory, name), kept(name))
  return {
    isFilled: names.length > 0,
    discard() {
      for (const name of names) rmSync(kept(name), { force: true })
    },
    putBack() {
      dropState(directory)
      for (const name of names) renameSync(kept(name), join(directory, name))
    },
  }
}

/** Changes with every table, index and materializer. Helper functions a materializer calls are not seen. */
function schemaFingerprint(schema: LiveStoreSchema): string {
  const hash = createHash('sha256').update(String(schema.state.sqlite.hash))
  const materializers = [...schema.state.materializers].toSorted(([left], [right]) => (left < right ? -1 : 1))
  for (const [name, materializer] of materializers) hash.update(`\n${name}\n${String(materializer)}`)
  return hash.digest('hex')
}

const reasons: Readonly<Record<string, string>> = {
  EACCES: 'this user may not write there. Change its permissions or use another directory.',
  EPERM: 'this user may not write there. Change its permissions or use another directory.',
  EROFS: 'the file system is read-only. Use a directory on a writable one.',
  ENOSPC: 'no space is left (more than 4 MiB is needed). Free some space or use another directory.',
  EDQUOT: 'the disk quota is used up. Free some space or use another directory.',
  ENOTDIR: 'a part of this path is a file. Use a path that is a directory or does not exist.',
  EEXIST: 'this path is a file or a link to nothing. Use a path that is a directory or does not exist.',
  ENAMETOOLONG: 'the path is too long. Use a shorter one.',
}

/** What a failing call of the file system means for the notebook in a directory. */
export function unavailable(directory: string, cause: unknown): RegistryError {
  if (RegistryError.is(cause)) return cause
  const reason =
    reasons[errorCode(cause) ?? ''] ?? `${messageOf(cause)}. Make it a directory this process can write to.`
  const path = cause instanceof Error && 'path' in cause ? String(cause.path) : directory
  return new StoreUnavailableError(
    directory,
    `Cannot keep a notebook in ${path.startsWith(`${directory}/`) ? path : directory}: ${reason}`,
    { cause },
  )
}
