import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { State, makeSchema } from '@livestore/livestore'
import { events, type Store, tables } from '@runtimed/schema'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { RegistryError } from '../../src/errors.js'
import { type Committer, committerFor } from '../../src/livestore/committer.js'
import { lockFileName } from '../../src/livestore/directory-lock.js'
import { openNodeStore } from '../../src/livestore/node-store.js'
import { closeStore } from '../../src/livestore/close-notebook-store.js'
import { closeNotebookStore, openNotebookStore } from '../../src/livestore/open-notebook-store.js'
import { type AnyStore, storeInfo } from '../../src/livestore/store-info.js'
import { events as tinyEvents } from './fixtures/tiny-schema.js'

const childScript = fileURLToPath(new URL('fixtures/store-child.mjs', import.meta.url))
let directory: string

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'open-notebook-store-'))
})

afterEach(() => rmSync(directory, { recursive: true, force: true }))

const open = (notebookId = 'crash') => openNotebookStore({ notebookId, storage: { directory } })
const errorOf = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error: unknown) => (RegistryError.is(error) ? error : undefined),
  )

function output(id: string, data = id) {
  const content = { type: 'inline', data } as const
  return events.terminalOutputAdded({ id, cellId: 'cell', position: 0, content, streamName: 'stdout' })
}

const outputIds = (store: Store) => store.query(tables.outputs.select('id')).toSorted()

interface StoredEvent {
  readonly args: { readonly id: string }
  readonly clientId: string
  readonly seqNum: { readonly global: number }
}

const eventsOf = (store: Store) => store.events() as AsyncIterable<StoredEvent>

async function loggedIds(store: Store): Promise<string[]> {
  const head = Number(/^e(\d+)/.exec(store.syncStatus().localHead)?.[1])
  const ids: string[] = []
  if (head === 0) return ids
  for await (const event of eventsOf(store)) {
    ids.push(event.args.id)
    if (event.seqNum.global === head) break
  }
  return ids
}

async function writeOutputs(ids: readonly string[]) {
  const store = await open()
  await committerFor(store).submit(ids.map((id) => output(id))).durable
  await closeNotebookStore(store)
}

describe('opening', () => {
  test('a store in memory works without a directory', async () => {
    const store = await openNotebookStore({ notebookId: 'in-memory', storage: 'memory' })
    await committerFor(store).submit([output('a')]).confirmed
    expect(outputIds(store)).toEqual(['a'])
    expect(storeInfo(store)).toMatchObject({ embedded: true })
    expect(storeInfo(store)).not.toHaveProperty('directory')
    await closeNotebookStore(store)
  })

  test('a store in a directory keeps its rows and its whole log over openings', async () => {
    await writeOutputs(['a', 'b'])
    await writeOutputs(['c'])
    const store = await open()
    expect(outputIds(store)).toEqual(['a', 'b', 'c'])
    expect(await loggedIds(store)).toEqual(['a', 'b', 'c'])
    expect(storeInfo(store).directory).toBe(join(directory, 'crash'))
    await closeNotebookStore(store)
  })

  test.each(['', 'a b', '../up', 'a/b', 'ä', 'a.b'])('the notebook id %j is refused', async (notebookId) => {
    const error = await errorOf(openNotebookStore({ notebookId, storage: 'memory' }))
    expect(error?.code).toBe('INVALID_NOTEBOOK_ID')
  })

  test('an aborted signal gives the opening up and leaves the directory free', async () => {
    const controller = new AbortController()
    const opening = openNotebookStore({
      notebookId: 'crash',
      storage: { directory },
      signal: controller.signal,
    })
    controller.abort(new Error('not needed any more'))
    await expect(opening).rejects.toThrow('not needed any more')
    await closeNotebookStore(await open())
  })

  test('processes have different client ids, and one process always the same', async () => {
    const clientIds: string[] = []
    for (const notebookId of ['one', 'two']) {
      const store = await open(notebookId)
      await committerFor(store).submit([output('a')]).confirmed
      for await (const event of eventsOf(store)) {
        clientIds.push(event.clientId)
        break
      }
      await closeNotebookStore(store)
    }
    expect(clientIds[0]).toMatch(/^node-[0-9a-f-]{36}$/)
    expect(clientIds[1]).toBe(clientIds[0])
  })
})

describe('storage that cannot be used', () => {
  test('a directory that is open already is refused and stays usable for its owner', async () => {
    const store = await open()
    const error = await errorOf(open())
    expect(error).toMatchObject({
      code: 'STORE_IN_USE',
      directory: join(directory, 'crash'),
      pid: process.pid,
    })
    await committerFor(store).submit([output('a')]).durable
    await closeNotebookStore(store)
    const again = await open()
    expect(outputIds(again)).toEqual(['a'])
    await closeNotebookStore(again)
  })

  test('other notebooks in the same directory are independent', async () => {
    const stores = [await open('one'), await open('two')] as const
    await committerFor(stores[0]).submit([output('a')]).durable
    expect(outputIds(stores[1])).toEqual([])
    await Promise.all(stores.map((store) => closeNotebookStore(store)))
  })

  test('a file where the directory should be is refused', async () => {
    writeFileSync(join(directory, 'file'), '')
    for (const path of ['file', 'file/below']) {
      const storage = { directory: join(directory, path) }
      const error = await errorOf(openNotebookStore({ notebookId: 'crash', storage }))
      expect(error?.code).toBe('STORE_UNAVAILABLE')
      expect(error?.message).toContain('a part of this path is a file')
    }
  })

  test('a file in place of the notebook is refused', async () => {
    writeFileSync(join(directory, 'crash'), '')
    const error = await errorOf(open())
    expect(error?.message).toContain('this path is a file')
  })

  test('a full disk is refused before anything is written', async (context) => {
    const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=512k', 'tmpfs', directory])
    context.skip(mounted.status !== 0, 'tmpfs cannot be mounted here')
    try {
      const error = await errorOf(open())
      expect(error?.code).toBe('STORE_UNAVAILABLE')
      expect(error?.message).toContain('no space is left')
      expect(readdirSync(join(directory, 'crash'))).toEqual([])
    } finally {
      spawnSync('umount', ['-l', directory])
    }
  })

  test('a damaged event log is refused, and the directory is free for repair', async () => {
    await writeOutputs(['a'])
    const home = join(directory, 'crash')
    const log = readdirSync(home).find((name) => name.startsWith('eventlog')) as string
    writeFileSync(join(home, log), 'x'.repeat(20_000))
    const error = await errorOf(open())
    expect(error?.code).toBe('STORE_UNAVAILABLE')
    expect(error?.message).toContain(home)
    expect(existsSync(join(home, lockFileName))).toBe(false)
  })
})

describe('a disk that fills up', () => {
  test('stops the store before it is full, and everything goes through when there is room again', async (context) => {
    const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=6m', 'tmpfs', directory])
    context.skip(mounted.status !== 0, 'tmpfs cannot be mounted here')
    const store = await open()
    try {
      const committer = committerFor(store, { stallMs: 200 })
      const stalled = new Promise<string>((resolve) => committer.onDeath(({ code }) => resolve(code)))
      const ids = Array.from({ length: 60 }, (_, index) => `out-${index}`)
      const submitted = submitOneByOne(committer, ids)
      expect(await stalled).toBe('storeStalled')
      expect(committer.pending).toBeGreaterThan(0)
      spawnSync('mount', ['-o', 'remount,size=60m', directory])
      await submitted
      expect(await loggedIds(store)).toEqual(ids)
    } finally {
      await closeNotebookStore(store)
      spawnSync('umount', ['-l', directory])
    }
  })
})

async function submitOneByOne(committer: Committer, ids: readonly string[]): Promise<void> {
  for (const id of ids) await committer.submit([output(id, 'x'.repeat(50_000))]).durable
}

describe('the tables and the log', () => {
  const stateFile = () =>
    readdirSync(join(directory, 'crash')).find((name) => /^state-?\d+@.*\.db$/.test(name)) as string
  const inHome = (name: string) => join(directory, 'crash', name)

  test('tables behind the log are rebuilt from it', async () => {
    await writeOutputs(['a'])
    copyFileSync(inHome(stateFile()), join(directory, 'kept'))
    await writeOutputs(['b'])
    copyFileSync(join(directory, 'kept'), inHome(stateFile()))
    const store = await open()
    expect(outputIds(store)).toEqual(['a', 'b'])
    await closeNotebookStore(store)
  })

  test('damaged tables are rebuilt from the log', async () => {
    await writeOutputs(['a'])
    writeFileSync(inHome(stateFile()), 'x'.repeat(20_000))
    const store = await open()
    expect(outputIds(store)).toEqual(['a'])
    await closeNotebookStore(store)
  })

  test('another shape of the tables, and the way back, always show the whole log', async () => {
    const first = tinySchema(false)
    const second = tinySchema(true)
    for (const [index, schema] of [first, second, first, second].entries()) {
      const store = await openNodeStore({ schema, storeId: 'shapes', storage: { directory } })
      expect(store.query(schema.notes.count())).toBe(index)
      await committerFor(store).submit([tinyEvents.noteAdded({ id: `note-${index}`, text: '' })]).durable
      await closeStore(store as unknown as AnyStore, 5000)
    }
  })

  function tinySchema(indexed: boolean) {
    const { SQLite } = State
    const notes = SQLite.table({
      name: 'notes',
      columns: { id: SQLite.text({ primaryKey: true }), text: SQLite.text({}) },
      ...(indexed ? { indexes: [{ name: 'by-text', columns: ['text'] }] } : {}),
    })
    const own = { noteAdded: tinyEvents.noteAdded }
    const materializers = SQLite.materializers(own, {
      'v1.NoteAdded': ({ id, text }) => notes.insert({ id, text }).onConflict('id', 'ignore'),
    })
    return Object.assign(
      makeSchema({ events: own, state: SQLite.makeState({ tables: { notes }, materializers }) }),
      {
        notes,
      },
    )
  }
})

describe('closing', () => {
  test('everything submitted just before is durable, and the directory is free', async () => {
    const store = await open()
    const { durable } = committerFor(store).submit(
      Array.from({ length: 150 }, (_, index) => output(`out-${index}`)),
    )
    await closeNotebookStore(store)
    await durable
    expect(existsSync(join(directory, 'crash', lockFileName))).toBe(false)
    const again = await open()
    expect(outputIds(again)).toHaveLength(150)
    await closeNotebookStore(again)
  })

  test('closing twice waits for the same end, and is no death', async () => {
    const store = await open()
    let died = false
    void storeInfo(store).died.then(() => (died = true))
    await Promise.all([closeNotebookStore(store), closeNotebookStore(store)])
    await closeNotebookStore(store)
    expect(died).toBe(false)
  })

  test('closing a dead store tidies up without an error', async () => {
    const store = await open()
    const { died } = storeInfo(store)
    await store.shutdownPromise()
    await died
    await closeNotebookStore(store)
    await closeNotebookStore(await open())
  })

  test('a process that closed its store ends by itself, and one that exits leaves no lock', async () => {
    for (const mode of ['close', 'exit']) {
      const child = startChild(mode, mode)
      const [code] = (await once(child, 'exit')) as [number | null]
      expect(code).toBe(0)
      expect(existsSync(join(directory, 'crash', lockFileName))).toBe(false)
    }
    const store = await open()
    expect(outputIds(store)).toContain('close-only')
    await closeNotebookStore(store)
  })
})

describe('a process killed at any moment', () => {
  test('loses nothing that was durable and doubles nothing, also when it happens again and again', async () => {
    const acknowledged: string[] = []
    for (let round = 0; round < 6; round += 1) {
      acknowledged.push(...(await writeUntilKilled(`round${round}`, Math.floor(Math.random() * 12))))
      const store = await open()
      const logged = await loggedIds(store)
      expect(new Set(logged).size).toBe(logged.length)
      expect(acknowledged.filter((id) => !logged.includes(id))).toEqual([])
      expect(outputIds(store)).toEqual(logged.toSorted())
      await closeNotebookStore(store)
    }
    expect(acknowledged.length).toBeGreaterThan(0)
  })

  test('while its store is open, the directory is refused to others and named with its process', async () => {
    const child = startChild('write', 'held')
    await firstLine(child)
    const error = await errorOf(open())
    expect(error).toMatchObject({ code: 'STORE_IN_USE', pid: child.pid })
    child.kill('SIGKILL')
    await once(child, 'exit')
    await closeNotebookStore(await open())
  })

  async function writeUntilKilled(prefix: string, linesBeforeKill: number): Promise<string[]> {
    const child = startChild('write', prefix)
    const ended = once(child, 'exit')
    const durable: string[] = []
    let lines = 0
    for await (const line of createInterface({ input: child.stdout as NodeJS.ReadableStream })) {
      if (line.startsWith('durable ')) durable.push(...line.slice('durable '.length).split(' '))
      lines += 1
      if (lines === linesBeforeKill + 2) setTimeout(() => child.kill('SIGKILL'), Math.random() * 25)
    }
    await ended
    return durable
  }

  const firstLine = (child: ChildProcess) =>
    once(createInterface({ input: child.stdout as NodeJS.ReadableStream }), 'line')
})

function startChild(mode: string, prefix: string): ChildProcess {
  mkdirSync(directory, { recursive: true })
  return spawn(process.execPath, [childScript, mode, directory, prefix], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
}
