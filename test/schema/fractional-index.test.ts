import {
  createTestJitterProvider,
  defaultJitterProvider,
  fractionalIndexBetween,
  generateFractionalIndices,
  initialFractionalIndex,
  isValidFractionalIndex,
  type JitterProvider,
  validateFractionalIndexOrder,
} from '@runtimed/schema'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { createRandom } from './random.js'

const noJitter: JitterProvider = { random: () => 1, randomInt: () => 0 }
const between = (lower: string | null, upper: string | null): string =>
  fractionalIndexBetween(lower, upper, noJitter)

describe('jitter', () => {
  test('a seed gives the sequence that existing clients have', () => {
    const zero = createTestJitterProvider()
    expect(zero.random()).toBeCloseTo(0.00000574858859, 14)
    expect(zero.random()).toBeCloseTo(0.65515404877, 11)
    expect([zero.randomInt(36), zero.randomInt(36)]).toEqual([10, 22])
    const other = createTestJitterProvider(42)
    expect(other.random()).toBeCloseTo(0.58230758997, 10)
    expect(other.random()).toBeCloseTo(0.51981866384, 10)
    expect(other.randomInt(36)).toBe(32)
  })

  test('the default stays in its range', () => {
    const numbers = Array.from({ length: 200 }, () => defaultJitterProvider.randomInt(36))
    expect(numbers.every((number) => Number.isInteger(number) && number >= 0 && number < 36)).toBe(true)
    expect(defaultJitterProvider.random()).toBeLessThan(1)
  })

  const scripted = (...draws: Array<number>) => {
    const log: Array<string> = []
    const next = (): number => draws.shift() ?? 1
    const provider: JitterProvider = {
      random: () => (log.push('random'), next()),
      randomInt: (max) => (log.push(`randomInt(${max})`), next()),
    }
    return { provider, log }
  }

  test('is drawn once, and a digit only below 0.3', () => {
    const without = scripted(0.3)
    expect(fractionalIndexBetween('a', 'c', without.provider)).toBe('b')
    expect(without.log).toEqual(['random'])
    const withDigit = scripted(0.29, 35)
    expect(fractionalIndexBetween('a', 'c', withDigit.provider)).toBe('bz')
    expect(withDigit.log).toEqual(['random', 'randomInt(36)'])
  })

  test('is left out of keys of ten digits and more', () => {
    const { provider, log } = scripted(0)
    expect(fractionalIndexBetween('zzzzzzzzz', null, provider)).toBe('zzzzzzzzzh')
    expect(log).toEqual(['random'])
  })

  test('D69 never appends a zero', () => {
    expect(fractionalIndexBetween(null, null, scripted(0, 0).provider)).toBe('m')
  })
})

describe('fractionalIndexBetween', () => {
  test.each([
    [null, null, 'm'],
    ['m', null, 'n'],
    [null, 'm', 'b'],
    [null, '1', '0h'],
    [null, '05', '02'],
    ['y', null, 'yh'],
    ['z', null, 'zh'],
    ['mz', null, 'n'],
    ['a', 'b', 'ah'],
    ['a', 'c', 'b'],
    ['a', 'a5', 'a2'],
    ['az', 'b', 'azh'],
    ['a9', 'b', 'aa'],
    ['a0', 'a1', 'a0h'],
    ['a1', 'a3z', 'a2'],
  ])('between %s and %s is %s', (lower, upper, key) => {
    expect(between(lower, upper)).toBe(key)
  })

  test.each([
    ['a', 'a1', 'a0h'],
    ['a', 'a01', 'a00h'],
  ])('D69 between %s and %s is %s, which leaves room on both sides', (lower, upper, key) => {
    expect(between(lower, upper)).toBe(key)
    expect(between(lower, key) > lower && between(key, upper) < upper).toBe(true)
  })

  test.each([
    ['a', 'a0'],
    ['a', 'a00'],
    [null, '0'],
    [null, '000'],
  ])('D68 D69 nothing fits between %s and %s', (lower, upper) => {
    expect(() => between(lower, upper)).toThrow('No string exists between')
  })

  test('the order of the bounds and their digits are checked', () => {
    expect(() => between('b', 'a')).toThrow('Invalid range: b >= a')
    expect(() => between('a', 'a')).toThrow('Invalid range: a >= a')
    expect(() => between('A', null)).toThrow('Invalid character: A')
    expect(() => between(null, 'a-1')).toThrow('Invalid character: -')
  })

  test('an empty bound is open', () => {
    expect(fractionalIndexBetween('', undefined, noJitter)).toBe('m')
  })
})

describe('generated indices', () => {
  test('follow each other up to the open end', () => {
    expect(generateFractionalIndices(null, null, 14, noJitter)).toEqual([
      ...Array.from('mnopqrstuvwxy'),
      'yh',
    ])
    expect(initialFractionalIndex(noJitter)).toBe('m')
  })

  test('lie between their bounds in order', () => {
    const indices = generateFractionalIndices('a', 'b', 50, createTestJitterProvider(3))
    expect(indices).toHaveLength(50)
    expect(validateFractionalIndexOrder(['a', ...indices, 'b'])).toBe(true)
  })

  test('are none for a count of zero or less', () => {
    expect([generateFractionalIndices(null, null, 0), generateFractionalIndices(null, null, -1)]).toEqual([
      [],
      [],
    ])
  })
})

describe('checks of indices', () => {
  afterEach(() => {
    vi.restoreAllMocks()
  })

  test('an index is digits and lower-case letters', () => {
    expect(['0', 'a0', 'zz9'].every(isValidFractionalIndex)).toBe(true)
    expect(['', 'A', 'a-1', 'a b', 'é'].some(isValidFractionalIndex)).toBe(false)
    expect([null, undefined, 5].some((value) => isValidFractionalIndex(value as never))).toBe(false)
  })

  test('order is strict, and what is no index is passed over', () => {
    const report = vi.spyOn(console, 'error').mockImplementation(() => undefined)
    expect(validateFractionalIndexOrder([])).toBe(true)
    expect(validateFractionalIndexOrder(['a', null, 'B', undefined, 'a0', 'b'])).toBe(true)
    expect(report).not.toHaveBeenCalled()
    expect(validateFractionalIndexOrder(['a', null, 'a', 'b', 'a'])).toBe(false)
    expect(validateFractionalIndexOrder(['b', 'a'])).toBe(false)
    expect(report).toHaveBeenCalledTimes(2)
  })
})

describe('D69 repeated inserts', () => {
  const SEEDS = [null, 1, 2, 3, 4, 5]
  const providerOf = (seed: number | null) => (seed === null ? noJitter : createTestJitterProvider(seed))

  test.each(SEEDS)('right after the same index never meet a dead end (seed %s)', (seed) => {
    const provider = providerOf(seed)
    let upper = 'b'
    for (let turn = 0; turn < 1000; turn += 1) {
      const key = fractionalIndexBetween('a', upper, provider)
      expect(key > 'a' && key < upper && !key.endsWith('0')).toBe(true)
      upper = key
    }
    expect(upper.length).toBeLessThanOrEqual(260)
  })

  test.each(SEEDS)('right before the same index never meet a dead end (seed %s)', (seed) => {
    const provider = providerOf(seed)
    let lower = 'a'
    for (let turn = 0; turn < 1000; turn += 1) {
      const key = fractionalIndexBetween(lower, 'b', provider)
      expect(key > lower && key < 'b' && !key.endsWith('0')).toBe(true)
      lower = key
    }
    expect(lower.length).toBeLessThanOrEqual(80)
  })

  test.each(SEEDS)('at random places keep the order (seed %s)', (seed) => {
    const random = createRandom((seed ?? 0) + 100)
    const provider = providerOf(seed)
    const indices: Array<string> = []
    for (let turn = 0; turn < 1500; turn += 1) {
      const at = random.below(indices.length + 1)
      indices.splice(at, 0, fractionalIndexBetween(indices[at - 1], indices[at], provider))
    }
    expect(validateFractionalIndexOrder(indices)).toBe(true)
    expect(new Set(indices).size).toBe(1500)
    expect(Math.max(...indices.map((index) => index.length))).toBeLessThanOrEqual(16)
  })
})
