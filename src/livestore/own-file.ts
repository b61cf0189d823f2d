import { randomUUID } from 'node:crypto'
import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  type Stats,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { StoreUnavailableError } from '../errors.js'
import { errorCode } from './error-code.js'

/** Files that LiveStore opens by their names, and follows wherever they lead. */
const isDatabaseFile = (name: string) => /^(state|eventlog).*\.db(-journal|-wal|-shm)?$/.test(name)

/** Neither follows a link nor waits for the other end of a pipe; 0 where the system has no such flag. */
const carefully = (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0)

/**
 * Opens a file of a notebook's directory, with flags of `node:fs`. Throws `STORE_UNAVAILABLE` when the path is a link, or
 * anything but a file that has this one name: a store of somebody else must not lead to other files.
 */
export function openOwnFile(path: string, flags: number): number {
  let descriptor: number
  try {
    if (carefully === 0) requireOwn(path, lstatSync(path, { throwIfNoEntry: false }))
    descriptor = openSync(path, flags | carefully, 0o600)
  } catch (error) {
    if (['ELOOP', 'EMLINK', 'EISDIR', 'ENXIO'].includes(errorCode(error) ?? ''))
      requireOwn(path, lstatSync(path))
    throw error
  }
  try {
    requireOwn(path, fstatSync(descriptor))
    return descriptor
  } catch (error) {
    closeSync(descriptor)
    throw error
  }
}

/** The text of a file of a notebook's directory; undefined when there is none. Throws as {@link openOwnFile}. */
export function readOwnFile(path: string): string | undefined {
  try {
    return readOwnBytes(path).toString('utf8')
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined
    throw error
  }
}

/** The bytes of a file of a notebook's directory. Throws as {@link openOwnFile}. */
export function readOwnBytes(path: string): Buffer {
  const descriptor = openOwnFile(path, constants.O_RDONLY)
  try {
    return readFileSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

/** Puts a whole new file at the path; what was there is replaced, and never written to. */
export function replaceOwnFile(path: string, content: string | Uint8Array): void {
  const draft = `${path}.${randomUUID()}`
  writeFileSync(draft, content, { flag: 'wx', mode: 0o600 })
  try {
    renameSync(draft, path)
  } catch (error) {
    rmSync(draft, { force: true })
    throw error
  }
}

/** Throws `STORE_UNAVAILABLE` when the directory is a symbolic link. */
export function requireOwnDirectory(directory: string): void {
  if (lstatSync(directory).isSymbolicLink()) throw notOwn(directory, directory, 'is a symbolic link')
}

/** Throws `STORE_UNAVAILABLE` when a database file in the directory is a link or not what its name says. */
export function requireOwnFiles(directory: string): void {
  for (const name of databaseFiles(directory)) {
    const path = join(directory, name)
    requireOwn(path, lstatSync(path, { throwIfNoEntry: false }))
  }
}

/** Names of the database files in a directory, with their journals. */
export function databaseFiles(directory: string): string[] {
  return readdirSync(directory).filter(isDatabaseFile)
}

function requireOwn(path: string, found: Stats | undefined): void {
  const fault = found && faultOf(found)
  if (fault !== undefined) throw notOwn(dirname(path), path, fault)
}

function faultOf(found: Stats): string | undefined {
  if (found.isSymbolicLink()) return 'is a symbolic link'
  if (found.isDirectory()) return 'is a directory'
  if (!found.isFile()) return 'is not a file'
  return found.nlink > 1 ? `has ${found.nlink} names (hard links)` : undefined
}

function notOwn(directory: string, path: string, fault: string): StoreUnavailableError {
  const isDirectory = path === directory
  const cure = isDirectory
    ? 'Give the directory that it points to.'
    : `If it is yours, put a copy of the file in its place; otherwise delete "${basename(path)}".`
  return new StoreUnavailableError(
    directory,
    `Nothing was opened: ${path} ${fault}, and a notebook's files are opened under their own names only, ` +
      `so that they cannot lead to other files. ${cure}`,
  )
}
