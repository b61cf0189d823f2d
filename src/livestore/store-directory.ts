import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { LiveStoreSchema } from '@livestore/livestore'
import { StoreUnavailableError } from '../errors.js'

const versionFileName = 'state-version.json'
const probeFileName = 'probe.tmp'

/** Room a new store needs before its first event, in bytes: two databases with all tables and indexes, doubled. */
const probeBytes = 1024 * 1024

/** Free bytes below which events are no longer taken for written: some turns of commits with their journals. */
const roomBytes = 4 * 1024 * 1024

/**
 * Creates the directory of a notebook and proves that files can be written there, before any database is touched.
 * Throws {@link StoreUnavailableError} when not.
 */
export function prepareStoreDirectory(directory: string): void {
  const probe = join(directory, probeFileName)
  try {
    mkdirSync(directory, { recursive: true })
    writeFileSync(probe, new Uint8Array(probeBytes))
    if (!hasRoom(directory)) throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' })
  } catch (cause) {
    throw unavailable(directory, cause)
  } finally {
    removeQuietly(probe)
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
  if (readIfPresent(path) === version) return
  dropState(directory)
  writeFileSync(path, version)
}

/** Removes the materialised tables; the next opening rebuilds them from the event log (2 to 3 ms per event). */
export function dropState(directory: string): void {
  for (const name of readdirSync(directory)) {
    if (/^state.*\.db(-journal)?$/.test(name)) rmSync(join(directory, name), { force: true })
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
  EEXIST: 'this path is a file. Use a path that is a directory or does not exist.',
  ENAMETOOLONG: 'the path is too long. Use a shorter one.',
}

function unavailable(directory: string, cause: unknown): StoreUnavailableError {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
  const reason = reasons[code] ?? `${String(cause)}. Make it a directory this process can write to.`
  return new StoreUnavailableError(directory, `Cannot keep a notebook in ${directory}: ${reason}`, { cause })
}

function readIfPresent(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}

function removeQuietly(path: string): void {
  try {
    rmSync(path, { force: true })
  } catch {
    return
  }
}
