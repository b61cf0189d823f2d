import { readFile } from 'node:fs/promises'
import { parseNotebook } from '../../notebook/parse-notebook.js'
import type { ParsedNotebook } from '../../notebook/index.js'
import { CliProblem, fileProblem } from '../problem.js'

/** Reads a notebook file. Throws `NOTEBOOK_UNREADABLE`, or a `NotebookError` that says where it is malformed. */
export async function readNotebook(path: string): Promise<ParsedNotebook> {
  return parseNotebook(await readText(path), path)
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (cause) {
    throw new CliProblem('NOTEBOOK_UNREADABLE', `Cannot read ${path}: ${fileProblem(cause)}.`, { cause })
  }
}
