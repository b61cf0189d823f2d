import { messageOf } from '../../machines/failure.js'
import { exitCode, type ExitCode } from './exit-code.js'

/** What a person has to be told before the command ends; shown without a stack trace. */
export class CliProblem extends Error {
  /** Stable name of the reason, in capitals, for example `UNKNOWN_OPTION`. */
  readonly code: string
  readonly exitCode: ExitCode

  /** `message` says what happened, to which thing, what was expected and what to do. */
  constructor(code: string, message: string, options: { exitCode?: ExitCode; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'CliProblem'
    this.code = code
    this.exitCode = options.exitCode ?? exitCode.usage
  }
}

/** A problem as it is reported. */
export interface ProblemReport {
  readonly code: string
  readonly message: string
  readonly exitCode: ExitCode
}

/** Reasons of the library that a person can mend before the run, by changing a path, a file or an option. */
const usageCodes: readonly string[] = [
  'STORE_IN_USE',
  'STORE_UNAVAILABLE',
  'INVALID_NOTEBOOK_ID',
  'NOTEBOOK_NOT_JSON',
  'NOTEBOOK_UNSUPPORTED',
  'NOTEBOOK_INVALID',
  'UNKNOWN_RUNTIME_TYPE',
]

/** Turns whatever was thrown into what is said about it, and the exit code that goes with it. */
export function reportOf(thrown: unknown): ProblemReport {
  if (thrown instanceof CliProblem) {
    return { code: thrown.code, message: thrown.message, exitCode: thrown.exitCode }
  }
  const error = thrown instanceof Error ? thrown : new Error(messageOf(thrown))
  const code = 'code' in error ? String(error.code) : 'UNEXPECTED'
  const isExpected = error.message.startsWith(`[${code}] `)
  if (isExpected) {
    const message = error.message.slice(code.length + 3)
    return { code, message, exitCode: usageCodes.includes(code) ? exitCode.usage : exitCode.runtimeFailed }
  }
  const message = `Something failed that should not: ${error.message}. Run again with DEBUG=1 to see where, and report it.`
  return { code, message, exitCode: exitCode.runtimeFailed }
}

/** What a failing call of the file system means, in words. */
export function fileProblem(error: unknown): string {
  if (error instanceof RangeError && error.message === 'Invalid string length') return tooLong
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  return reasons[code] ?? messageOf(error)
}

/** What a notebook in memory can be at most: a string of V8. */
const tooLong = 'it is larger than 512 MB'

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or directory',
  ENOTDIR: 'a part of the path is a file',
  EISDIR: 'it is a directory',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
  ENOSPC: 'no space is left on the disk',
  EDQUOT: 'the disk quota is used up',
  EPIPE: 'its reader has gone',
  ERR_STREAM_DESTROYED: 'its reader has gone',
  EIO: 'the device does not answer',
  ENXIO: 'nothing can be read from it',
  ELOOP: 'its symbolic links lead in a circle',
  ENAMETOOLONG: 'the name is too long',
  EMFILE: 'too many files are open',
  ERR_FS_FILE_TOO_LARGE: 'it is larger than 2 GiB',
  ERR_STRING_TOO_LONG: tooLong,
}
