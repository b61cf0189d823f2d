import { copyFileSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { StoreUnavailableError } from '../errors.js'
import { openDatabaseCopy } from './database-copy.js'
import { databaseFiles, replaceOwnFile } from './own-file.js'
import { dropState } from './store-directory.js'
import { type LogHeads, readStoredFiles, type StoredFiles } from './stored-heads.js'

/** What {@link mendFiles} has to know about a directory. */
export interface MendOptions {
  /** The directory that messages name, when `directory` is a copy of it. */
  readonly shownAs: string
  /** True once LiveStore has opened the files, and could not use them. */
  readonly wasOpened?: boolean
  /** True when a backend has the whole log, and the store pulls from it. */
  readonly hasBackend: boolean
}

/**
 * Looks at the files of a notebook before LiveStore opens them, and mends what it can: damaged tables are removed, so that
 * they are built once more from the event log; a pull that was cut short is begun again, after the files were copied to
 * `set-aside-<time>`. Either is told with `process.emitWarning`.
 *
 * Throws `STORE_UNAVAILABLE`, and changes nothing, when the event log is damaged, or has lost events that it had.
 */
export async function mendFiles(directory: string, options: MendOptions): Promise<void> {
  const files = await readStoredFiles(directory, options.wasOpened)
  requireWholeLog(options.shownAs, files)
  if ([...files.tables.values()].includes('damaged')) {
    dropState(directory)
    warnOfRebuild(options.shownAs)
  }
  const { log } = files
  if (typeof log === 'object' && log.backend > log.last)
    await beginPullAgain(directory, files.logName, log, options)
}

/** Says that the tables of a directory have been built anew. */
export function warnOfRebuild(directory: string): void {
  process.emitWarning(
    `The tables of the notebook in ${directory} were damaged, and were built anew from its event log, which is whole.`,
    { type: 'StoreWarning', code: 'STORE_TABLES_REBUILT' },
  )
}

function requireWholeLog(directory: string, { logName, log, tables }: StoredFiles): void {
  if (log === 'damaged') {
    throw new StoreUnavailableError(
      directory,
      `Cannot open the event log in ${directory}: "${logName}" is damaged, and nothing was changed. ` +
        'Restore it from a copy, or move the directory away to begin anew.',
    )
  }
  for (const [name, heads] of tables) {
    if (typeof heads === 'string' || log === 'waiting') continue
    const isBehind = log === undefined ? heads.last > 0 : heads.confirmed > log.last
    if (isBehind) throw logBehind(directory, logName, name, log?.last ?? 0, heads.last)
  }
}

function logBehind(
  directory: string,
  logName: string,
  tablesName: string,
  logHead: number,
  tablesHead: number,
): StoreUnavailableError {
  const log = logHead === 0 ? 'is missing or empty' : `ends with event ${logHead}`
  return new StoreUnavailableError(
    directory,
    `The event log in ${directory} has lost events: "${logName}" ${log}, but the tables in "${tablesName}" show event ${tablesHead}. ` +
      `Nothing was changed. Put a copy of "${logName}" back. To go on with what the log still has, move "${tablesName}" away ` +
      '(it is an SQLite database with the rows of the notebook); to begin anew, move the directory away.',
  )
}

/**
 * LiveStore notes the backend's head before it stores the events up to it; killed in between, it never opens the
 * directory again. From the head 0 it pulls everything anew, recognises what it has, and pushes what the backend
 * lacks. Without a backend, what the log has is all there is.
 */
async function beginPullAgain(
  directory: string,
  logName: string,
  { last, backend }: LogHeads,
  { shownAs, hasBackend }: MendOptions,
): Promise<void> {
  const aside = `set-aside-${new Date().toISOString().replaceAll(':', '-')}`
  mkdirSync(join(directory, aside))
  for (const name of databaseFiles(directory))
    copyFileSync(join(directory, name), join(directory, aside, name))
  const database = await openDatabaseCopy(join(directory, logName))
  try {
    database.execute(`update __livestore_sync_status set head = ${hasBackend ? 0 : last}`, undefined)
    rmSync(join(directory, `${logName}-journal`), { force: true })
    replaceOwnFile(join(directory, logName), database.export())
  } finally {
    database.close()
  }
  dropState(directory)
  const outcome = hasBackend
    ? 'everything is pulled again, and what was not pushed is kept'
    : `no backend is there to pull events ${last + 1} to ${backend} from, and it goes on with what it has`
  process.emitWarning(
    `The notebook in ${shownAs} was killed while it pulled: ${outcome}. Its files as they were are in "${aside}".`,
    { type: 'StoreWarning', code: 'STORE_PULL_REPEATED' },
  )
}
