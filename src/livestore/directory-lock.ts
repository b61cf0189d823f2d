import { randomUUID } from 'node:crypto'
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { StoreInUseError } from '../errors.js'

/** Name of the lock file in a notebook's directory. */
export const lockFileName = 'owner.lock.json'

/** What a lock file says about the owner of the directory. */
export interface LockOwner {
  /** Process id on `host`. */
  readonly pid: number
  readonly host: string
  /** Boot of the machine and start of the process in it, where the system tells (Linux); otherwise absent. */
  readonly started?: string
  /** Tells two locks of one process apart. */
  readonly token: string
}

/** A held lock. */
export interface DirectoryLock {
  /** Gives the directory free; a second call does nothing. Also happens when the process exits. */
  release(): void
}

const heldLocks = new Set<DirectoryLock>()
let exitHookInstalled = false

/**
 * Takes a directory for this process. A lock whose process no longer runs is taken over at once, also when another
 * process has got its id since. Throws {@link StoreInUseError} while a living process holds it. A lock of another host
 * counts as held: whether its process lives cannot be known from here.
 */
export function acquireDirectoryLock(directory: string): DirectoryLock {
  const path = join(directory, lockFileName)
  const started = readProcess(process.pid)?.started
  const owner: LockOwner = {
    pid: process.pid,
    host: hostname(),
    ...(started === undefined ? {} : { started }),
    token: randomUUID(),
  }
  const draft = `${path}.${owner.token}`
  writeFileSync(draft, JSON.stringify(owner), { flag: 'wx' })
  try {
    while (!tryLink(draft, path)) removeIfStale(path, directory)
  } finally {
    rmSync(draft, { force: true })
  }
  return holdLock(path, owner.token)
}

/** Hard links appear whole or not at all, so nobody ever reads half a lock. */
function tryLink(draft: string, path: string): boolean {
  try {
    linkSync(draft, path)
    return true
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false
    throw error
  }
}

function removeIfStale(path: string, directory: string): void {
  const text = readIfPresent(path)
  if (text === undefined) return
  const owner = parseOwner(text)
  if (owner !== undefined && isAlive(owner)) throw inUse(directory, path, owner)
  const aside = `${path}.stale-${randomUUID()}`
  if (!tryRename(path, aside)) return
  if (readIfPresent(aside) !== text) tryLink(aside, path)
  rmSync(aside, { force: true })
}

function holdLock(path: string, token: string): DirectoryLock {
  installExitHook()
  const lock: DirectoryLock = {
    release() {
      if (!heldLocks.delete(lock)) return
      const text = readIfPresent(path)
      if (text !== undefined && parseOwner(text)?.token === token) rmSync(path, { force: true })
    },
  }
  heldLocks.add(lock)
  return lock
}

function installExitHook(): void {
  if (exitHookInstalled) return
  exitHookInstalled = true
  process.on('exit', () => {
    for (const lock of heldLocks) lock.release()
  })
}

function isAlive(owner: LockOwner): boolean {
  if (owner.host !== hostname()) return true
  if (!processExists(owner.pid)) return false
  const found = readProcess(owner.pid)
  if (found === undefined) return true
  return !found.hasEnded && (owner.started === undefined || found.started === owner.started)
}

function processExists(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return errorCode(error) !== 'ESRCH'
  }
}

interface ProcessFacts {
  /** Boot id of the machine and start time of the process, in clock ticks since then. */
  readonly started: string
  /** Killed, but its parent has not asked for its exit code yet. */
  readonly hasEnded: boolean
}

/** Reads fields 3 (state) and 22 (start time) of /proc/<pid>/stat. Undefined where there is no /proc. */
function readProcess(pid: number): ProcessFacts | undefined {
  const stat = readIfPresent(`/proc/${pid}/stat`)
  const boot = readIfPresent('/proc/sys/kernel/random/boot_id')?.trim()
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ')
  const state = fields?.[3 - 3]
  const startTicks = fields?.[22 - 3]
  if (boot === undefined || state === undefined || startTicks === undefined) return undefined
  return { started: `${boot}:${startTicks}`, hasEnded: state === 'Z' || state === 'X' }
}

function parseOwner(text: string): LockOwner | undefined {
  try {
    const value = JSON.parse(text) as Partial<LockOwner> | null
    if (typeof value?.pid !== 'number' || typeof value.host !== 'string') return undefined
    return { ...value, pid: value.pid, host: value.host, token: String(value.token) }
  } catch {
    return undefined
  }
}

function inUse(directory: string, path: string, owner: LockOwner): StoreInUseError {
  const elsewhere = owner.host !== hostname()
  const holder =
    owner.pid === process.pid && !elsewhere
      ? `this process (${owner.pid})`
      : `process ${owner.pid} on ${owner.host}`
  const advice = elsewhere
    ? `If that process no longer runs, delete ${path}.`
    : 'Close the notebook there, end that process, or use another directory.'
  return new StoreInUseError(
    directory,
    owner.pid,
    `The notebook in ${directory} is open in ${holder}; a directory has one owner at a time. ${advice}`,
  )
}

function tryRename(from: string, to: string): boolean {
  try {
    renameSync(from, to)
    return true
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return false
    throw error
  }
}

function readIfPresent(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (errorCode(error) === 'ENOENT' || errorCode(error) === 'ESRCH') return undefined
    throw error
  }
}

function errorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined
}
