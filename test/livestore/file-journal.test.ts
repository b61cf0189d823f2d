import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { schema, type Store, tables } from '@runtimed/schema'
import { beforeEach, expect, test } from 'vitest'
import { FileJournal, readJournal } from '../../src/livestore/file-journal.js'
import { NotebookWriter } from '../../src/livestore/notebook-writer.js'
import { closeNotebookStore, openNotebookStore } from '../../src/livestore/open-notebook-store.js'
import { output, freshBook } from './fixtures/book.js'

const claimChild = fileURLToPath(new URL('fixtures/claim-child.mjs', import.meta.url))
const book = freshBook('file-journal-')
let home: string
let path: string

beforeEach(() => {
  home = book.home
  path = join(home, 'commits.journal')
  mkdirSync(home)
})

const open = () => openNotebookStore({ notebookId: 'book', storage: { directory: book.directory } })
const read = () => readJournal(home, 'book', home)
const idsIn = (entries: ReturnType<typeof read>) =>
  entries.flatMap((entry) => entry.events.map(({ args }) => (args as { id: string }).id))
const outputIds = (store: Store) => store.query(tables.outputs.select('id')).toSorted()

async function outputsAfterOpening(): Promise<readonly string[]> {
  const store = await open()
  const ids = outputIds(store)
  await closeNotebookStore(store)
  return ids
}

test('what is kept is there until it is forgotten', () => {
  const journal = new FileJournal(home, 'book', schema)
  const forgetA = journal.keep([output('a')], 3)
  const forgetB = journal.keep([output('b'), output('c')], 4)
  expect(read().map(({ parent }) => parent)).toEqual([3, 4])
  expect(idsIn(read())).toEqual(['a', 'b', 'c'])
  forgetA?.()
  forgetA?.()
  expect(idsIn(read())).toContain('b')
  forgetB?.()
  expect(statSync(path).size).toBe(0)
  journal.close()
  expect(existsSync(path)).toBe(false)
})

test('what is forgotten while more is kept makes room again', () => {
  const journal = new FileJournal(home, 'book', schema)
  let forget = journal.keep([output('first', 'x'.repeat(1_000_000))], 0)
  for (let index = 0; index < 30; index += 1) {
    const next = journal.keep([output(`o${index}`, 'x'.repeat(1_000_000))], index)
    forget?.()
    forget = next
  }
  expect(statSync(path).size).toBeLessThan(10_000_000)
  expect(idsIn(read())).toContain('o29')
  journal.keep([output('last')], 99)
  expect(idsIn(read()).slice(-2)).toEqual(['o29', 'last'])
  journal.close()
  forget?.()
  expect(idsIn(read()).slice(-2)).toEqual(['o29', 'last'])
})

test('what cannot be encoded is not kept', () => {
  const journal = new FileJournal(home, 'book', schema)
  expect(journal.keep([{ name: 'v1.TerminalOutputAdded', args: { id: 5 } }], 0)).toBeUndefined()
  expect(read()).toEqual([])
  journal.close()
})

test('what a process left is in the store when it is opened, once, and in order', async () => {
  const before = await open()
  await new NotebookWriter(before, 'user').commit([output('written')]).confirmed
  await closeNotebookStore(before)
  const journal = new FileJournal(home, 'book', schema)
  for (const id of ['written', 'b', 'a']) journal.keep([output(id)], 0)
  appendFileSync(path, '{"store":"book","parent":1,"events":[{"na')
  journal.close()
  for (let round = 0; round < 2; round += 1) {
    expect(await outputsAfterOpening()).toEqual(['a', 'b', 'written'])
  }
  expect(existsSync(path)).toBe(false)
  expect(book.warnings).toEqual([])
})

test('a damaged line, and one of another notebook, are set aside and told; the others are recovered', async () => {
  const journal = new FileJournal(home, 'book', schema)
  journal.keep([output('a')], 0)
  journal.close()
  const [line] = readFileSync(path, 'utf8').split('\n') as [string]
  const foreign = line.replace('"store":"book"', '"store":"other"').replaceAll('"a"', '"foreign"')
  const text = `${line}\n\u0000noise\n${foreign}\n${line.replaceAll('"a"', '"b"')}\n`
  writeFileSync(path, text)
  expect(await outputsAfterOpening()).toEqual(['a', 'b'])
  expect(book.warnings).toEqual(['STORE_JOURNAL_DAMAGED'])
  expect(readFileSync(`${path}.damaged`, 'utf8')).toBe(text)
})

test('events that this version does not know are passed over', async () => {
  writeFileSync(
    path,
    `${JSON.stringify({ store: 'book', parent: 0, events: [{ name: 'v9.New', args: {} }] })}\n`,
  )
  expect(await outputsAfterOpening()).toEqual([])
})

test('a journal that is a link leads nowhere', async () => {
  const outside = join(book.directory, 'outside')
  writeFileSync(outside, 'mine')
  symlinkSync(outside, path)
  await expect(open()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
  expect(readFileSync(outside, 'utf8')).toBe('mine')
})

/** Runs cells in a process of its own; resolves with the requests whose handlers began, of this process and those before. */
async function runCells(cells: number, kill: number): Promise<readonly string[]> {
  const file = join(book.directory, 'began')
  const child = spawn(process.execPath, [claimChild, book.directory, file, String(cells), String(kill)], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, NODE_ENV: 'production' },
  })
  await once(child, 'close')
  return existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : []
}

test.each([1, 2, 7])(
  'a process that dies at the start of its cell number %d has run each request once, and that one is told as lost',
  async (kill) => {
    const began = await runCells(8, kill)
    expect(began).toHaveLength(kill)
    expect(await runCells(0, 0)).toEqual(['q0', 'q1', 'q2', 'q3', 'q4', 'q5', 'q6', 'q7'])
    const store = await open()
    const rows = store.query(tables.executionQueue.orderBy('requestSeq', 'asc'))
    await closeNotebookStore(store)
    expect(rows.map(({ status }) => status)).toEqual(
      rows.map((_, index) => (index === kill - 1 ? 'failed' : 'completed')),
    )
    expect(rows[kill - 1]?.error).toMatch(/^lost: /)
    expect(rows[kill - 1]?.error).toContain('while it ran')
  },
)
