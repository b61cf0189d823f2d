import { openMemoryDatabase } from '../../../src/livestore/database-copy.js'

const tables = `
  CREATE TABLE executions (id TEXT PRIMARY KEY, cell TEXT, status TEXT, session TEXT, started TEXT, ended TEXT);
  CREATE TABLE outputs (id TEXT PRIMARY KEY, cell TEXT, position INTEGER, data TEXT);
  CREATE TABLE log (number INTEGER PRIMARY KEY, name TEXT, arguments TEXT)`

const rowsInTransaction = 25

/** Writes the rows of so many executions, and four events of each, through the SQLite of LiveStore: what no store can undercut. */
export async function insertRows(executions: number): Promise<void> {
  const database = await openMemoryDatabase()
  for (const statement of tables.split(';')) database.execute(statement, undefined)
  for (let index = 0; index < executions; index += 1) {
    if (index % rowsInTransaction === 0) database.execute('BEGIN', undefined)
    const now = new Date().toISOString()
    database.execute(
      `INSERT INTO executions VALUES ('q${index}', 'c0', 'pending', NULL, NULL, NULL)`,
      undefined,
    )
    database.execute(
      `UPDATE executions SET status = 'executing', started = '${now}' WHERE id = 'q${index}'`,
      undefined,
    )
    database.execute(`INSERT INTO outputs VALUES ('o${index}', 'c0', 0, '${index}')`, undefined)
    database.execute(
      `UPDATE executions SET status = 'completed', ended = '${now}' WHERE id = 'q${index}'`,
      undefined,
    )
    for (const name of ['requested', 'started', 'output', 'completed']) {
      const written = JSON.stringify({ queueId: `q${index}`, cellId: 'c0', at: now })
      database.execute(`INSERT INTO log (name, arguments) VALUES ('${name}', '${written}')`, undefined)
    }
    if (index % rowsInTransaction === rowsInTransaction - 1) database.execute('COMMIT', undefined)
  }
  database.close()
}
