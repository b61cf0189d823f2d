import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  ftruncateSync,
  lstatSync,
  readSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { StoreInUseError } from '../errors.js'
import { errorCode } from './error-code.js'
import { type LockAttempt, tryLock } from './kernel-lock.js'
import { isElsewhere, lifeOf, type LockOwner, parseOwner, thisOwner } from './lock-owner.js'
import { openOwnFile, readOwnFile } from './own-file.js'

/** Name of the lock file in a notebook's directory. */
export const lockFileName = 'owner.lock.json'

/** Milliseconds of {@link acquireDirectoryLock}. */
export interface LockTiming {
  /** Between two signs of life of an owner. */
  readonly beatMs: number
  /** Without a sign of life until an owner whose process cannot be seen counts as gone. */
  readonly patienceMs: number
}

const usualTiming: LockTiming = { beatMs: 5_000, patienceMs: 30_000 }

/** How often, and how many milliseconds apart, a lock is asked for that a reader may have for a moment. */
const glances = { count: 3, apartMs: 50 } as const

/** How often a contender begins anew because the file was removed or replaced meanwhile. */
const maxRounds = 50

/** Milliseconds after which a contender looks whether another one has written after it. */
const settleMs = 250

/** Milliseconds between two looks for a sign of life. */
const signCheckMs = 500

/** A held lock. */
export interface DirectoryLock {
  /** Gives the directory free; a second call does nothing. Also happens when the process exits. */
  release(): void
  /** False once another process has taken the directory while this one was stopped; the system's locks exclude that. */
  isOurs(): boolean
  /** Resolves with a sentence when the directory is not ours any more; stays pending after a release. */
  readonly lost: Promise<string>
}

const heldLocks = new Set<DirectoryLock>()
let exitHookInstalled = false

/**
 * Takes a directory for this process. The lock is the operating system's: it ends with the process, also in another
 * container on the same system, and no clock, host name or process id decides about it.
 *
 * Where there is no such lock (no `flock` command, a file system without locks), the owner gives a sign of life every 5
 * seconds. An owner whose process can be seen counts as gone when that process has ended; any other after 30 seconds
 * without a sign, which the contender waits for. An owner that was stopped for so long finds its lock lost.
 *
 * Throws {@link StoreInUseError} while somebody has the directory, and `STORE_UNAVAILABLE` when the lock file is a link or
 * no file.
 */
export async function acquireDirectoryLock(directory: string, timing = usualTiming): Promise<DirectoryLock> {
  const path = join(directory, lockFileName)
  for (let round = 1; round <= maxRounds; round += 1) {
    const attempt = await askForLock(path)
    if (attempt.answer === 'busy') break
    const lock = await takeFile(directory, path, attempt, timing)
    if (lock !== undefined) return lock
  }
  throw inUse(directory, path, ownerAt(path))
}

/** Throws {@link StoreInUseError} while somebody has the directory, as far as can be seen without waiting or writing. */
export async function requireFreeDirectory(directory: string): Promise<void> {
  const path = join(directory, lockFileName)
  if (!existsSync(path)) return
  const attempt = await tryLock(path, 'shared')
  if (attempt.answer === 'busy') throw inUse(directory, path, ownerAt(path))
  const owner = readOwner(attempt.descriptor)
  closeSync(attempt.descriptor)
  if (owner !== undefined && stateOf(owner, attempt.answer) !== 'gone') throw inUse(directory, path, owner)
}

type OpenFile = Exclude<LockAttempt, { readonly answer: 'busy' }>

async function askForLock(path: string): Promise<LockAttempt> {
  for (let glance = 1; ; glance += 1) {
    const attempt = await tryLock(path, 'exclusive')
    if (attempt.answer !== 'busy' || glance === glances.count) return attempt
    await delay(glances.apartMs)
  }
}

/** Undefined when the file was removed or replaced meanwhile. */
async function takeFile(
  directory: string,
  path: string,
  { answer, descriptor }: OpenFile,
  timing: LockTiming,
): Promise<DirectoryLock | undefined> {
  const owner = thisOwner(answer === 'held' ? 'system' : 'beats')
  let lock: DirectoryLock | undefined
  try {
    const earlier = readOwner(descriptor)
    if (earlier && (await isThere(earlier, path, answer, timing))) throw inUse(directory, path, earlier)
    if (!isFileAt(path, descriptor) || readOwner(descriptor)?.token !== earlier?.token) return undefined
    writeOwner(descriptor, owner)
    if (owner.by === 'beats') await delay(settleMs)
    if (!isFileAt(path, descriptor) || readOwner(descriptor)?.token !== owner.token) return undefined
    lock = holdLock(path, descriptor, owner, timing.beatMs)
    return lock
  } finally {
    if (lock === undefined) closeSync(descriptor)
  }
}

async function isThere(
  owner: LockOwner,
  path: string,
  answer: OpenFile['answer'],
  { patienceMs }: LockTiming,
): Promise<boolean> {
  const state = stateOf(owner, answer)
  return state === 'unknown' ? givesSign(path, patienceMs) : state === 'there'
}

/** Whether an owner that does not hold the system's lock, as far as this system can tell, has the directory. */
function stateOf(owner: LockOwner, answer: OpenFile['answer']): 'there' | 'gone' | 'unknown' {
  if (answer === 'held' && owner.by === 'system') return 'gone'
  const life = lifeOf(owner)
  if (life !== 'unknown') return life === 'alive' ? 'there' : 'gone'
  return owner.by === undefined ? 'there' : 'unknown'
}

/** Watches a lock file; no clock of another machine is compared with ours. */
async function givesSign(path: string, patienceMs: number): Promise<boolean> {
  const before = signOf(path)
  const deadline = performance.now() + patienceMs
  while (performance.now() < deadline) {
    await delay(Math.min(signCheckMs, patienceMs / 4))
    if (signOf(path) !== before) return true
  }
  return false
}

/** Opens the file anew: on a network file system this is what brings the times of another machine. */
function signOf(path: string): string {
  try {
    const descriptor = openOwnFile(path, constants.O_RDONLY)
    try {
      const { ino, mtimeMs } = fstatSync(descriptor)
      return `${ino} ${mtimeMs} ${readOwner(descriptor)?.token}`
    } finally {
      closeSync(descriptor)
    }
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return 'removed'
    throw error
  }
}

function holdLock(path: string, descriptor: number, owner: LockOwner, beatMs: number): DirectoryLock {
  installExitHook()
  const isOurs = () => isFileAt(path, descriptor) && (readOwner(descriptor) ?? owner).token === owner.token
  let lose: (reason: string) => void
  const beat = setInterval(() => {
    if (isOurs()) writeOwner(descriptor, owner)
    else lose(`another process has taken ${path}, or it was removed`)
  }, beatMs)
  beat.unref()
  const lock: DirectoryLock = {
    lost: new Promise((resolve) => (lose = resolve)),
    isOurs: () => owner.by === 'system' || isOurs(),
    release() {
      if (!heldLocks.delete(lock)) return
      clearInterval(beat)
      if (isOurs()) removeLockFile(path, descriptor)
      else closeSync(descriptor)
    },
  }
  heldLocks.add(lock)
  return lock
}

/** Removed while the lock is held, so that it cannot be the file of a successor; Windows removes no open file. */
function removeLockFile(path: string, descriptor: number): void {
  if (process.platform === 'win32') closeSync(descriptor)
  try {
    rmSync(path, { force: true })
  } finally {
    if (process.platform !== 'win32') closeSync(descriptor)
  }
}

function installExitHook(): void {
  if (exitHookInstalled) return
  exitHookInstalled = true
  process.on('exit', () => {
    for (const lock of heldLocks) lock.release()
  })
}

function isFileAt(path: string, descriptor: number): boolean {
  try {
    const there = lstatSync(path)
    const open = fstatSync(descriptor)
    return there.ino === open.ino && there.dev === open.dev
  } catch {
    return false
  }
}

/** Windows lets nobody read a locked file. */
function ownerAt(path: string): LockOwner | undefined {
  try {
    return parseOwner(readOwnFile(path))
  } catch {
    return undefined
  }
}

function readOwner(descriptor: number): LockOwner | undefined {
  const bytes = Buffer.alloc(4096)
  return parseOwner(bytes.toString('utf8', 0, readSync(descriptor, bytes, 0, bytes.length, 0)))
}

/** Also a sign of life: every write gives the file a new time. */
function writeOwner(descriptor: number, owner: LockOwner): void {
  const text = JSON.stringify(owner)
  if (fstatSync(descriptor).size !== Buffer.byteLength(text)) ftruncateSync(descriptor, 0)
  writeSync(descriptor, text, 0)
}

function inUse(directory: string, path: string, owner: LockOwner | undefined): StoreInUseError {
  const holder =
    owner === undefined
      ? 'another process'
      : owner.pid === process.pid && lifeOf(owner) === 'alive'
        ? `this process (${owner.pid})`
        : `process ${owner.pid} on ${owner.host}`
  const advice =
    owner !== undefined && owner.by === undefined && isElsewhere(owner)
      ? `If that process no longer runs, delete ${path}.`
      : 'Close the notebook there, end that process, or use another directory.'
  return new StoreInUseError(
    directory,
    owner?.pid ?? 0,
    `The notebook in ${directory} is open in ${holder}; a directory has one owner at a time. ${advice}`,
  )
}

const delay = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds))
