import { spawn } from 'node:child_process'
import { closeSync, constants } from 'node:fs'
import { errorCode } from './error-code.js'
import { openOwnFile } from './own-file.js'

/**
 * What came of asking the operating system for a lock on a file. `unsupported`: the file is open, but this system or
 * file system has no such locks.
 */
export type LockAttempt =
  { readonly answer: 'held' | 'unsupported'; readonly descriptor: number } | { readonly answer: 'busy' }

/** Milliseconds after which a file system that does not answer is taken for one without locks. */
const answerWithinMs = 10_000

/** Systems whose open() takes the lock itself: by `O_EXLOCK`, or on Windows by a share mode of nothing. */
const lockOnOpen: Partial<Record<NodeJS.Platform, { readonly exclusive: number; readonly shared: number }>> =
  {
    darwin: { exclusive: 0x20, shared: 0x10 },
    freebsd: { exclusive: 0x20, shared: 0x10 },
    openbsd: { exclusive: 0x20, shared: 0x10 },
    win32: { exclusive: 0x1000_0000, shared: 0 },
  }

/**
 * Opens a file and asks for its lock, without waiting for whoever has it. A lock belongs to the open file: the system drops
 * it when the last process that has it open has ended, however that happens, and it holds in every container on the same
 * system.
 *
 * Rejects when the file cannot be opened; as `openOwnFile` where the path is a link.
 */
export async function tryLock(path: string, kind: 'exclusive' | 'shared'): Promise<LockAttempt> {
  const access = kind === 'exclusive' ? constants.O_RDWR | constants.O_CREAT : constants.O_RDONLY
  const flag = lockOnOpen[process.platform]?.[kind]
  if (flag === undefined) return lockOpened(openOwnFile(path, access), kind)
  try {
    return { answer: 'held', descriptor: openOwnFile(path, access | flag) }
  } catch (error) {
    if (['EAGAIN', 'EWOULDBLOCK', 'EBUSY'].includes(errorCode(error) ?? '')) return { answer: 'busy' }
    if (!['EOPNOTSUPP', 'ENOTSUP', 'EINVAL'].includes(errorCode(error) ?? '')) throw error
    return { answer: 'unsupported', descriptor: openOwnFile(path, access) }
  }
}

/**
 * Node has no flock(), but a lock on an open file stays when the process that asked for it ends and another one still has
 * the same file open: the command `flock` of util-linux and BusyBox locks the descriptor that it inherits.
 */
async function lockOpened(descriptor: number, kind: 'exclusive' | 'shared'): Promise<LockAttempt> {
  const answer = await runFlock([kind === 'exclusive' ? '-xn' : '-sn', '3'], descriptor)
  if (answer === 'busy') closeSync(descriptor)
  return answer === 'busy' ? { answer } : { answer, descriptor }
}

/** The command ends with 1, and says nothing, when somebody else has the lock. */
function runFlock(words: readonly string[], descriptor: number): Promise<LockAttempt['answer']> {
  return new Promise((resolve) => {
    let complaints = ''
    const command = spawn('flock', words, {
      stdio: ['ignore', 'ignore', 'pipe', descriptor],
      timeout: answerWithinMs,
    })
    command.stderr?.on('data', (chunk: Buffer) => (complaints += chunk.toString()))
    command.once('error', () => resolve('unsupported'))
    command.once('close', (status) => {
      if (status === 0) resolve('held')
      else resolve(status === 1 && complaints === '' ? 'busy' : 'unsupported')
    })
  })
}
