import { randomUUID } from 'node:crypto'
import { readFileSync, readlinkSync } from 'node:fs'
import { hostname } from 'node:os'
import { errorCode } from './error-code.js'

/** What a lock file says about the owner of the directory. */
export interface LockOwner {
  /** Process id on `host`. */
  readonly pid: number
  readonly host: string
  /** Boot of the machine and start of the process in it, where the system tells (Linux); otherwise absent. */
  readonly started?: string
  /** Tells two locks of one process apart. */
  readonly token: string
  /**
   * Within which process ids mean the same: boot and namespace of processes on Linux, which two containers of one name do
   * not share; the host elsewhere. Absent in locks of earlier releases.
   */
  readonly space?: string
  /** What keeps the lock: the operating system, or the signs of life that its owner gives. */
  readonly by?: 'system' | 'beats'
}

/** This process as an owner, with a new token. */
export function thisOwner(by: 'system' | 'beats'): LockOwner {
  const started = readProcess(process.pid)?.started
  return {
    pid: process.pid,
    host: hostname(),
    ...(started === undefined ? {} : { started }),
    token: randomUUID(),
    space: processSpace(),
    by,
  }
}

/** The owner in the text of a lock file; undefined when it is not whole. */
export function parseOwner(text: string | undefined): LockOwner | undefined {
  try {
    const value = JSON.parse(text ?? '') as Partial<LockOwner> | null
    if (typeof value?.pid !== 'number' || typeof value.host !== 'string') return undefined
    return { ...value, pid: value.pid, host: value.host, token: String(value.token) }
  } catch {
    return undefined
  }
}

/** Whether the process of an owner runs; `unknown` when its process ids are not ours. */
export function lifeOf(owner: LockOwner): 'alive' | 'dead' | 'unknown' {
  if (owner.space === undefined ? isElsewhere(owner) : owner.space !== processSpace()) return 'unknown'
  if (!processExists(owner.pid)) return 'dead'
  const found = readProcess(owner.pid)
  if (found === undefined) return 'alive'
  const isSame = !found.hasEnded && (owner.started === undefined || found.started === owner.started)
  return isSame ? 'alive' : 'dead'
}

export const isElsewhere = (owner: LockOwner) => owner.host !== hostname()

function processSpace(): string {
  const boot = bootId()
  const namespace = readOrUndefined(() => readlinkSync('/proc/self/ns/pid'))
  return boot === undefined || namespace === undefined ? hostname() : `${boot} ${namespace}`
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
  const stat = readOrUndefined(() => readFileSync(`/proc/${pid}/stat`, 'utf8'))
  const boot = bootId()
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ')
  const state = fields?.[3 - 3]
  const startTicks = fields?.[22 - 3]
  if (boot === undefined || state === undefined || startTicks === undefined) return undefined
  return { started: `${boot}:${startTicks}`, hasEnded: state === 'Z' || state === 'X' }
}

const bootId = () => readOrUndefined(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim())

function readOrUndefined(read: () => string): string | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}
