import { events, materializers, type QueueStatus, type Store, tables } from '@runtimed/schema'
import { describe, expect, test, vi } from 'vitest'
import { dumpTables, openNotebookStore } from './notebook-store.js'
import { RANDOM_EVENT_KEYS, type RandomEvent, randomEvents } from './random-events.js'

const EVENTS = 200
const SEEDS = [1, 2, 3]

const commitInGroups = (
  store: Store,
  list: ReadonlyArray<RandomEvent>,
  size: number,
  afterEach: () => void = () => undefined,
): void => {
  for (let start = 0; start < list.length; start += size) {
    store.commit(...list.slice(start, start + size))
    afterEach()
  }
}

/** Waits until the part of LiveStore that keeps the log has carried out all events too. */
const settled = (store: Store): Promise<void> =>
  vi.waitFor(() => expect(store.syncStatus().pendingCount).toBe(0), { timeout: 30_000 })

const FINAL: ReadonlyArray<QueueStatus> = ['completed', 'failed', 'cancelled']

/** Throws when a request that had ended changes. */
const watchFinality = (store: Store): (() => void) => {
  const ended = new Map<string, string>()
  return () => {
    for (const row of store.query(tables.executionQueue)) {
      const now = JSON.stringify(row)
      expect(ended.get(row.id) ?? now).toBe(now)
      if (FINAL.includes(row.status)) ended.set(row.id, now)
    }
  }
}

const isSorted = (numbers: ReadonlyArray<number>): boolean =>
  numbers.every((number, place) => place === 0 || number > (numbers[place - 1] ?? 0))

describe('any order of events', () => {
  test('the generator knows every synced event', () => {
    const synced = Object.entries(events).filter(([, definition]) => !definition.options.clientOnly)
    expect(RANDOM_EVENT_KEYS.toSorted()).toEqual(synced.map(([key]) => key).toSorted())
  })

  test.each(SEEDS)(
    'D2 D50 keeps the store alive, and replayed gives the same tables (seed %i)',
    async (seed) => {
      const list = randomEvents(seed, EVENTS)
      const first = await openNotebookStore()
      commitInGroups(first.store, list, 10, watchFinality(first.store))
      await settled(first.store)
      expect(first.isAlive()).toBe(true)

      const second = await openNotebookStore()
      commitInGroups(second.store, list, 75)
      await settled(second.store)
      expect(second.isAlive()).toBe(true)
      expect(dumpTables(second.store)).toEqual(dumpTables(first.store))

      await Promise.all([first.close(), second.close()])
    },
  )

  test('leaves tables that agree with each other', async () => {
    const { store, close } = await openNotebookStore()
    commitInGroups(store, randomEvents(11, EVENTS), 30, () => {
      const outputIds = store.query(tables.outputs.select('id'))
      const deltas = store.query(tables.outputDeltas.select('outputId'))
      expect(deltas.filter((outputId) => !outputIds.includes(outputId))).toEqual([])
      const places = store.query(tables.executionQueue.select('requestSeq').orderBy('requestSeq', 'asc'))
      expect(isSorted(places)).toBe(true)
      const users = store.query(tables.presence.select('userId'))
      expect(users.filter((userId) => !['ann', 'bob'].includes(userId))).toEqual([])
    })
    await close()
  })
})

describe('materializers', () => {
  test('never read the tables from JavaScript, so that they depend on their event alone', () => {
    const query = () => {
      throw new Error('a materializer read a table')
    }
    for (const { name, args } of randomEvents(5, EVENTS)) {
      const materialize = materializers[name] as (args: unknown, context: unknown) => unknown
      expect(() => materialize(args, { query })).not.toThrow()
    }
  })
})

describe('materializers on arguments that no honest client sends', () => {
  const cyclic: Record<string, unknown> = {}
  cyclic['self'] = cyclic
  const nowhere = new Date(Number.NaN)
  const badData = [cyclic, 10n, { toString: 1, valueOf: 1 }, Object.create(null), undefined, Symbol('s')]
  const badNumbers = [Number.NaN, Infinity, -Infinity, 1e308, 0.1]

  type Materialize = (args: unknown, context: unknown) => unknown
  const materialize = (name: keyof typeof materializers, args: unknown): unknown =>
    (materializers[name] as Materialize)(args, {})

  const statements = (result: unknown): Array<{ bindValues: Array<unknown> }> =>
    (Array.isArray(result) ? result : [result]) as Array<{ bindValues: Array<unknown> }>

  const isBindable = (value: unknown): boolean =>
    value === null || typeof value === 'string' || (typeof value === 'number' && Number.isFinite(value))

  const cases: Array<[keyof typeof materializers, unknown]> = [
    ...badData.flatMap((data): Array<[keyof typeof materializers, unknown]> => {
      const content = { type: 'inline', data, metadata: { data } }
      const output = { id: 'o', cellId: 'c', position: 0, content, streamName: 'stdout' }
      const representations = { 'application/json': content, 'text/plain': content }
      return [
        ['v1.TerminalOutputAdded', output],
        ['v1.MarkdownOutputAdded', output],
        ['v1.ErrorOutputAdded', output],
        ['v1.TerminalOutputAppended', { outputId: 'o', content }],
        ['v1.MarkdownOutputAppended', { outputId: 'o', content }],
        ['v1.MultimediaDisplayOutputAdded', { ...output, representations, displayId: 'd' }],
        ['v1.MultimediaDisplayOutputUpdated', { displayId: 'd', representations }],
        ['v1.MultimediaResultOutputAdded', { ...output, representations, executionCount: 1 }],
      ]
    }),
    ...badNumbers.flatMap((number): Array<[keyof typeof materializers, unknown]> => {
      const output = { id: 'o', cellId: 'c', position: number, content: { type: 'inline', data: number } }
      return [
        ['v1.TerminalOutputAdded', output],
        ['v1.CellCreated', { id: 'c', cellType: 'code', position: number, createdBy: 'ann' }],
        ['v1.CellMoved', { id: 'c', newPosition: number }],
        ['v2.TerminalOutputAppended', { id: 'd', outputId: 'o', delta: '', sequenceNumber: number }],
        ['v1.MultimediaResultOutputAdded', { ...output, representations: {}, executionCount: number }],
        ['v1.ExecutionRequested', { queueId: 'q', cellId: 'c', executionCount: number, requestedBy: 'ann' }],
        [
          'v1.ExecutionCompleted',
          { queueId: 'q', cellId: 'c', status: 'error', completedAt: nowhere, executionDurationMs: number },
        ],
        ['v1.RuntimeSessionRenewal', { sessionId: 's', renewedAt: nowhere, validForMs: number }],
        ['v1.ExecutionStarted', { queueId: 'q', cellId: 'c', runtimeSessionId: 's', startedAt: nowhere }],
      ]
    }),
  ]

  test.each(cases)('%s does not throw and binds only what SQLite can hold', (name, args) => {
    const bound = statements(materialize(name, args)).flatMap(({ bindValues }) => bindValues)
    expect(bound.filter((value) => !isBindable(value))).toEqual([])
  })
})
