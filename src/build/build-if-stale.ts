import { createHash } from 'node:crypto'
import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'

/** A part of this repository that Vite bundles into `dist/NAME`. */
export interface Bundle {
  readonly name: string
  /** Files and folders that it is made from, as paths from the root of the repository. */
  readonly sources: readonly string[]
}

/** What a bundle is built from and into. */
export interface BuildOptions {
  /** The root of the repository. */
  readonly root: string
  /** Builds the bundle, whatever is there. */
  readonly build: (bundle: Bundle) => Promise<void>
}

/**
 * Builds a bundle into an empty folder, unless what it is made from is the same as at its last build. Returns whether it was built.
 */
export async function buildIfStale(bundle: Bundle, { root, build }: BuildOptions): Promise<boolean> {
  const folder = join(root, 'dist', bundle.name)
  const stampFile = join(folder, '.stamp')
  const stamp = await stampOf(bundle, root)
  const last = await readFile(stampFile, 'utf8').catch(() => undefined)
  if (last === stamp) return false
  await rm(folder, { recursive: true, force: true })
  await build(bundle)
  await writeFile(stampFile, stamp)
  return true
}

async function stampOf(bundle: Bundle, root: string): Promise<string> {
  const hash = createHash('sha256')
  const files = await Promise.all(bundle.sources.map((source) => filesIn(join(root, source))))
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
