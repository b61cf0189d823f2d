import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { access, constants } from 'node:fs/promises'
import { basename, dirname, join, relative, resolve } from 'node:path'
import { CliProblem, fileProblem } from '../problem.js'
import { isNotebookDirectory, place, type StorePlace } from '../store-place.js'
import type { NotebookInput } from './notebook-input.js'

/** Name of the file in a record that says which notebook it is of. */
const originFileName = 'notebook.json'

/** Which file a record is of: by its whole path, and as seen from the record, so that both can be moved together. */
interface Origin {
  readonly file: string
  readonly fromRecord: string
}

/**
 * The record of a notebook in a directory that holds records: the same one for the same file, another one for every other file,
 * whatever they are called. A directory that is a notebook's own keeps its notebook. Throws `STORE_UNAVAILABLE`.
 */
export async function chooseRecord(asked: string, { recordName, file }: NotebookInput): Promise<StorePlace> {
  const directory = resolve(asked)
  await requireWritable(asked, directory)
  if (isNotebookDirectory(directory)) return place(dirname(directory), basename(directory))
  if (file === undefined) return place(directory, recordName)
  const digest = createHash('sha256').update(file).digest('hex').slice(0, 8)
  const choices = [recordName, `${recordName}-${digest}`].map((name) => place(directory, name))
  const chosen = choices.find(({ path }) => claimRecord(path, file))
  if (chosen !== undefined) return chosen
  throw unavailable(asked, `its records of "${recordName}" are of other notebooks`)
}

/** True when the record is of this file, or was of none until now. Creating the note decides between two that begin at once. */
function claimRecord(path: string, file: string): boolean {
  const origin = readOrigin(path)
  if (origin !== undefined) return origin.file === file || origin.fromRecord === relative(path, file)
  try {
    mkdirSync(path, { recursive: true })
    const text = JSON.stringify({ file, fromRecord: relative(path, file) } satisfies Origin)
    writeFileSync(join(path, originFileName), text, { flag: 'wx' })
    return true
  } catch (cause) {
    if (readOrigin(path) !== undefined) return claimRecord(path, file)
    throw unavailable(path, fileProblem(cause), cause)
  }
}

function readOrigin(path: string): Origin | undefined {
  try {
    const value = JSON.parse(readFileSync(join(path, originFileName), 'utf8')) as Partial<Origin> | null
    return { file: String(value?.file), fromRecord: String(value?.fromRecord) }
  } catch {
    return undefined
  }
}

/** Asks the nearest directory that exists: making one below a read-only disk only says that it does not exist. */
async function requireWritable(asked: string, directory: string): Promise<void> {
  let nearest = directory
  while (!existsSync(nearest) && dirname(nearest) !== nearest) nearest = dirname(nearest)
  try {
    await access(nearest, constants.W_OK)
  } catch (cause) {
    throw unavailable(asked, fileProblem(cause), cause)
  }
}

const unavailable = (asked: string, why: string, cause?: unknown) =>
  new CliProblem(
    'STORE_UNAVAILABLE',
    `Cannot record in ${asked}: ${why}. Choose another place with --store DIR.`,
    {
      cause,
    },
  )
