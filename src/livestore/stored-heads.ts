import { lstatSync } from 'node:fs'
import { join } from 'node:path'
import type { SqliteDb } from '@livestore/common'
import { openDatabaseCopy } from './database-copy.js'
import { databaseFiles } from './own-file.js'

/** What a database file of LiveStore is like: `waiting` has a journal that SQLite has to take back first. */
type Reading<Heads> = Heads | 'damaged' | 'waiting'

/** Where an event log ends. */
export interface LogHeads {
  /** Number of its last event; 0 when it has none. */
  readonly last: number
  /** Number of the last event that the log has noted as confirmed by the backend. */
  readonly backend: number
}

/** Where tables stand. */
export interface TableHeads {
  /** Number of the last event that was confirmed, and so was in the event log on disk; 0 before the first. */
  readonly confirmed: number
  /** Number of the last event that the tables show. */
  readonly last: number
}

/** The database files of a notebook's directory; `log` is undefined when there is no event log with its tables. */
export interface StoredFiles {
  readonly logName: string
  readonly log: Reading<LogHeads> | undefined
  readonly tables: ReadonlyMap<string, Reading<TableHeads>>
}

/**
 * Looks into the database files of a directory without writing or locking anything. `wasOpened`: SQLite has taken back what it wanted to,
 * and no journal that is left counts. Throws as `openOwnFile`.
 */
export async function readStoredFiles(directory: string, wasOpened = false): Promise<StoredFiles> {
  const names = databaseFiles(directory).filter((name) => name.endsWith('.db'))
  const logName = names.find((name) => name.startsWith('eventlog'))
  const tables = new Map<string, Reading<TableHeads>>()
  for (const name of names) {
    if (!name.startsWith('state')) continue
    const heads = await read(directory, name, tableHeads, wasOpened)
    if (heads !== undefined) tables.set(name, heads)
  }
  const log = logName === undefined ? undefined : await read(directory, logName, logHeads, wasOpened)
  return { logName: logName ?? 'eventlog@6.db', log, tables }
}

/** Undefined for a file in which nothing has been stored yet. */
async function read<Heads>(
  directory: string,
  name: string,
  headsOf: (database: SqliteDb) => Heads | undefined,
  wasOpened: boolean,
): Promise<Reading<Heads> | undefined> {
  const path = join(directory, name)
  if (!wasOpened && sizeOf(`${path}-journal`) > 0) return 'waiting'
  if (sizeOf(path) === 0) return undefined
  let database: SqliteDb | undefined
  try {
    database = await openDatabaseCopy(path)
    const [verdict] = database.select<{ quick_check: string }>('pragma quick_check(1)')
    return verdict?.quick_check === 'ok' ? headsOf(database) : 'damaged'
  } catch {
    return 'damaged'
  } finally {
    database?.close()
  }
}

const sizeOf = (path: string) => lstatSync(path, { throwIfNoEntry: false })?.size ?? 0

function logHeads(database: SqliteDb): LogHeads | undefined {
  if (!hasTable(database, 'eventlog')) return undefined
  const { last } = one<{ last: number | null }>(database, 'select max(seqNumGlobal) as last from eventlog')
  if (!hasTable(database, '__livestore_sync_status')) return { last: last ?? 0, backend: 0 }
  const { backend } = one<{ backend: number | null }>(
    database,
    'select max(head) as backend from __livestore_sync_status',
  )
  return { last: last ?? 0, backend: backend ?? 0 }
}

/** LiveStore keeps the row of the last confirmed event and those after it; before the first, the rows begin with 1. */
function tableHeads(database: SqliteDb): TableHeads | undefined {
  if (!hasTable(database, '__livestore_session_changeset')) return undefined
  const { first, last } = one<{ first: number | null; last: number | null }>(
    database,
    'select min(seqNumGlobal) as first, max(seqNumGlobal) as last from __livestore_session_changeset',
  )
  return { confirmed: first === null || first === 1 ? 0 : first, last: last ?? 0 }
}

function hasTable(database: SqliteDb, name: string): boolean {
  return database.select(`select 1 from sqlite_master where type = 'table' and name = '${name}'`).length > 0
}

function one<Row>(database: SqliteDb, query: string): Row {
  return database.select<Row>(query)[0] as Row
}
