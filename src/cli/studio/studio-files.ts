import { existsSync, readdirSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { CliProblem } from '../problem.js'

const require = createRequire(import.meta.url)

/** Folder of this package. */
const packageFolder = dirname(require.resolve('runtime-agent-registry/package.json'))

/** Folder of the built page. */
export const studioFolder = join(packageFolder, 'dist/studio')

const configFile = join(packageFolder, 'src/studio/vite.config.ts')

/** What the page is built from. */
const sources = ['src', 'machines', 'packages/schema/src', 'packages/agent-core/src', 'package-lock.json']

/**
 * Builds the page when it is missing or older than its sources; in an installed package, which has no sources, it is there.
 * Throws `STUDIO_MISSING` when it can be neither found nor built.
 */
export async function ensureStudio(onBuild: () => void): Promise<void> {
  const builtAt = changedAt(join(studioFolder, 'index.html'))
  if (!existsSync(configFile)) return requireBuilt(builtAt)
  const changed = Math.max(...sources.map((name) => newestIn(join(packageFolder, name))))
  if (builtAt >= changed) return
  onBuild()
  await build()
}

async function build(): Promise<void> {
  const vite = await import('vite').catch((cause: unknown) => {
    throw missing('the package "vite" is not installed. Run: npm install', cause)
  })
  await vite.build({ configFile, logLevel: 'warn' })
}

/** Where Pyodide's files are when the page was built without a copy of them. */
export function pyodideFolder(): string | undefined {
  try {
    return dirname(require.resolve('pyodide/package.json'))
  } catch {
    return undefined
  }
}

function requireBuilt(builtAt: number): void {
  if (builtAt === 0) throw missing(`${studioFolder} does not exist. Install the package again.`)
}

const missing = (what: string, cause?: unknown) =>
  new CliProblem('STUDIO_MISSING', `The studio cannot be opened: ${what}`, { cause })

function newestIn(path: string): number {
  const names = isFolder(path) ? readdirSync(path, { recursive: true, encoding: 'utf8' }) : ['']
  return names.reduce((newest, name) => Math.max(newest, fileChangedAt(join(path, name))), 0)
}

const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false

/** Folders do not count: theirs changes with a file that an editor puts beside another for a moment. */
function fileChangedAt(path: string): number {
  return isFolder(path) ? 0 : changedAt(path)
}

const changedAt = (path: string): number => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0
