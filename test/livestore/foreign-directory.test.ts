import {
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { RegistryError } from '../../src/errors.js'
import { acquireDirectoryLock } from '../../src/livestore/directory-lock.js'
import { closeNotebookStore, openNotebookStore } from '../../src/livestore/open-notebook-store.js'

let directory: string
let home: string
let precious: string

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'foreign-directory-'))
  home = join(directory, 'stores', 'theirs')
  precious = join(directory, 'precious.txt')
  await closeNotebookStore(await open())
  writeFileSync(precious, 'precious')
})

afterEach(() => rmSync(directory, { recursive: true, force: true }))

const open = () =>
  openNotebookStore({ notebookId: 'theirs', storage: { directory: join(directory, 'stores') } })

async function openAndClose(): Promise<RegistryError | undefined> {
  try {
    await closeNotebookStore(await open())
    return undefined
  } catch (error) {
    if (RegistryError.is(error)) return error
    throw error
  }
}

const nameOf = (pattern: RegExp) => readdirSync(home).find((name) => pattern.test(name)) as string
const stateName = () => nameOf(/^state.*\.db$/)
const logName = () => nameOf(/^eventlog.*\.db$/)

describe('a store directory of somebody else overwrites no file of the user', () => {
  const databases: readonly (readonly [string, () => string])[] = [
    ['tables', () => stateName()],
    ['journal of the tables', () => `${stateName()}-journal`],
    ['event log', () => logName()],
    ['journal of the event log', () => `${logName()}-journal`],
  ]

  test.each(databases)('through a link in place of the %s', async (_, name) => {
    const path = join(home, name())
    rmSync(path, { force: true })
    symlinkSync(precious, path)
    const error = await openAndClose()
    expect(error?.code).toBe('STORE_UNAVAILABLE')
    expect(error?.message).toContain(`${path} is a symbolic link`)
    expect(readFileSync(precious, 'utf8')).toBe('precious')
  })

  test.each(databases)('through a second name of a file in place of the %s', async (_, name) => {
    const path = join(home, name())
    rmSync(path, { force: true })
    linkSync(precious, path)
    const error = await openAndClose()
    expect(error?.message).toContain(`${path} has 2 names (hard links)`)
    expect(readFileSync(precious, 'utf8')).toBe('precious')
  })

  test.each(['probe.tmp', 'state-version.json'])('through a link in place of %s', async (name) => {
    for (const make of [symlinkSync, linkSync]) {
      rmSync(join(home, name), { force: true })
      make(precious, join(home, name))
      await openAndClose()
      expect(readFileSync(precious, 'utf8')).toBe('precious')
    }
    rmSync(join(home, name), { force: true })
    expect(await openAndClose()).toBeUndefined()
  })

  test('through a link to nothing, which would be created', async () => {
    for (const name of ['probe.tmp', 'state-version.json', 'owner.lock.json', logName(), stateName()]) {
      rmSync(join(home, name), { force: true })
      symlinkSync(join(directory, 'created'), join(home, name))
      await openAndClose()
      expect(readdirSync(directory).toSorted()).toEqual(['precious.txt', 'stores'])
      rmSync(join(home, name), { force: true })
    }
  })

  test('and whose owner is at work, its files are not looked at: they come and go', async () => {
    const path = join(home, `${logName()}-journal`)
    const lock = await acquireDirectoryLock(home)
    symlinkSync(join(directory, 'gone'), path)
    expect((await openAndClose())?.code).toBe('STORE_IN_USE')
    lock.release()
    expect((await openAndClose())?.message).toContain(`${path} is a symbolic link`)
  })

  test('through a link in place of the directory', async () => {
    renameSync(home, join(directory, 'elsewhere'))
    symlinkSync(join(directory, 'elsewhere'), home)
    const error = await openAndClose()
    expect(error?.message).toContain(`${home} is a symbolic link`)
    rmSync(home)
    mkdirSync(home)
    expect(await openAndClose()).toBeUndefined()
  })

  test('and a directory in place of a file is named', async () => {
    for (const name of [logName(), stateName()]) {
      rmSync(join(home, name))
      mkdirSync(join(home, name))
      expect((await openAndClose())?.message).toContain(`${join(home, name)} is a directory`)
      rmSync(join(home, name), { recursive: true })
    }
  })
})
