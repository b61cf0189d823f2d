import { machineArtefacts, refreshFiles, staleFiles } from './artefacts.js'
import type { ReadmeTables } from './readme-tables.js'
import { isReadmeFresh, refreshReadme } from './readme.js'

/** What the command works on and where it writes its lines. */
export interface StatelyOptions {
  /** The exports of the module that holds the machines. */
  readonly machines: Readonly<Record<string, unknown>>
  /** The folder of the artefacts. */
  readonly directory: string
  /** The file with generated tables. Default: none. */
  readonly readme?: { readonly path: string; readonly tables: ReadmeTables }
  readonly print: (line: string) => void
}

/**
 * The command behind `npm run stately`. Without arguments it refreshes the artefacts; with `--check` it writes
 * nothing and names the stale ones.
 *
 * @returns the exit code: 0 when all is fresh or has been refreshed, 1 when `--check` found something stale,
 *   2 for an argument it does not know.
 */
export async function runStately(commandLine: readonly string[], options: StatelyOptions): Promise<number> {
  const unknown = commandLine.find((argument) => argument !== '--check')
  if (unknown !== undefined) {
    options.print(`Unknown argument "${unknown}". Usage: npm run stately [-- --check]`)
    return 2
  }
  const artefacts = await machineArtefacts(options.machines)
  return commandLine.includes('--check') ? check(artefacts, options) : refresh(artefacts, options)
}

type Artefacts = Awaited<ReturnType<typeof machineArtefacts>>

async function check(artefacts: Artefacts, { directory, readme, print }: StatelyOptions): Promise<number> {
  const stale = (await staleFiles(artefacts, directory)).map((file) => `stately/${file}`)
  if (readme && !(await isReadmeFresh(readme.path, readme.tables))) stale.push('machines/README.md')
  for (const file of stale) print(`stale: ${file}`)
  print(stale.length === 0 ? `${artefacts.length} files are fresh.` : 'Run `npm run stately` and commit.')
  return stale.length === 0 ? 0 : 1
}

async function refresh(artefacts: Artefacts, { directory, readme, print }: StatelyOptions): Promise<number> {
  const changed = (await refreshFiles(artefacts, directory)).map((file) => `stately/${file}`)
  if (readme && (await refreshReadme(readme.path, readme.tables))) changed.push('machines/README.md')
  for (const file of changed) print(`refreshed: ${file}`)
  print(`${artefacts.length} files, ${changed.length} of them refreshed.`)
  return 0
}
