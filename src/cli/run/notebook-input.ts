import { createHash } from 'node:crypto'
import { readFile, realpath, stat } from 'node:fs/promises'
import { basename, dirname, resolve } from 'node:path'
import { parseNotebook } from '../../notebook/parse-notebook.js'
import type { ParsedNotebook } from '../../notebook/index.js'
import { CliProblem, fileProblem } from '../problem.js'

/** A notebook that was read, and where it comes from. */
export interface NotebookInput {
  readonly notebook: ParsedNotebook
  /** What a record of it is called; notebooks without a file are told apart by their text. */
  readonly recordName: string
  /** The file, with all links followed; undefined for standard input, a pipe or a device. */
  readonly file: string | undefined
  /** Folder of the file; the present one when there is none. */
  readonly folder: string
}

/** Whether the name of a notebook means the standard input of this program. */
export function isStandardInput(path: string): boolean {
  return /^(-|\/dev\/stdin|\/(dev|proc\/self)\/fd\/0)$/.test(path)
}

/**
 * Reads a notebook from a file, a pipe or, as `-`, from standard input. Throws `NOTEBOOK_UNREADABLE`, or a `NotebookError` that
 * says where it is malformed.
 */
export async function readNotebook(path: string, stdin: NodeJS.ReadStream): Promise<NotebookInput> {
  if (isStandardInput(path)) return streamed(await readStream(stdin), 'standard input')
  const bytes = await readBytes(path)
  const found = await stat(path)
  if (!found.isFile()) return streamed(bytes, path)
  const file = await realpath(path)
  return {
    notebook: parseNotebook(bytes, path),
    recordName: recordName(file),
    file,
    folder: dirname(resolve(path)),
  }
}

function streamed(bytes: Buffer, name: string): NotebookInput {
  const digest = createHash('sha256').update(bytes).digest('hex').slice(0, 8)
  return {
    notebook: parseNotebook(bytes, name),
    recordName: `stdin-${digest}`,
    file: undefined,
    folder: process.cwd(),
  }
}

/** The file's name with everything but letters, digits, `_` and `-` replaced. */
function recordName(path: string): string {
  const name = basename(path).replace(/\.ipynb$/i, '')
  const id = name.replace(/[^A-Za-z0-9_-]+/g, '-').replace(/^-+|-+$/g, '')
  return id.slice(0, 100) || 'notebook'
}

async function readBytes(path: string): Promise<Buffer> {
  try {
    return await readFile(path)
  } catch (cause) {
    throw new CliProblem('NOTEBOOK_UNREADABLE', `Cannot read ${path}: ${fileProblem(cause)}.`, { cause })
  }
}

async function readStream(stream: NodeJS.ReadStream): Promise<Buffer> {
  try {
    const chunks: Buffer[] = []
    for await (const chunk of stream) chunks.push(Buffer.from(chunk as Uint8Array))
    return Buffer.concat(chunks)
  } catch (cause) {
    throw new CliProblem('NOTEBOOK_UNREADABLE', `Cannot read standard input: ${fileProblem(cause)}.`, {
      cause,
    })
  }
}
