import { existsSync, readdirSync, statSync } from 'node:fs'
import { access, constants, mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'
import { CliProblem, fileProblem } from './problem.js'

/** Where the store of a notebook is. */
export interface StorePlace {
  /** What `openNotebookStore` takes as its directory. */
  readonly directory: string
  readonly notebookId: string
  /** The notebook's own directory, `<directory>/<notebookId>`; what is shown, and what `log` takes. */
  readonly path: string
}

/** A notebook's name in a store: its file name with everything but letters, digits, `_` and `-` replaced. */
export function notebookIdOf(path: string): string {
  const name = basename(path).replace(/\.ipynb$/i, '')
  const id = name.replace(/[^A-Za-z0-9_-]+/g, '-').replace(/^-+|-+$/g, '')
  return id.slice(0, 100) || 'notebook'
}

/**
 * The store that a run uses: the given directory, or a fresh one below the system's directory for temporary files. A directory
 * that is a notebook's own keeps its notebook, whatever the file is called.
 */
export async function chooseStore(asked: string | undefined, notebookPath: string): Promise<StorePlace> {
  if (asked === undefined) return place(await createTemporaryDirectory(), notebookIdOf(notebookPath))
  const directory = resolve(asked)
  await requireWritable(asked, directory)
  if (isNotebookDirectory(directory)) return place(dirname(directory), basename(directory))
  return place(directory, notebookIdOf(notebookPath))
}

/**
 * The store in a directory that a run has written: the directory of one notebook, or one that holds it. Throws
 * `STORE_NOT_FOUND` when there is none, or `STORE_AMBIGUOUS` when there are several.
 */
export function findStore(asked: string): StorePlace {
  const directory = resolve(asked)
  if (isNotebookDirectory(directory)) return place(dirname(directory), basename(directory))
  const found = notebookDirectories(directory)
  const [notebookId, ...others] = found
  if (notebookId === undefined) {
    const what = existsSync(directory) ? 'There is no recorded notebook in' : 'There is no directory'
    throw new CliProblem(
      'STORE_NOT_FOUND',
      `${what} ${asked}. Give the directory that "run" printed as its record.`,
    )
  }
  if (others.length === 0) return place(directory, notebookId)
  const choices = found.map((name) => `  ${join(asked, name)}`).join('\n')
  throw new CliProblem(
    'STORE_AMBIGUOUS',
    `${asked} holds ${found.length} notebooks. Choose one of:\n${choices}`,
  )
}

const place = (directory: string, notebookId: string): StorePlace => ({
  directory,
  notebookId,
  path: join(directory, notebookId),
})

async function createTemporaryDirectory(): Promise<string> {
  try {
    return await mkdtemp(join(tmpdir(), 'runtime-agent-registry-'))
  } catch (cause) {
    const message = `Cannot make a directory for the record in ${tmpdir()}: ${fileProblem(cause)}. Choose another place with --store DIR.`
    throw new CliProblem('STORE_UNAVAILABLE', message, { cause })
  }
}

/** Asks the nearest directory that exists: making one below a read-only disk only says that it does not exist. */
async function requireWritable(asked: string, directory: string): Promise<void> {
  let nearest = directory
  while (!existsSync(nearest) && dirname(nearest) !== nearest) nearest = dirname(nearest)
  try {
    await access(nearest, constants.W_OK)
  } catch (cause) {
    const message = `Cannot record in ${asked}: ${fileProblem(cause)}. Choose another place with --store DIR.`
    throw new CliProblem('STORE_UNAVAILABLE', message, { cause })
  }
}

function notebookDirectories(directory: string): string[] {
  try {
    return readdirSync(directory).filter((name) => isNotebookDirectory(join(directory, name)))
  } catch {
    return []
  }
}

function isNotebookDirectory(directory: string): boolean {
  try {
    return (
      statSync(directory).isDirectory() &&
      readdirSync(directory).some((name) => /^(eventlog|state).*\.db$/.test(name))
    )
  } catch {
    return false
  }
}
