import { randomUUID } from 'node:crypto'
import { open, realpath, rename, rm, stat, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { CliProblem, fileProblem } from '../problem.js'

/** A file that the executed notebook will be written to. */
export interface OutputFile {
  /** As the user named it. */
  readonly path: string
  /** Replaces the file in one step: whoever reads it sees the old text or the new one, never half of it. */
  write(text: string): Promise<void>
}

/**
 * Makes sure that a file can be written, before anything is run. A link keeps pointing where it points.
 * Throws `OUT_NOT_WRITABLE`; nothing is left behind then.
 */
export async function prepareOutputFile(path: string): Promise<OutputFile> {
  const target = await realpath(path).catch(() => path)
  const draft = join(dirname(target), `.${basename(target)}.${randomUUID().slice(0, 8)}.tmp`)
  try {
    const mode = await modeOf(target)
    await (await open(draft, 'wx')).close()
    await rm(draft)
    return { path, write: (text) => replaceFile(target, draft, text, mode) }
  } catch (cause) {
    const problem = cause instanceof CliProblem ? cause.message : fileProblem(cause)
    throw new CliProblem('OUT_NOT_WRITABLE', `Cannot write ${path}: ${problem}. Nothing was run.`, { cause })
  }
}

/** The mode an existing file has, to be kept; undefined for a new one. */
async function modeOf(target: string): Promise<number | undefined> {
  const found = await stat(target).catch(() => undefined)
  if (found === undefined) return undefined
  if (!found.isFile()) throw new CliProblem('OUT_NOT_WRITABLE', 'it is not a file')
  await (await open(target, 'r+')).close()
  return found.mode & 0o777
}

async function replaceFile(
  target: string,
  draft: string,
  text: string,
  mode: number | undefined,
): Promise<void> {
  try {
    await writeFile(draft, text, { flush: true, ...(mode !== undefined && { mode }) })
    await rename(draft, target)
  } catch (cause) {
    await rm(draft, { force: true })
    throw cause
  }
}
