import { makeAdapter } from '@livestore/adapter-node'
import { createStorePromise, type Store } from '@livestore/livestore'
import { LogLevel } from 'effect'
import { afterEach, describe, expect, test } from 'vitest'
import { RegistryError } from '../../src/errors.js'
import { type Committer, committerFor, type StoreFailure } from '../../src/livestore/committer.js'
import { openNodeStore } from '../../src/livestore/node-store.js'
import { storeInfo } from '../../src/livestore/store-info.js'
import { createSyncBackend } from '../../src/livestore/sync-backend.js'
import { createSyncLog, type SyncLog } from '../../src/livestore/sync-log.js'
import { events, schema, tables } from './fixtures/tiny-schema.js'

type TinyStore = Store<typeof schema>

const opened: TinyStore[] = []
let counter = 0

async function openTiny(
  sharedLog?: SyncLog,
  storeId = `notebook-${(counter += 1)}`,
  clientId?: string,
): Promise<TinyStore> {
  const sharing = sharedLog === undefined ? {} : { sharedLog }
  const identity = clientId === undefined ? {} : { clientId }
  const store = await openNodeStore({ schema, storeId, storage: 'memory', ...sharing, ...identity })
  opened.push(store)
  return store
}

afterEach(async () => {
  for (const store of opened.splice(0)) {
    committerFor(store).close()
    await store.shutdownPromise().catch(() => undefined)
  }
})

const note = (id: string, text = '') => events.noteAdded({ id, text })
const noteIds = (store: TinyStore) => store.query(tables.notes.select('id').orderBy('position', 'asc'))
const rejection = (promise: Promise<unknown>) =>
  promise.then(
    () => 'resolved',
    (error: unknown) => (RegistryError.is(error) ? error.code : String(error)),
  )
const firstFailure = (committer: Committer) =>
  new Promise<StoreFailure>((resolve) => committer.onDeath(resolve))

describe('submitting', () => {
  test('a submission becomes durable, then confirmed, and is in the log of the store', async () => {
    const store = await openTiny()
    const { durable, confirmed } = committerFor(store).submit([note('a'), note('b')])
    await durable
    expect(noteIds(store)).toEqual(['a', 'b'])
    await confirmed
    const logged: string[] = []
    for await (const event of store.events()) {
      logged.push(event.name)
      if (logged.length === 2) break
    }
    expect(logged).toEqual(['v1.NoteAdded', 'v1.NoteAdded'])
  })

  test('a store has one committer until it is closed', async () => {
    const store = await openTiny()
    const committer = committerFor(store)
    expect(committerFor(store)).toBe(committer)
    committer.close()
    const next = committerFor(store)
    expect(next).not.toBe(committer)
    await next.submit([note('a')]).durable
  })

  test('submissions of one turn go into one commit, in order', async () => {
    const store = await openTiny()
    const committer = committerFor(store)
    let refreshes = -1
    store.subscribe(tables.notes.count(), () => (refreshes += 1))
    const submitted = ['a', 'b', 'c'].map((id) => committer.submit([note(id)]).durable)
    expect(committer.pending).toBe(3)
    await Promise.all(submitted)
    expect(refreshes).toBe(1)
    expect(noteIds(store)).toEqual(['a', 'b', 'c'])
    expect(committer.pending).toBe(0)
  })

  test('a batch holds at most maxBatch events and never splits a submission', async () => {
    const store = await openTiny()
    const committer = committerFor(store, { maxBatch: 5 })
    const counts: number[] = []
    store.subscribe(tables.notes.count(), (count) => counts.push(count))
    committer.submit([note('1'), note('2'), note('3')])
    committer.submit([note('4'), note('5'), note('6')])
    committer.submit(Array.from({ length: 8 }, (_, index) => note(`long-${index}`)))
    await committer.idle()
    expect(counts).toEqual([0, 3, 6, 14])
  })

  test('an array changed after it was submitted is stored as it was', async () => {
    const store = await openTiny()
    const list = [note('a')]
    const { durable } = committerFor(store).submit(list)
    list.push(note('b'))
    await durable
    expect(noteIds(store)).toEqual(['a'])
  })

  test('an empty submission is done at once', async () => {
    const committer = committerFor(await openTiny())
    const { durable, confirmed } = committer.submit([])
    await Promise.all([durable, confirmed])
    expect(committer.pending).toBe(0)
  })
})

describe('what may wait', () => {
  /** Resolves with the numbers of events of the commits that were made meanwhile. */
  async function commitsOf(store: TinyStore, work: () => Promise<unknown>): Promise<number[]> {
    const counts: number[] = []
    const commit = store.commit.bind(store) as (...written: unknown[]) => void
    store.commit = ((...written: unknown[]) => {
      counts.push(written.length)
      commit(...written)
    }) as typeof store.commit
    await work()
    return counts
  }
  const late = (store: TinyStore, id: string) => committerFor(store).submit([note(id)], { mayWait: true })

  test('goes into one commit with what follows the last commit soon', async () => {
    const store = await openTiny()
    const counts = await commitsOf(store, async () => {
      await late(store, 'first').durable
      const rest: Promise<void>[] = []
      for (let index = 0; index < 20; index += 1) {
        rest.push(late(store, `n${index}`).durable)
        await Promise.resolve()
      }
      await Promise.all(rest)
    })
    expect(counts).toEqual([1, 20])
  })

  test('waits no longer than what does not wait, than someone who awaits all, or than a flush', async () => {
    const store = await openTiny()
    const committer = committerFor(store)
    const counts = await commitsOf(store, async () => {
      await late(store, 'first').durable
      void late(store, 'a')
      await committer.submit([note('b')]).durable
      void late(store, 'c')
      await committer.idle()
      const { durable } = late(store, 'd')
      committer.flush()
      await durable
    })
    expect(counts).toEqual([1, 2, 1, 1])
    expect(noteIds(store)).toEqual(['first', 'a', 'b', 'c', 'd'])
  })

  test('is kept at once where nothing that does not wait stands before it', async () => {
    const store = await openTiny()
    const committer = committerFor(store)
    expect(late(store, 'a').isKept).toBe(true)
    expect(late(store, 'b').isKept).toBe(true)
    const expected = () => [note('c')]
    expect(committer.submit(expected, { mayWait: true, expected }).isKept).toBe(true)
    expect(committer.submit(expected, { mayWait: true }).isKept).toBe(false)
    committer.submit([note('d')])
    expect(late(store, 'e').isKept).toBe(false)
    await committer.idle()
    expect(late(store, 'f').isKept).toBe(true)
  })
})

describe('submitting a function', () => {
  test('it sees the rows of everything submitted before it', async () => {
    const store = await openTiny()
    const committer = committerFor(store)
    const claim = (owner: string) => () =>
      store.query(tables.jobs.count()) === 0 ? [events.jobClaimed({ id: 'job', owner })] : []
    committer.submit([note('a')])
    const seen: string[][] = []
    committer.submit(() => {
      seen.push([...noteIds(store)])
      return [note('b')]
    })
    const claims = [committer.submit(claim('first')), committer.submit(claim('second'))]
    await Promise.all(claims.flatMap(({ durable, confirmed }) => [durable, confirmed]))
    expect(seen).toEqual([['a']])
    expect(store.query(tables.jobs.select())).toEqual([{ id: 'job', owner: 'first' }])
    expect(store.syncStatus().localHead).toBe('e3')
  })

  test('one that comes to nothing keeps nobody waiting', async () => {
    const store = await openTiny()
    const committer = committerFor(store)
    committer.submit(() => [])
    await committer.idle()
    expect(committer.pending).toBe(0)
  })

  test('one that throws rejects alone, with its own error', async () => {
    const store = await openTiny()
    const committer = committerFor(store)
    const before = committer.submit([note('a')])
    const failing = committer.submit(() => {
      throw new RangeError('no such cell')
    })
    const after = committer.submit([note('b')])
    expect(await rejection(failing.durable)).toBe('RangeError: no such cell')
    expect(await rejection(failing.confirmed)).toBe('RangeError: no such cell')
    await Promise.all([before.durable, after.durable])
    expect(noteIds(store)).toEqual(['a', 'b'])
  })
})

describe('poison', () => {
  const cyclic: Record<string, unknown> = {}
  cyclic['self'] = cyclic

  test.each<[string, () => { name: string; args: unknown }]>([
    ['an unknown event name', () => ({ name: 'v1.Unheard', args: {} })],
    ['arguments of the wrong type', () => ({ name: 'v1.NoteAdded', args: { id: 7, text: '' } })],
    ['arguments that are missing', () => ({ name: 'v1.NoteAdded', args: undefined })],
    ['a bigint', () => ({ name: 'v1.NoteAdded', args: { id: 'x', text: '', extra: { deep: [1n] } } })],
    ['a cycle', () => ({ name: 'v1.NoteAdded', args: { id: 'x', text: '', extra: cyclic } })],
    ['NaN', () => ({ name: 'v1.NoteAdded', args: { id: 'x', text: '', extra: Number.NaN } })],
    ['a function', () => ({ name: 'v1.NoteAdded', args: { id: 'x', text: '', extra: () => 1 } })],
    ['a map', () => ({ name: 'v1.NoteAdded', args: { id: 'x', text: '', extra: new Map() } })],
    [
      'a date where JSON is expected',
      () => ({ name: 'v1.NoteAdded', args: { id: 'x', text: '', extra: new Date() } }),
    ],
  ])('%s is rejected alone and the store lives on', async (_, poison) => {
    const store = await openTiny()
    const committer = committerFor(store)
    const before = committer.submit([note('a')])
    const poisoned = committer.submit([note('never'), poison()])
    const after = committer.submit([note('b')])
    expect(await rejection(poisoned.durable)).toBe('INVALID_EVENT')
    expect(await rejection(poisoned.confirmed)).toBe('INVALID_EVENT')
    await Promise.all([before.confirmed, after.confirmed])
    expect(noteIds(store)).toEqual(['a', 'b'])
    expect(committer.status).toBe('open')
  })

  test('values JSON carries are stored unchanged', async () => {
    const store = await openTiny()
    const extra = {
      list: [1, 'two', null, { three: true }],
      absent: undefined,
      empty: Object.create(null) as object,
    }
    await committerFor(store).submit([events.noteAdded({ id: 'a', text: 'ünï \n 🎉', extra })]).confirmed
    expect(store.query(tables.notes.select('text'))).toEqual(['ünï \n 🎉'])
  })
})

describe('death', () => {
  test('a store that dies in a commit rejects what waits and tells its listeners once', async () => {
    const store = await openTiny()
    const committer = committerFor(store)
    const told: StoreFailure[] = []
    committer.onDeath((failure) => told.push(failure))
    const fatal = committer.submit([events.thrown({})])
    const later = committer.submit([note('a')])
    const idle = committer.idle()
    expect(await rejection(fatal.durable)).toBe('STORE_DIED')
    expect(await rejection(fatal.confirmed)).toBe('STORE_DIED')
    expect(await rejection(later.durable)).toBe('STORE_DIED')
    expect(await rejection(idle)).toBe('STORE_DIED')
    expect(committer.status).toBe('dead')
    expect(await rejection(committer.submit([note('b')]).durable)).toBe('STORE_DIED')
    expect(told.map(({ code }) => code)).toEqual(['storeDied'])
    expect(told[0]?.message).toContain('notebook-')
  })

  test('a store shut down by someone else is a death, also while nothing is submitted', async () => {
    const store = await openTiny()
    const committer = committerFor(store)
    await committer.submit([note('a')]).confirmed
    const failure = firstFailure(committer)
    await store.shutdownPromise()
    expect((await failure).code).toBe('storeDied')
  })

  test('a listener that was removed hears nothing', async () => {
    const store = await openTiny()
    const committer = committerFor(store)
    let heard = 0
    committer.onDeath(() => (heard += 1))()
    const failure = firstFailure(committer)
    await store.shutdownPromise()
    await failure
    expect(heard).toBe(0)
  })

  test('closing rejects what waits, and submissions after it', async () => {
    const store = await openTiny()
    const committer = committerFor(store)
    const waiting = committer.submit([note('a')])
    committer.close()
    expect(committer.status).toBe('closed')
    expect(await rejection(waiting.durable)).toBe('COMMITTER_CLOSED')
    expect(await rejection(committer.submit([note('b')]).confirmed)).toBe('COMMITTER_CLOSED')
    await committer.idle()
  })
})

describe('several writers', () => {
  const numbered = (owner: string, index: number) => note(`${owner}${index}`)

  async function submitAll(store: TinyStore, owner: string, count: number) {
    const committer = committerFor(store)
    for (let index = 0; index < count; index += 5) {
      const batch = Array.from({ length: 5 }, (_, offset) =>
        committer.submit([numbered(owner, index + offset)]),
      )
      await Promise.race(batch.map(({ durable }) => durable))
    }
    await committer.idle()
  }

  const holds = (store: TinyStore, count: number) =>
    new Promise<void>((resolve) => {
      const unsubscribe = store.subscribe(tables.notes.count(), (found) => {
        if (found < count) return
        resolve()
        queueMicrotask(() => unsubscribe())
      })
    })

  test('two stores on one backend lose nothing and agree on the order', async () => {
    const log = createSyncLog({ keepEvents: true })
    const left = await openTiny(log, 'shared', 'left')
    const right = await openTiny(log, 'shared', 'right')
    await Promise.all([submitAll(left, 'left-', 60), submitAll(right, 'right-', 60)])
    await Promise.all([holds(left, 120), holds(right, 120)])
    const expected = ['left-', 'right-'].flatMap((owner) =>
      Array.from({ length: 60 }, (_, index) => `${owner}${index}`),
    )
    expect(noteIds(left).toSorted()).toEqual(expected.toSorted())
    expect(noteIds(left).filter((id) => id.startsWith('left-'))).toEqual(expected.slice(0, 60))
    expect(noteIds(right)).toEqual(noteIds(left))
  })

  test('of two confirmed claims for one thing exactly one has won, and both stores see the same winner', async () => {
    const log = createSyncLog({ keepEvents: true })
    const stores = [await openTiny(log, 'claims', 'left'), await openTiny(log, 'claims', 'right')]
    const winnersSeen = await Promise.all(
      stores.map(async (store, index) => {
        const winners: (string | null)[] = []
        for (let job = 0; job < 10; job += 1) {
          const claim = events.jobClaimed({ id: `job-${job}`, owner: `owner-${index}` })
          await committerFor(store).submit([claim]).confirmed
          winners.push(store.query(tables.jobs.where({ id: `job-${job}` }).first())?.owner ?? null)
        }
        return winners
      }),
    )
    expect(winnersSeen[0]).toHaveLength(10)
    expect(winnersSeen[1]).toEqual(winnersSeen[0])
  })
})

describe('stores of others', () => {
  async function createForeign(sync: boolean): Promise<TinyStore> {
    const store = await createStorePromise({
      adapter: makeAdapter({
        storage: { type: 'in-memory' },
        clientId: 'foreign',
        ...(sync ? { sync: { backend: createSyncBackend(createSyncLog({ keepEvents: true })) } } : {}),
      }),
      schema,
      storeId: `foreign-${(counter += 1)}`,
      disableDevtools: true,
      logLevel: LogLevel.None,
    })
    opened.push(store)
    return store
  }

  test('without a backend, confirmed means durable', async () => {
    const store = await createForeign(false)
    const committer = committerFor(store)
    await committer.submit([note('a')]).confirmed
    await committer.submit([note('b')]).confirmed
    expect(noteIds(store)).toEqual(['a', 'b'])
    expect(storeInfo(store).embedded).toBe(false)
  })

  test('with a backend, confirmed waits for it, also when the newest event is for this client only', async () => {
    const store = await createForeign(true)
    const committer = committerFor(store)
    await committer.submit([note('a'), events.selected({ id: 'x' })]).confirmed
    await committer.submit([note('b')]).confirmed
    const states = await store._dev.syncStates()
    expect(states.leader.upstreamHead.global).toBe(2)
  })

  test('an older store without a backend can be declared as such', async () => {
    const older = await createForeign(false)
    await createForeign(true)
    await committerFor(older, { hasBackend: false }).submit([note('a')]).confirmed
    expect(noteIds(older)).toEqual(['a'])
  })
})

describe('a store that stops moving', () => {
  test('is told as stalled for as long as it stands still, and the submission goes through when it moves', async () => {
    const { log, resume } = pausableLog()
    const store = await openTiny(log)
    const committer = committerFor(store, { stallMs: 60 })
    const told: StoreFailure['code'][] = []
    const stalled = new Promise<void>((resolve) => {
      committer.onDeath(({ code }) => {
        told.push(code)
        if (told.length === 2) resolve()
      })
    })
    const { durable, confirmed } = committer.submit([note('a')])
    await durable
    await stalled
    resume()
    await confirmed
    expect(new Set(told)).toEqual(new Set(['storeStalled']))
    expect(committer.status).toBe('open')
  })

  function pausableLog(): { log: SyncLog; resume: () => void } {
    const real = createSyncLog({ keepEvents: true })
    const held: (() => void)[] = []
    let paused = true
    const log: SyncLog = {
      head: 0,
      onPush: (listener) => real.onPush(listener),
      push: (batch) => real.push(batch),
      follow: (cursor, receive) =>
        real.follow(cursor, (batch) => (paused ? void held.push(() => receive(batch)) : receive(batch))),
    }
    const resume = () => {
      paused = false
      for (const deliver of held.splice(0)) deliver()
    }
    return { log, resume }
  }
})
