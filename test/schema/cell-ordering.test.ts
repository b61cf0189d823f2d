import {
  type CellReference,
  createCellBetween,
  createCellBetweenAndCommit,
  createTestJitterProvider,
  events,
  cellReferences$,
  fractionalIndexBetweenWithFallback,
  type JitterProvider,
  moveCellBetween,
  moveCellBetweenAndCommit,
  moveCellBetweenWithRebalancing,
  moveCellWithRebalancing,
  needsRebalancing,
  rebalanceCellIndices,
} from '@runtimed/schema'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { openNotebookStore } from './notebook-store.js'
import { createRandom } from './random.js'

const noJitter: JitterProvider = { random: () => 1, randomInt: () => 0 }

type Cells = Array<CellReference>
type OrderingEvent = ReturnType<typeof events.cellCreated2 | typeof events.cellMoved2>

const cell = (id: string, fractionalIndex: string | null): CellReference => ({
  id,
  fractionalIndex,
  cellType: 'code',
})
const cellsAt = (...indices: Array<string>): Cells => indices.map((index, place) => cell(`c${place}`, index))
const newCell = (id = 'new') => ({ id, cellType: 'code', createdBy: 'ann' }) as const
const at = (cells: Cells, place: number): CellReference => {
  const found = cells[place]
  if (found === undefined) throw new Error(`no cell at ${place}`)
  return found
}

/** The database's order. */
const sorted = (cells: ReadonlyArray<CellReference>): Cells =>
  cells.toSorted((first, second) =>
    Buffer.compare(
      Buffer.from(`${first.fractionalIndex ?? ''} ${first.id}`),
      Buffer.from(`${second.fractionalIndex ?? ''} ${second.id}`),
    ),
  )

/** The cells after the events, in order. */
const apply = (cells: ReadonlyArray<CellReference>, list: ReadonlyArray<OrderingEvent>): Cells => {
  const indices = new Map(cells.map(({ id, fractionalIndex }) => [id, fractionalIndex]))
  for (const { args } of list) indices.set(args.id, args.fractionalIndex)
  return sorted([...indices].map(([id, index]) => cell(id, index)))
}
const idsOf = (cells: ReadonlyArray<CellReference>): Array<string> => cells.map(({ id }) => id)
const actorsOf = (list: ReadonlyArray<OrderingEvent>): Array<string | undefined> =>
  list.flatMap(({ name, args }) => (name === 'v2.CellMoved' && 'actorId' in args ? [args.actorId] : []))

afterEach(() => {
  vi.restoreAllMocks()
})

describe('createCellBetween', () => {
  test('places a cell between its neighbours', () => {
    const cells = cellsAt('a', 'c')
    expect(createCellBetween(newCell(), at(cells, 0), at(cells, 1), cells, noJitter)).toEqual({
      events: [events.cellCreated2({ ...newCell(), fractionalIndex: 'b' })],
      newCellId: 'new',
      needsRebalancing: false,
    })
  })

  test('without neighbours goes to the end, or into an empty notebook', () => {
    const [appended] = createCellBetween(newCell(), null, null, cellsAt('x', 'b', 'm'), noJitter).events
    expect(appended?.args.fractionalIndex).toBe('y')
    const [first] = createCellBetween(newCell(), null, null, [], noJitter).events
    expect(first?.args.fractionalIndex).toBe('m')
  })

  test('without any cells given and without room the error is passed on', () => {
    expect(() => createCellBetween(newCell(), cell('a', 'a'), cell('b', 'a0'), [], noJitter)).toThrow(
      'No string exists between',
    )
  })

  test('neighbours the wrong way round are an error', () => {
    const cells = cellsAt('a', 'c')
    expect(() => createCellBetween(newCell(), at(cells, 1), at(cells, 0), cells)).toThrow('Invalid range')
  })

  const DEAD_ENDS = [
    ['two cells', ['a', 'a0'], 1],
    ['before all', ['0', 'm'], 0],
    ['in the middle', ['1', 'a', 'a0', 'a00', 'a000', 'b'], 3],
    ['equal indices', ['a', 'm', 'm', 'm', 'z'], 2],
    ['two runs', ['a', 'a0', 'k', 'm', 'm0'], 4],
    ['zeros only', ['0', '00', '000'], 2],
  ] as const

  test.each(DEAD_ENDS)('D70 D72 makes room at the asked place: %s', (_, indices, place) => {
    const cells = cellsAt(...indices)
    const result = createCellBetween(
      newCell(),
      cells[place - 1] ?? null,
      cells[place] ?? null,
      cells,
      noJitter,
    )
    expect(idsOf(apply(cells, result.events))).toEqual(idsOf(cells).toSpliced(place, 0, 'new'))
    expect(result).toMatchObject({ needsRebalancing: true, rebalanceCount: result.events.length - 1 })
  })

  test('D73 moves as few cells as needed, in nobody’s name', () => {
    const indices = Array.from({ length: 100 }, (_, place) => `m${place.toString(36).padStart(2, '0')}h`)
    const cells = cellsAt(...indices.slice(0, 50), `${indices[49]}0`, ...indices.slice(50))
    const { events: list } = createCellBetween(newCell(), at(cells, 49), at(cells, 50), cells, noJitter)
    expect(list).toHaveLength(2)
    expect(actorsOf(list)).toEqual([])
    expect(idsOf(apply(cells, list))).toEqual(idsOf(cells).toSpliced(50, 0, 'new'))
  })
})

describe('moveCellBetween', () => {
  const cells = cellsAt('b', 'm', 'y')

  test('gives the event, with its actor if there is one', () => {
    expect(moveCellBetween(at(cells, 2), at(cells, 0), at(cells, 1), 'ann', noJitter)).toEqual(
      events.cellMoved2({ id: 'c2', fractionalIndex: 'g', actorId: 'ann' }),
    )
    const anonymous = moveCellBetween(at(cells, 2), null, at(cells, 0), undefined, noJitter)
    expect(anonymous).toEqual(events.cellMoved2({ id: 'c2', fractionalIndex: '5' }))
    expect(Object.keys(anonymous?.args ?? {})).toEqual(['id', 'fractionalIndex'])
  })

  test('is null in place and without an index', () => {
    expect(moveCellBetween(at(cells, 1), at(cells, 0), at(cells, 2))).toBeNull()
    expect(moveCellBetween(at(cells, 0), null, at(cells, 1))).toBeNull()
    expect(moveCellBetween(at(cells, 2), at(cells, 1), null)).toBeNull()
    expect(moveCellBetween(cell('x', null), at(cells, 1), null)).toBeNull()
  })

  test('without neighbours is always an event', () => {
    expect(moveCellBetween(at(cells, 0), null, null, undefined, noJitter)?.args.fractionalIndex).toBe('m')
  })

  test('throws when there is no room', () => {
    expect(() => moveCellBetween(cell('x', 'z'), cell('a', 'a'), cell('b', 'a0'))).toThrow(
      'No string exists between',
    )
  })
})

describe('moves that make room', () => {
  const cells = cellsAt('a', 'a0', 'm', 'y')
  const [first, second, third, last] = [at(cells, 0), at(cells, 1), at(cells, 2), at(cells, 3)]

  test('D70 D73 a move into a dead end moves the cell there, in the mover’s name', () => {
    const result = moveCellBetweenWithRebalancing(last, first, second, cells, 'ann', noJitter)
    expect(result).toMatchObject({ moved: true, needsRebalancing: true, rebalanceCount: 1 })
    expect(idsOf(apply(cells, result.events))).toEqual(['c0', 'c3', 'c1', 'c2'])
    expect(actorsOf(result.events)).toEqual(['ann', 'ann'])
    expect(result.events.at(-1)?.args.id).toBe('c3')
  })

  test('D70 D73 the two-part form has the move as well, and no actor when none was given', () => {
    const result = moveCellWithRebalancing(last, first, second, cells, { jitterProvider: noJitter })
    const list = [...(result.rebalanceResult?.events ?? []), ...(result.moveEvent ? [result.moveEvent] : [])]
    expect(result.needsRebalancing).toBe(true)
    expect(idsOf(apply(cells, list))).toEqual(['c0', 'c3', 'c1', 'c2'])
    expect(actorsOf(list)).toEqual([])
  })

  test('D71 a move to where the cell is changes nothing, dead ends or not', () => {
    const nothing = { events: [], moved: false, needsRebalancing: false }
    expect(moveCellBetweenWithRebalancing(third, second, last, cells, 'ann')).toEqual(nothing)
    expect(moveCellBetweenWithRebalancing(second, first, third, cells)).toEqual(nothing)
    expect(moveCellBetweenWithRebalancing(first, null, second, cells)).toEqual(nothing)
    expect(moveCellBetweenWithRebalancing(last, null, null, cells)).toEqual(nothing)
    expect(moveCellWithRebalancing(third, second, last, cells)).toEqual({ needsRebalancing: false })
    expect(moveCellBetweenWithRebalancing(cell('x', null), first, second, cells)).toEqual(nothing)
  })

  test('a move to where there is room touches nothing else', () => {
    const result = moveCellBetweenWithRebalancing(first, third, last, cells, 'ann', noJitter)
    expect(result).toEqual({
      events: [events.cellMoved2({ id: 'c0', fractionalIndex: 's', actorId: 'ann' })],
      moved: true,
      needsRebalancing: false,
    })
    expect(moveCellWithRebalancing(first, third, last, cells, { jitterProvider: noJitter })).toEqual({
      moveEvent: events.cellMoved2({ id: 'c0', fractionalIndex: 's' }),
      needsRebalancing: false,
    })
  })

  test('without neighbours the cell goes to the end', () => {
    const result = moveCellBetweenWithRebalancing(first, null, null, cells, undefined, noJitter)
    expect(idsOf(apply(cells, result.events))).toEqual(['c1', 'c2', 'c3', 'c0'])
  })

  test('neighbours the wrong way round are an error', () => {
    expect(() => moveCellWithRebalancing(first, last, third, cells)).toThrow('Invalid range')
  })
})

describe('needsRebalancing', () => {
  test('is about neighbours that nothing fits between', () => {
    expect(needsRebalancing(cellsAt('a', 'a0'))).toBe(true)
    expect(needsRebalancing(cellsAt('b', 'a0', 'a'))).toBe(true)
    expect(needsRebalancing(cellsAt('a', 'a'))).toBe(true)
    expect(needsRebalancing(cellsAt('a', 'b', 'c'))).toBe(false)
    expect(needsRebalancing(cellsAt('0'), 0)).toBe(false)
    expect(needsRebalancing([cell('x', null), cell('y', 'a'), cell('z', 'b')])).toBe(false)
  })

  test('is also about the place of the insert', () => {
    expect(needsRebalancing(cellsAt('0', 'a'))).toBe(false)
    expect(needsRebalancing(cellsAt('0', 'a'), 0)).toBe(true)
    expect(needsRebalancing(cellsAt('0', 'a'), 1)).toBe(false)
  })

  test('D74 compares bytes, whatever the locale', () => {
    vi.spyOn(String.prototype, 'localeCompare').mockImplementation(function (this: string, other) {
      const danish = (text: string) => text.replaceAll('aa', '~')
      return danish(this) < danish(String(other)) ? -1 : 1
    })
    const cells = [cell('first', 'aa'), cell('second', 'b')]
    expect(rebalanceCellIndices(cells).newIndices.map(({ cellId }) => cellId)).toEqual(['first', 'second'])
    const [created] = createCellBetween(newCell(), null, null, cells, noJitter).events
    expect(created?.args.fractionalIndex).toBe('c')
    expect(needsRebalancing(cells)).toBe(false)
  })
})

describe('rebalanceCellIndices', () => {
  test('keeps the order, spreads short indices and says so only for cells that change', () => {
    const cells = cellsAt('a', 'a0', 'a00', 'm', 'm')
    const result = rebalanceCellIndices(cells)
    const after = apply(cells, result.events)
    expect(idsOf(after)).toEqual(idsOf(cells))
    expect(needsRebalancing(after, 0)).toBe(false)
    expect(result.newIndices).toEqual(
      result.events.map(({ args }) => ({ cellId: args.id, fractionalIndex: args.fractionalIndex })),
    )
    expect(rebalanceCellIndices(after)).toEqual({ newIndices: [], events: [] })
  })

  test('D73 names the actor it is given and nobody else', () => {
    expect(actorsOf(rebalanceCellIndices(cellsAt('a')).events)).toEqual([])
    expect(actorsOf(rebalanceCellIndices(cellsAt('a', 'b'), { actorId: 'ann' }).events)).toEqual([
      'ann',
      'ann',
    ])
  })

  test('keeps room at both ends', () => {
    const wide = rebalanceCellIndices(cellsAt('a'), { bufferCells: 10 }).newIndices
    expect(wide.every(({ fractionalIndex }) => fractionalIndex > '5' && fractionalIndex < 'u')).toBe(true)
  })

  test('takes jitter when it is given', () => {
    const cells = cellsAt('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h')
    const jittered = rebalanceCellIndices(cells, { jitterProvider: createTestJitterProvider(0) })
    expect(idsOf(apply(cells, jittered.events))).toEqual(idsOf(cells))
    expect(jittered).not.toEqual(rebalanceCellIndices(cells))
  })

  test('gives ten thousand cells indices of four digits at most', () => {
    const many = Array.from({ length: 10_000 }, (_, place) =>
      cell(`c${String(place).padStart(5, '0')}`, null),
    )
    const result = rebalanceCellIndices(many)
    expect(idsOf(apply(many, result.events))).toEqual(idsOf(many))
    expect(Math.max(...result.newIndices.map((entry) => entry.fractionalIndex.length))).toBeLessThanOrEqual(4)
  })
})

describe('fractionalIndexBetweenWithFallback', () => {
  const cells = cellsAt('a', 'a0', 'b')

  test('is the plain index where one fits', () => {
    expect(fractionalIndexBetweenWithFallback('a', 'c', { jitterProvider: noJitter })).toEqual({
      index: 'b',
      needsRebalancing: false,
    })
  })

  test('D72 makes room and gives the index for the place', () => {
    for (const [lower, upper, insertPosition] of [
      ['a', 'a0', 1],
      ['b', 'a', 0],
      ['b', 'a', undefined],
    ] as const) {
      const result = fractionalIndexBetweenWithFallback(lower, upper, {
        allCells: cells,
        insertPosition,
        jitterProvider: noJitter,
      })
      expect(result.needsRebalancing).toBe(true)
      const after = apply(cells, result.rebalanceResult?.events ?? [])
      const ids = idsOf(sorted([...after, cell('new', result.index ?? null)]))
      expect(ids).toEqual(idsOf(cells).toSpliced(insertPosition ?? 3, 0, 'new'))
    }
  })

  test('passes the error on without cells, and where the cells are not the reason', () => {
    expect(() => fractionalIndexBetweenWithFallback('a', 'a0')).toThrow('No string exists between')
    expect(() => fractionalIndexBetweenWithFallback('b', 'a', { allCells: cellsAt('a', 'b') })).toThrow(
      'Invalid range',
    )
  })
})

describe('operations that commit', () => {
  test('D73 commit an operation at once, and nothing for a cell that stays', () => {
    const cells = cellsAt('a', 'a0', 'y')
    const commits: Array<Array<OrderingEvent>> = []
    const store = { commit: (...list: Array<OrderingEvent>) => void commits.push(list) }
    expect(createCellBetweenAndCommit(store, newCell(), at(cells, 0), at(cells, 1), cells)).toBe('new')
    expect(moveCellBetweenAndCommit(store, at(cells, 2), at(cells, 0), at(cells, 1), cells, 'ann')).toBe(true)
    expect(moveCellBetweenAndCommit(store, at(cells, 2), at(cells, 1), null, cells)).toBe(false)
    expect(commits.map((list) => list.map(({ name }) => name))).toEqual([
      ['v2.CellMoved', 'v2.CellCreated'],
      ['v2.CellMoved', 'v2.CellMoved'],
    ])
  })

  test('a real store ends with the asked order', async () => {
    const { store, close } = await openNotebookStore()
    const references = () => [...store.query(cellReferences$)]
    for (const id of ['a', 'b', 'c']) createCellBetweenAndCommit(store, newCell(id), null, null, references())
    const [a, b, c] = references()
    moveCellBetweenAndCommit(store, c ?? cell('', ''), a ?? null, b ?? null, references(), 'ann')
    expect(idsOf(references())).toEqual(['a', 'c', 'b'])
    await close()
  })
})

describe('D69 D70 many operations', () => {
  /** Does `turns` operations at places that `choose` names; returns the cells, and how many moves made room. */
  const run = (turns: number, seed: number, choose: (count: number, turn: number) => number) => {
    const jitter = createTestJitterProvider(seed)
    const random = createRandom(seed)
    let cells = cellsAt('a', 'a0', 'a1')
    let roomMoves = 0
    for (let turn = 0; turn < turns; turn += 1) {
      const place = choose(cells.length, turn)
      const moving = turn % 3 === 2 ? at(cells, random.below(cells.length)) : undefined
      const others = cells.filter((other) => other !== moving)
      const [before, after] = [others[place - 1] ?? null, others[place] ?? null]
      const result = moving
        ? moveCellBetweenWithRebalancing(moving, before, after, cells, undefined, jitter)
        : createCellBetween(newCell(`n${turn}`), before, after, cells, jitter)
      const position = Math.min(place, others.length)
      const expected = idsOf(others).toSpliced(position, 0, moving?.id ?? `n${turn}`)
      const next = apply(cells, result.events)
      if (idsOf(next).join() !== expected.join()) throw new Error(`turn ${turn}: not at place ${place}`)
      roomMoves += result.rebalanceCount ?? 0
      cells = next
    }
    return { cells, roomMoves, longest: Math.max(...cells.map((each) => each.fractionalIndex?.length ?? 0)) }
  }

  test.each([1, 2, 3])(
    'at random places always end at the asked place, with short indices (seed %i)',
    (seed) => {
      const places = createRandom(seed + 50)
      const { longest } = run(600, seed, (count) => places.below(count))
      expect(longest).toBeLessThanOrEqual(16)
    },
  )

  test.each([
    ['first', () => 0],
    ['second', () => 1],
    ['in the middle', (count: number) => Math.floor(count / 2)],
    ['last', (count: number) => count - 1],
  ] as const)('always %s keep indices of 64 digits at most', (_, choose) => {
    const { longest, roomMoves, cells } = run(900, 7, choose)
    expect(cells.length).toBe(603)
    expect(longest).toBeLessThanOrEqual(64)
    expect(roomMoves).toBeLessThan(900)
  })
})
