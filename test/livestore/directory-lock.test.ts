import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { RegistryError, StoreInUseError } from '../../src/errors.js'
import { acquireDirectoryLock, lockFileName } from '../../src/livestore/directory-lock.js'
import type { LockOwner } from '../../src/livestore/lock-owner.js'

let directory: string
let lockPath: string

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'directory-lock-'))
  lockPath = join(directory, lockFileName)
})

afterEach(() => rmSync(directory, { recursive: true, force: true }))

const readOwner = () => JSON.parse(readFileSync(lockPath, 'utf8')) as LockOwner
const writeOwner = (owner: Partial<LockOwner>) => writeFileSync(lockPath, JSON.stringify(owner))

const acquire = () => acquireDirectoryLock(directory)
const takeAndRelease = async () => (await acquire()).release()

async function refusal(): Promise<StoreInUseError> {
  try {
    await takeAndRelease()
  } catch (error) {
    if (error instanceof StoreInUseError) return error
    throw error
  }
  throw new Error('the lock was granted')
}

function deadPid(): number {
  const { pid } = spawnSync(process.execPath, ['-e', ''])
  return pid
}

test('the lock names its owner, and leaves nothing behind when released', async () => {
  const lock = await acquire()
  expect(readOwner()).toMatchObject({ pid: process.pid, host: hostname() })
  expect(readdirSync(directory)).toEqual([lockFileName])
  lock.release()
  lock.release()
  expect(readdirSync(directory)).toEqual([])
})

test('a second owner in the same process is refused, and told where and what to do', async () => {
  const lock = await acquire()
  const error = await refusal()
  expect(error).toMatchObject({ code: 'STORE_IN_USE', directory, pid: process.pid })
  expect(error.message).toContain(directory)
  expect(error.message).toContain(String(process.pid))
  expect(error.message).toContain('use another directory')
  lock.release()
  await takeAndRelease()
})

test('the lock of a living process is respected, and taken over at once when that process is killed', async () => {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'])
  await once(child, 'spawn')
  writeOwner({ pid: child.pid as number, host: hostname(), token: 'theirs' })
  expect((await refusal()).pid).toBe(child.pid)
  child.kill('SIGKILL')
  await once(child, 'exit')
  const lock = await acquire()
  expect(readOwner().pid).toBe(process.pid)
  lock.release()
})

test.skipIf(process.platform !== 'linux')(
  'a killed process that nobody has reaped yet no longer holds its lock',
  async () => {
    const script = 'sleep 60 & echo $!; kill -9 $!; exec sleep 60'
    const parent = spawn('sh', ['-c', script], { stdio: ['ignore', 'pipe', 'inherit'] })
    const [line] = (await once(parent.stdout, 'data')) as [Buffer]
    const pid = Number(String(line))
    writeOwner({ pid, host: hostname(), token: 'theirs' })
    await expect.poll(() => readFileSync(`/proc/${pid}/stat`, 'utf8')).toContain(') Z ')
    await takeAndRelease()
    parent.kill()
    await once(parent, 'exit')
  },
)

test('a lock left by a dead process is taken over', async () => {
  writeOwner({ pid: deadPid(), host: hostname(), token: 'theirs' })
  await takeAndRelease()
  expect(readdirSync(directory)).toEqual([])
})

test.skipIf(process.platform !== 'linux')(
  'a lock whose process id now belongs to another process is taken over',
  async () => {
    writeOwner({ pid: process.pid, host: hostname(), started: 'some-earlier-boot:12345', token: 'theirs' })
    await takeAndRelease()
    expect(readdirSync(directory)).toEqual([])
  },
)

test('a lock of another host counts as held, and the message names the file to delete', async () => {
  writeOwner({ pid: deadPid(), host: 'another-host', token: 'theirs' })
  expect((await refusal()).message).toContain(lockPath)
})

test.each(['', '{"pid":', 'null', '{"pid":"7","host":1}'])(
  'an unreadable lock file %j is taken over',
  async (text) => {
    writeFileSync(lockPath, text)
    await takeAndRelease()
    expect(readdirSync(directory)).toEqual([])
  },
)

test('releasing never removes the lock of a later owner', async () => {
  const lock = await acquire()
  writeOwner({ pid: process.pid, host: hostname(), token: 'later' })
  lock.release()
  expect(readOwner().token).toBe('later')
})

test('of many processes that find a stale lock exactly one gets the directory', async () => {
  writeOwner({ pid: deadPid(), host: hostname(), token: 'theirs' })
  const script = `
    const { acquireDirectoryLock } = await import('./dist/src/livestore/directory-lock.js')
    process.send('ready')
    await new Promise((go) => process.once('message', go))
    try { await acquireDirectoryLock(${JSON.stringify(directory)}); process.send('mine') } catch (error) { process.send(error.code) }
    await new Promise((stop) => process.once('message', stop))
    process.exit(0)`
  const children = Array.from({ length: 5 }, () =>
    spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    }),
  )
  const answers = () =>
    Promise.all(children.map(async (child) => ((await once(child, 'message')) as string[])[0]))
  expect(await answers()).toEqual(children.map(() => 'ready'))
  const results = answers()
  for (const child of children) child.send('go')
  expect((await results).toSorted()).toEqual([
    'STORE_IN_USE',
    'STORE_IN_USE',
    'STORE_IN_USE',
    'STORE_IN_USE',
    'mine',
  ])
  const exits = children.map((child) => once(child, 'exit'))
  for (const child of children) child.send('stop')
  await Promise.all(exits)
  expect(readdirSync(directory)).toEqual([])
})

test('errors are recognised by their marker, also from another copy of the library', async () => {
  const copy: string = '../../dist/src/errors.js'
  const { StoreInUseError: Other } = (await import(copy)) as { StoreInUseError: typeof StoreInUseError }
  const foreign = new Other('/somewhere', 1, 'in use')
  expect(foreign instanceof RegistryError).toBe(false)
  expect(RegistryError.is(foreign)).toBe(true)
  expect(RegistryError.is(new Error('plain'))).toBe(false)
  expect(String(foreign)).toBe('StoreInUseError: [STORE_IN_USE] in use')
})
