import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  cpSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { RegistryError } from '../../src/errors.js'
import {
  acquireDirectoryLock,
  lockFileName,
  requireFreeDirectory,
} from '../../src/livestore/directory-lock.js'
import { waitUntil } from '../support/wait-for.js'

const childScript = fileURLToPath(new URL('fixtures/lock-child.mjs', import.meta.url))
let directory: string
let lockPath: string
let end: (() => void)[]

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'directory-owners-'))
  lockPath = join(directory, lockFileName)
  end = []
})

afterEach(() => {
  for (const stop of end) stop()
  rmSync(directory, { recursive: true, force: true })
})

interface Owner {
  readonly said: readonly string[]
  /** The first thing it said: `held`, or a code. */
  readonly answer: Promise<string>
  signal(name: NodeJS.Signals): void
  readonly ended: Promise<unknown>
}

interface OwnerWorld {
  /** What runs the process, for example in a namespace. */
  readonly wrapper?: readonly string[]
  readonly at?: string
  /** Without `flock`: the owner has to give signs of life. */
  readonly beats?: { readonly beatMs: number; readonly patienceMs: number }
}

/** A process of its own that asks for the directory and then does nothing. */
function startOwner({ wrapper = [], at = directory, beats }: OwnerWorld = {}): Owner {
  const timing = beats ? [String(beats.beatMs), String(beats.patienceMs)] : []
  const withoutFlock = beats ? ['env', 'PATH=/nowhere'] : []
  const words = [...wrapper, ...withoutFlock, process.execPath, childScript, at, ...timing]
  const child = spawn(words[0] as string, words.slice(1), { stdio: ['ignore', 'pipe', 'inherit'] })
  const said: string[] = []
  createInterface({ input: child.stdout }).on('line', (line) => said.push(line))
  const pidOfNode = () => (wrapper.length === 0 ? child.pid : childOf(child.pid as number)) as number
  const signal = (name: NodeJS.Signals) => process.kill(pidOfNode(), name)
  end.push(() => {
    if (child.exitCode === null && child.signalCode === null) signal('SIGKILL')
  })
  return {
    said,
    signal,
    answer: waitUntil('an answer', () => said[0], 60_000),
    ended: once(child, 'exit'),
  }
}

const childOf = (pid: number) =>
  Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ')[0])

const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error: unknown) => (RegistryError.is(error) ? error.code : String(error)),
  )

/** A container on the same system: process ids, host name and network of its own, the same files. */
const container = (name: string) =>
  'unshare --pid --uts --net --mount --fork --mount-proc --kill-child sh -c'
    .split(' ')
    .concat(`hostname ${name}; exec "$@"`, 'sh')
const hasContainers = spawnSync('unshare', [...container('probe').slice(1), 'true']).status === 0
const hasFlock = spawnSync('flock', ['--version']).status === 0

describe.skipIf(!hasFlock)('a lock of the operating system', () => {
  test.skipIf(!hasContainers)(
    'is seen from another container of the same name, where its process id means nothing',
    async () => {
      const owner = startOwner({ wrapper: container('same') })
      expect(await owner.answer).toBe('held')
      expect(await startOwner({ wrapper: container('same') }).answer).toBe('STORE_IN_USE')
      expect(await codeOf(acquireDirectoryLock(directory))).toBe('STORE_IN_USE')
    },
  )

  test.skipIf(!hasContainers)('of a killed container is free for a successor of another name', async () => {
    const owner = startOwner({ wrapper: container('first') })
    expect(await owner.answer).toBe('held')
    owner.signal('SIGKILL')
    await owner.ended
    expect(existsSync(lockPath)).toBe(true)
    expect(await startOwner({ wrapper: container('second') }).answer).toBe('held')
  })

  test('stays with a process that is stopped, and is free when that is killed', async () => {
    const owner = startOwner()
    expect(await owner.answer).toBe('held')
    owner.signal('SIGSTOP')
    expect(await codeOf(acquireDirectoryLock(directory))).toBe('STORE_IN_USE')
    expect(await codeOf(requireFreeDirectory(directory))).toBe('STORE_IN_USE')
    owner.signal('SIGKILL')
    await owner.ended
    await requireFreeDirectory(directory)
    ;(await acquireDirectoryLock(directory)).release()
  })

  test('does not come along with a copy of the directory', async () => {
    const owner = startOwner()
    expect(await owner.answer).toBe('held')
    const copy = `${directory}-copy`
    cpSync(directory, copy, { recursive: true })
    end.push(() => rmSync(copy, { recursive: true, force: true }))
    expect(await startOwner({ at: copy }).answer).toBe('held')
  })

  test('is lost when somebody removes its file, and the owner is told', async () => {
    const lock = await acquireDirectoryLock(directory, { beatMs: 20, patienceMs: 1000 })
    unlinkSync(lockPath)
    expect(await lock.lost).toContain(lockPath)
    lock.release()
  })

  test('survives that somebody empties its file', async () => {
    const lock = await acquireDirectoryLock(directory, { beatMs: 20, patienceMs: 1000 })
    writeFileSync(lockPath, '')
    await waitUntil('the owner to write again', () => readFileSync(lockPath, 'utf8') !== '', 30_000)
    expect(await codeOf(acquireDirectoryLock(directory))).toBe('STORE_IN_USE')
    lock.release()
  })
})

describe('a lock by signs of life, where the system has none', () => {
  const beats = { beatMs: 50, patienceMs: 1500 }

  test('of a process that can be seen is respected, and free at once when that is killed', async () => {
    const owner = startOwner({ beats })
    expect(await owner.answer).toBe('held')
    expect(await startOwner({ beats }).answer).toBe('STORE_IN_USE')
    expect(await codeOf(acquireDirectoryLock(directory))).toBe('STORE_IN_USE')
    owner.signal('SIGKILL')
    await owner.ended
    expect(await startOwner({ beats: { beatMs: 50, patienceMs: 1e9 } }).answer).toBe('held')
  })

  test.skipIf(!hasContainers)(
    'of another container holds while its owner lives, and ends with its signs',
    async () => {
      const owner = startOwner({ wrapper: container('first'), beats: { ...beats, beatMs: 50 } })
      expect(await owner.answer).toBe('held')
      expect(await startOwner({ beats: { beatMs: 50, patienceMs: 1e9 } }).answer).toBe('STORE_IN_USE')
      owner.signal('SIGSTOP')
      const successor = startOwner({ beats })
      expect(await successor.answer).toBe('held')
      owner.signal('SIGCONT')
      await waitUntil('the first owner to notice', () => owner.said.includes('lost'), 60_000)
      expect(successor.said).toEqual(['held'])
    },
  )
})

describe('a lock file that is none', () => {
  const cases: readonly (readonly [string, () => void])[] = [
    ['a dangling link', () => symlinkSync(join(directory, 'nowhere'), lockPath)],
    ['a link to a file of the user', () => symlinkSync(precious(), lockPath)],
    ['a second name of a file of the user', () => linkSync(precious(), lockPath)],
    ['a directory', () => mkdirSync(lockPath)],
    ['a pipe', () => void spawnSync('mkfifo', [lockPath])],
  ]

  const precious = () => {
    const path = join(directory, 'precious.txt')
    writeFileSync(path, 'precious')
    return path
  }

  test.each(cases)('%s is refused by name, and nothing is written', async (_, make) => {
    make()
    const error: unknown = await acquireDirectoryLock(directory).catch((refusal: unknown) => refusal)
    expect(error).toMatchObject({ code: 'STORE_UNAVAILABLE', directory })
    expect(String(error)).toContain(lockPath)
    const path = join(directory, 'precious.txt')
    if (existsSync(path)) expect(readFileSync(path, 'utf8')).toBe('precious')
    expect(existsSync(join(directory, 'nowhere'))).toBe(false)
  })
})
