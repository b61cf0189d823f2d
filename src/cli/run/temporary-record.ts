import { lstatSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { lifeOf, parseOwner, thisOwner } from '../../livestore/lock-owner.js'
import { CliProblem, fileProblem } from '../problem.js'

const prefix = 'runtime-agent-registry-'

/** Name of the file that says whose temporary record it is; a record without it stays. */
const ownerFileName = 'run.json'

/** A directory for the record of one run. It goes away when the process ends, however it ends. */
export interface TemporaryRecord {
  readonly directory: string
  /** Leaves it where it is, for good. */
  keep(): void
}

/**
 * Makes a directory for a record below the system's directory for temporary files. A run that is killed cannot remove its own:
 * the next one does. Throws `STORE_UNAVAILABLE`.
 */
export async function createTemporaryRecord(): Promise<TemporaryRecord> {
  const directory = await makeDirectory()
  const remove = (): void => removeQuietly(directory)
  process.once('exit', remove)
  return {
    directory,
    keep: () => {
      process.off('exit', remove)
      removeQuietly(join(directory, ownerFileName))
    },
  }
}

/** Removes the temporary records of runs whose process has ended without removing them: this user's own, and no others. */
export function removeLeftovers(): void {
  for (const name of namesIn(tmpdir()).filter((found) => found.startsWith(prefix))) {
    const directory = join(tmpdir(), name)
    if (isOurs(directory) && isLeft(directory)) removeQuietly(directory)
  }
}

function isOurs(directory: string): boolean {
  const found = lstatSync(directory, { throwIfNoEntry: false })
  return found?.isDirectory() === true && found.uid === process.getuid?.()
}

function isLeft(directory: string): boolean {
  try {
    const owner = parseOwner(readFileSync(join(directory, ownerFileName), 'utf8'))
    return owner !== undefined && lifeOf(owner) === 'dead'
  } catch {
    return false
  }
}

async function makeDirectory(): Promise<string> {
  try {
    const directory = await mkdtemp(join(tmpdir(), prefix))
    writeFileSync(join(directory, ownerFileName), JSON.stringify(thisOwner('beats')), { flag: 'wx' })
    return directory
  } catch (cause) {
    const message = `Cannot make a directory for the record in ${tmpdir()}: ${fileProblem(cause)}. Choose another place with --store DIR.`
    throw new CliProblem('STORE_UNAVAILABLE', message, { cause })
  }
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory)
  } catch {
    return []
  }
}

function removeQuietly(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true, maxRetries: 3 })
  } catch {
    return
  }
}
