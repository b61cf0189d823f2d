import type { SqliteDb } from '@livestore/common'
import type { sqliteDbFactory as Factory } from '@livestore/sqlite-wasm/node'
import { Context, Effect } from 'effect'
import { readOwnBytes } from './own-file.js'

/** What the factory asks for and does not use for a database in memory. */
const fileSystem = Context.unsafeMake<Effect.Effect.Context<ReturnType<typeof Factory>>>(
  new Map([['@effect/platform/FileSystem', {}]]),
)

let making: ReturnType<typeof makeFactory> | undefined

/**
 * Opens a database file in memory: the file is read once, and never written or locked. What waits in a journal is not in it.
 * Throws when the file is not a database, and as `openOwnFile`. The caller closes it.
 */
export async function openDatabaseCopy(path: string): Promise<SqliteDb> {
  const bytes = readOwnBytes(path)
  const database = await openMemoryDatabase()
  try {
    database.import(new Uint8Array(bytes))
    return database
  } catch (error) {
    database.close()
    throw error
  }
}

/** Opens an empty database in memory. The caller closes it. */
export async function openMemoryDatabase(): Promise<SqliteDb> {
  making ??= makeFactory()
  return Effect.runPromise((await making)({ _tag: 'in-memory' }))
}

/** The SQLite of LiveStore's adapter. */
async function makeFactory() {
  const [{ loadSqlite3Wasm }, { sqliteDbFactory }] = await Promise.all([
    import('@livestore/sqlite-wasm/load-wasm'),
    import('@livestore/sqlite-wasm/node'),
  ])
  const factory = sqliteDbFactory({ sqlite3: await loadSqlite3Wasm() })
  return Effect.runPromise(Effect.provide(factory, fileSystem))
}
