import { execFile } from 'node:child_process'
import {
  cpSync,
  openSync,
  closeSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { schema, tables } from '@runtimed/schema'
import { describe, expect, test } from 'vitest'
import { RegistryError } from '../../src/errors.js'
import { closeStore } from '../../src/livestore/close-notebook-store.js'
import { committerFor } from '../../src/livestore/committer.js'
import { openDatabaseCopy } from '../../src/livestore/database-copy.js'
import { openNodeStore } from '../../src/livestore/node-store.js'
import { closeNotebookStore, openNotebookStore } from '../../src/livestore/open-notebook-store.js'
import type { AnyStore } from '../../src/livestore/store-info.js'
import { createSyncLog, type SyncLog } from '../../src/livestore/sync-log.js'
import { output, freshBook } from './fixtures/book.js'

const program = fileURLToPath(new URL('../../dist/src/cli/main.js', import.meta.url))
const book = freshBook('mend-files-')

const pathOf = (start: string) =>
  join(
    book.home,
    readdirSync(book.home).find((name) => name.startsWith(start) && name.endsWith('.db')) as string,
  )

/** Opens the notebook, adds outputs, closes it, and says which outputs it had. */
async function visit(ids: readonly string[] = [], sharedLog?: SyncLog): Promise<readonly string[]> {
  const storage = { directory: book.directory }
  const store =
    sharedLog === undefined
      ? await openNotebookStore({ notebookId: 'book', storage })
      : await openNodeStore({ schema, storeId: 'book', storage, sharedLog })
  try {
    for (const id of ids) await committerFor(store as never).submit([output(id, id.repeat(300))]).confirmed
    return store.query(tables.outputs.select('id')).toSorted()
  } finally {
    await closeStore(store as unknown as AnyStore, 30_000)
  }
}

const refusalOf = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error: unknown) => (RegistryError.is(error) ? error : String(error)),
  )

const contents = () =>
  Object.fromEntries(
    readdirSync(book.home).map((name) => [name, readFileSync(join(book.home, name)).toString('base64')]),
  )

function zeroPage(path: string, page: number): void {
  const descriptor = openSync(path, 'r+')
  writeSync(descriptor, new Uint8Array(4096), 0, 4096, page * 4096)
  closeSync(descriptor)
}

describe('an event log that has lost events is refused, and nothing is changed', () => {
  const losses: readonly (readonly [string, () => void, string])[] = [
    ['missing', () => rmSync(pathOf('eventlog')), 'is missing or empty'],
    ['without a byte', () => truncateSync(pathOf('eventlog')), 'is missing or empty'],
    ['an older copy', () => cpSync(join(book.directory, 'older'), pathOf('eventlog')), 'ends with event 2'],
    ['another one', () => cpSync(join(book.directory, 'empty'), pathOf('eventlog')), 'is missing or empty'],
    ['cut short', () => truncateSync(pathOf('eventlog'), 8192), 'is damaged'],
    ['with a zeroed page', () => zeroPage(pathOf('eventlog'), 1), 'is damaged'],
    ['text', () => writeFileSync(pathOf('eventlog'), 'x'.repeat(20_000)), 'is damaged'],
  ]

  test.each(losses)('%s', async (_, lose, said) => {
    await visit()
    cpSync(pathOf('eventlog'), join(book.directory, 'empty'))
    await visit(['a', 'b'])
    cpSync(pathOf('eventlog'), join(book.directory, 'older'))
    await visit(['c'])
    cpSync(pathOf('eventlog'), join(book.directory, 'whole'))
    const name = pathOf('eventlog')
    lose()
    const before = contents()
    for (let round = 0; round < 2; round += 1) {
      const refusal = await refusalOf(visit())
      expect(refusal).toMatchObject({ code: 'STORE_UNAVAILABLE', directory: book.home })
      expect(String(refusal)).toContain(said)
      expect(contents()).toEqual(before)
    }
    cpSync(join(book.directory, 'whole'), name)
    expect(await visit()).toEqual(['a', 'b', 'c'])
    expect(book.warnings).toEqual([])
  })

  test('also by a program that only reads it', async () => {
    await visit(['a'])
    await visit(['b'])
    rmSync(pathOf('eventlog'))
    const before = contents()
    for (const command of [
      ['log'],
      ['log', '--history'],
      ['inspect'],
      ['export', '--out', join(book.directory, 'out.ipynb')],
    ]) {
      const [name = '', ...more] = command
      const { stderr, stdout } = await run(name, book.home, ...more)
      expect(stderr).toContain(`${book.home} has lost events`)
      expect(stderr).toContain('is missing or empty')
      expect(stdout).toBe('')
    }
    expect(contents()).toEqual(before)
  })
})

describe('a program that only reads', () => {
  test('changes nothing in the directory, not even its times', async () => {
    await visit(['a'])
    const before = { ...contents(), time: statSync(book.home).mtimeMs }
    const { stderr } = await run('log', book.directory)
    expect(stderr).toBe('')
    expect({ ...contents(), time: statSync(book.home).mtimeMs }).toEqual(before)
  })

  test('is refused while the notebook is open elsewhere', async () => {
    const store = await openNotebookStore({ notebookId: 'book', storage: { directory: book.directory } })
    expect((await run('log', book.directory)).stderr).toContain(`is open in process ${process.pid}`)
    await closeNotebookStore(store)
  })
})

const run = (...words: readonly string[]) =>
  new Promise<{ readonly stdout: string; readonly stderr: string }>((resolve) => {
    execFile(process.execPath, [program, ...words], (_, stdout, stderr) => resolve({ stdout, stderr }))
  })

describe('damaged tables are built anew from the event log, once, and that is said', () => {
  test('whichever page was zeroed', async () => {
    await visit(['a', 'b', 'c'])
    const size = statSync(pathOf('state')).size / 4096
    for (const page of [0, 1, 2, Math.floor(size / 2), size - 1]) {
      zeroPage(pathOf('state'), page)
      expect(await visit()).toEqual(['a', 'b', 'c'])
      expect(await visit()).toEqual(['a', 'b', 'c'])
    }
    expect(new Set(book.warnings)).toEqual(new Set(['STORE_TABLES_REBUILT']))
    expect(book.warnings.length).toBeLessThanOrEqual(5)
    expect(readdirSync(book.home).filter((name) => name.startsWith('kept'))).toEqual([])
  })

  test('a file that was cut short, or is none', async () => {
    await visit(['a'])
    truncateSync(pathOf('state'), 8192)
    expect(await visit(['b'])).toEqual(['a', 'b'])
    writeFileSync(pathOf('state'), 'x'.repeat(20_000))
    expect(await visit()).toEqual(['a', 'b'])
    expect(book.warnings).toEqual(['STORE_TABLES_REBUILT', 'STORE_TABLES_REBUILT'])
  })
})

test.each([0, 1, 20])('tables of a new notebook are made when a kill left only %d of them', async (count) => {
  await visit()
  const database = await openDatabaseCopy(pathOf('state'))
  const query = "select name from sqlite_master where type = 'table' and name not like '!_!_%' escape '!'"
  const names = database.select<{ name: string }>(query).map(({ name }) => name)
  for (const name of names.slice(count)) {
    database.execute(`drop table "${name}"`, undefined)
    database.execute(`delete from __livestore_schema where tableName = '${name}'`, undefined)
  }
  writeFileSync(pathOf('state'), database.export())
  database.close()
  expect(await visit(['a'])).toEqual(['a'])
  expect(await visit(['b'])).toEqual(['a', 'b'])
})

describe('a directory whose pull was cut short by a kill', () => {
  async function noteBackendHead(head: number): Promise<void> {
    const database = await openDatabaseCopy(pathOf('eventlog'))
    database.execute(`update __livestore_sync_status set head = ${head}`, undefined)
    writeFileSync(pathOf('eventlog'), database.export())
    database.close()
  }

  test('is pulled again, and what was not pushed is kept', async () => {
    const backend = createSyncLog({ keepEvents: true })
    expect(await visit(['a', 'b'], backend)).toEqual(['a', 'b'])
    cpSync(book.home, join(book.directory, 'kept'), { recursive: true })
    rmSync(book.home, { recursive: true })
    expect(await visit(['c'], backend)).toEqual(['a', 'b', 'c'])
    rmSync(book.home, { recursive: true })
    cpSync(join(book.directory, 'kept'), book.home, { recursive: true })
    await visit(['mine'])
    await noteBackendHead(9)
    expect(await untilPulled(backend, ['a', 'b', 'c', 'mine'])).toBe(true)
    expect(book.warnings).toEqual(['STORE_PULL_REPEATED'])
    expect(backend.head).toBe(4)
    expect(readdirSync(book.home).filter((name) => name.startsWith('set-aside-'))).toHaveLength(1)
    expect(await visit([], backend)).toEqual(['a', 'b', 'c', 'mine'])
  })

  test('is pulled again also with a journal beside the log that SQLite does not take', async () => {
    const backend = createSyncLog({ keepEvents: true })
    expect(await visit(['a', 'b'], backend)).toEqual(['a', 'b'])
    await noteBackendHead(7)
    writeFileSync(`${pathOf('eventlog')}-journal`, new Uint8Array(512))
    expect(await visit(['c'], backend)).toEqual(['a', 'b', 'c'])
    expect(book.warnings).toEqual(['STORE_PULL_REPEATED'])
    expect(await visit([], backend)).toEqual(['a', 'b', 'c'])
  })

  test('goes on with what it has when there is no backend', async () => {
    await visit(['a', 'b'])
    await noteBackendHead(7)
    expect(await visit(['c'])).toEqual(['a', 'b', 'c'])
    expect(await visit()).toEqual(['a', 'b', 'c'])
    expect(book.warnings).toEqual(['STORE_PULL_REPEATED'])
  })

  async function untilPulled(sharedLog: SyncLog, ids: readonly string[]): Promise<boolean> {
    const store = await openNodeStore({
      schema,
      storeId: 'book',
      storage: { directory: book.directory },
      sharedLog,
    })
    const isThere = () => store.query(tables.outputs.select('id')).toSorted().join() === ids.join()
    try {
      await expect.poll(() => isThere() && sharedLog.head === ids.length, { timeout: 60_000 }).toBe(true)
      return isThere()
    } finally {
      await closeStore(store as unknown as AnyStore, 30_000)
    }
  }
})
