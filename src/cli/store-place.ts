import { existsSync, readdirSync, statSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { CliProblem } from './problem.js'

/** Where the store of a notebook is. */
export interface StorePlace {
  /** What `openNotebookStore` takes as its directory. */
  readonly directory: string
  readonly notebookId: string
  /** The notebook's own directory, `<directory>/<notebookId>`; what is shown, and what `log` takes. */
  readonly path: string
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

/** The place of a notebook in a directory. */
export const place = (directory: string, notebookId: string): StorePlace => ({
  directory,
  notebookId,
  path: join(directory, notebookId),
})

function notebookDirectories(directory: string): string[] {
  try {
    return readdirSync(directory).filter((name) => isNotebookDirectory(join(directory, name)))
  } catch {
    return []
  }
}

/** True for a directory that is a notebook's own. */
export function isNotebookDirectory(directory: string): boolean {
  try {
    return (
      statSync(directory).isDirectory() &&
      readdirSync(directory).some((name) => /^(eventlog|state).*\.db$/.test(name))
    )
  } catch {
    return false
  }
}
