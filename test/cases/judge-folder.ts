import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Expectations, unmetExpectations } from './expectations.js'
import { type CaseVerdict, judgeCase } from './judge-case.js'
import { runCase } from './run-case.js'
import { allText } from './told-outputs.js'

/** How the notebooks of a folder are run. */
export interface FolderOptions {
  /** Milliseconds each may take. */
  readonly limitMs: number
  /** Names of the notebooks to run; undefined: all. */
  readonly only?: readonly string[] | undefined
  /** More words for `run`. */
  readonly words?: readonly string[]
  readonly expectations?: Expectations
  /** Folder for what the runs write; undefined: one that goes away. */
  readonly keepIn?: string | undefined
}

/** The notebooks of a folder by name, without those in folders below it. */
export function notebooksOf(folder: string, only?: readonly string[]): string[] {
  const names = readdirSync(folder).filter((name) => name.endsWith('.ipynb'))
  return names.filter((name) => only?.includes(name) ?? true).toSorted()
}

/** Runs the notebooks of a folder one after another and yields how each of them ended. */
export async function* judgeFolder(folder: string, options: FolderOptions): AsyncGenerator<CaseVerdict> {
  const workFolder = options.keepIn ?? mkdtempSync(join(tmpdir(), 'cases-'))
  try {
    for (const name of notebooksOf(folder, options.only)) {
      yield await judgeNotebook(folder, name, join(workFolder, name.replace(/\.ipynb$/, '')), options)
    }
  } finally {
    if (options.keepIn === undefined) rmSync(workFolder, { recursive: true, force: true })
  }
}

async function judgeNotebook(
  folder: string,
  name: string,
  workFolder: string,
  { limitMs, words = [], expectations = {} }: FolderOptions,
): Promise<CaseVerdict> {
  const expectation = expectations[name] ?? {}
  const run = await runCase({
    folder,
    name,
    workFolder,
    limitMs,
    words: [...words, ...(expectation.words ?? [])],
    env: expectation.env ?? {},
  })
  const verdict = judgeCase(run)
  const unmet = unmetExpectations(verdict, allText(run), expectation)
  return { ...verdict, problems: [...verdict.problems, ...unmet] }
}
