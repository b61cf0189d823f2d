import { expect, test } from 'vitest'
import { createOutputRate } from '../../packages/agent-core/src/output-rate.js'

const rateAt = (perSecond: number) => {
  let now = 0
  const rate = createOutputRate(perSecond, { now: () => now })
  const admitted = (count: number) => Array.from({ length: count }, () => rate.admit()).filter(Boolean).length
  return { rate, admitted, pass: (ms: number) => (now += ms) }
}

test('so many outputs pass in a second, and the count begins anew in the next', () => {
  const { rate, admitted, pass } = rateAt(3)
  expect(admitted(5)).toBe(3)
  pass(999)
  expect(admitted(1)).toBe(0)
  pass(1)
  expect(admitted(4)).toBe(3)
  expect(rate.marker()).toBe('[4 outputs left out: more than 3 in one second]\n')
})

test('nothing is said when nothing was left out', () => {
  const { rate, admitted } = rateAt(10)
  admitted(10)
  expect(rate.marker()).toBeUndefined()
})

test('a clock that is set back does not stop the outputs', () => {
  const { admitted, pass } = rateAt(1)
  expect(admitted(2)).toBe(1)
  pass(-3_600_000)
  expect(admitted(1)).toBe(1)
})
