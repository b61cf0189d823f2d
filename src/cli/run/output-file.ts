import { randomUUID } from 'node:crypto'
import { access, constants, open, realpath, rename, rm, stat, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { CliProblem, fileProblem } from '../problem.js'

/** A file that the executed notebook will be written to. */
export interface OutputFile {
  /** As the user named it. */
  readonly path: string
  /**
   * True when each writing replaces the one before, in one step: whoever reads the file sees the old text or the new one, never
   * half of it. What is written to a stream, a pipe or a device stays.
   */
  readonly isReplaced: boolean
  write(text: string): Promise<void>
}

/** Whether the name of an output means the standard output of this program. */
export function isStandardOutput(path: string | undefined): boolean {
  return path !== undefined && /^(-|\/dev\/stdout|\/(dev|proc\/self)\/fd\/1)$/.test(path)
}

/**
 * Makes sure that a file can be written, before anything is run. A link keeps pointing where it points; `-` is standard output,
 * and pipes and devices are written to as they are. Throws `OUT_NOT_WRITABLE`; nothing is left behind then.
 */
export async function prepareOutputFile(path: string, stdout: NodeJS.WriteStream): Promise<OutputFile> {
  if (isStandardOutput(path)) return { path, isReplaced: false, write: (text) => writeAll(stdout, text) }
  try {
    return (await isStream(path)) ? await prepareStream(path) : await prepareFile(path)
  } catch (cause) {
    throw new CliProblem(
      'OUT_NOT_WRITABLE',
      `Cannot write ${path}: ${fileProblem(cause)}. Nothing was run.`,
      {
        cause,
      },
    )
  }
}

async function isStream(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined)
  return found !== undefined && (found.isFIFO() || found.isCharacterDevice())
}

async function prepareStream(path: string): Promise<OutputFile> {
  await access(path, constants.W_OK)
  return { path, isReplaced: false, write: (text) => writeFile(path, text) }
}

async function prepareFile(path: string): Promise<OutputFile> {
  const target = await realpath(path).catch(() => path)
  const draft = join(dirname(target), `.${basename(target)}.${randomUUID().slice(0, 8)}.tmp`)
  const mode = await modeOf(target)
  await (await open(draft, 'wx')).close()
  await rm(draft)
  return { path, isReplaced: true, write: (text) => replaceFile(target, draft, text, mode) }
}

/** The mode an existing file has, to be kept; undefined for a new one. */
async function modeOf(target: string): Promise<number | undefined> {
  const found = await stat(target).catch(() => undefined)
  if (found === undefined) return undefined
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

async function writeAll(stream: NodeJS.WriteStream, text: string): Promise<void> {
  await new Promise<void>((resolve, reject) =>
    stream.write(text, (error) => (error ? reject(error) : resolve())),
  )
}
