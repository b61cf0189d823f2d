import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'
import type { SqliteDb } from '@livestore/common'
import { Context, Effect } from 'effect'
import { readOwnBytes } from './own-file.js'

/** The parts of LiveStore's SQLite that are used here. */
interface SqliteModules {
  loadSqlite3Wasm(): Promise<unknown>
  sqliteDbFactory(options: {
    readonly sqlite3: unknown
  }): Effect.Effect<
    (input: { readonly _tag: 'in-memory' }) => Effect.Effect<SqliteDb, unknown>,
    never,
    FileSystem
  >
}

/** What the factory asks for and does not use for a database in memory. */
type FileSystem = { readonly fileSystem: never }
const FileSystem = Context.GenericTag<FileSystem>('@effect/platform/FileSystem')

let making: ReturnType<typeof makeFactory> | undefined

/**
 * Opens a database file in memory: the file is read once, and never written or locked. What waits in a journal is not in it.
 * Throws when the file is not a database, and as `openOwnFile`. The caller closes it.
 */
export async function openDatabaseCopy(path: string): Promise<SqliteDb> {
  const bytes = readOwnBytes(path)
  making ??= makeFactory()
  const database = await Effect.runPromise((await making)({ _tag: 'in-memory' }))
  try {
    database.import(new Uint8Array(bytes))
    return database
  } catch (error) {
    database.close()
    throw error
  }
}

/** The SQLite that LiveStore's adapter has brought along, wherever the package manager has put it. */
async function makeFactory() {
  const ofAdapter = createRequire(createRequire(import.meta.url).resolve('@livestore/adapter-node'))
  const load = (name: string) =>
    import(pathToFileURL(ofAdapter.resolve(`@livestore/sqlite-wasm/${name}`)).href) as Promise<SqliteModules>
  const [{ loadSqlite3Wasm }, { sqliteDbFactory }] = await Promise.all([load('load-wasm'), load('node')])
  const factory = sqliteDbFactory({ sqlite3: await loadSqlite3Wasm() })
  return Effect.runPromise(Effect.provideService(factory, FileSystem, {} as FileSystem))
}
