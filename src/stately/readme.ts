import { readFile, writeFile } from 'node:fs/promises'
import { withTables, type ReadmeTables } from './readme-tables.js'

/** True when the generated parts of the file are what they should be. */
export async function isReadmeFresh(path: string, tables: ReadmeTables): Promise<boolean> {
  const text = await readFile(path, 'utf8')
  return withTables(text, tables) === text
}

/** Renews the generated parts of the file; true when there was something to renew. */
export async function refreshReadme(path: string, tables: ReadmeTables): Promise<boolean> {
  const text = await readFile(path, 'utf8')
  const renewed = withTables(text, tables)
  if (renewed !== text) await writeFile(path, renewed)
  return renewed !== text
}
