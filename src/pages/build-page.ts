import { createHash } from 'node:crypto'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'

/** A page of this repository, built by Vite into `dist/NAME`. */
export interface Page {
  readonly name: string
  /** Files and folders that it is made from, as paths from the root of the repository. */
  readonly sources: readonly string[]
}

/** What a page is built from and into. */
export interface BuildOptions {
  /** The root of the repository. */
  readonly root: string
  /** Builds the page, whatever is there. */
  readonly build: (page: Page) => Promise<void>
}

/**
 * Builds a page unless what it is made from is the same as at its last build. Returns whether it was built.
 */
export async function buildIfStale(page: Page, { root, build }: BuildOptions): Promise<boolean> {
  const stampFile = join(root, 'dist', page.name, '.stamp')
  const stamp = await stampOf(page, root)
  const last = await readFile(stampFile, 'utf8').catch(() => undefined)
  if (last === stamp) return false
  await build(page)
  await writeFile(stampFile, stamp)
  return true
}

async function stampOf(page: Page, root: string): Promise<string> {
  const hash = createHash('sha256')
  const files = await Promise.all(page.sources.map((source) => filesIn(join(root, source))))
  for (const file of files.flat().sort()) {
    hash.update(`${relative(root, file)}\n`)
    hash.update(await readFile(file))
  }
  return hash.digest('hex')
}

async function filesIn(path: string): Promise<string[]> {
  const entries = await readdir(path, { withFileTypes: true, recursive: true }).catch(() => undefined)
  if (entries === undefined) return [path]
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
}
