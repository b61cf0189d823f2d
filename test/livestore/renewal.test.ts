import { SimulatedClock } from 'xstate'
import { expect, test } from 'vitest'
import { nextRenewalMs, renewSession } from '../../src/livestore/renewal.js'

const minute = 60_000
const day = 24 * 60 * minute

function renewals(isBusy: () => boolean) {
  const clock = new SimulatedClock()
  const written: { at: number; validForMs: number }[] = []
  const renewal = renewSession({
    sessionId: 's1',
    clock,
    now: () => new Date(clock.now()),
    isBusy,
    write: (event) => {
      const { validForMs } = event.args as { validForMs: number }
      written.push({ at: clock.now(), validForMs })
    },
  })
  /** In small steps, because the clock fires a timer that was set meanwhile only at the next step. */
  const advance = (milliseconds: number) => {
    for (let passed = 0; passed < milliseconds; passed += 15_000) clock.increment(15_000)
  }
  return { clock, advance, written, renewal }
}

test('D27 the first renewal is written at once, and each is valid beyond the next one', () => {
  const { advance, written } = renewals(() => false)
  expect(written).toEqual([{ at: 0, validForMs: 30_000 }])
  advance(day)
  for (const [index, { at, validForMs }] of written.slice(0, -1).entries()) {
    expect(at + validForMs).toBeGreaterThan(written[index + 1]?.at ?? 0)
  }
})

test('a session that is busy renews every 15 seconds', () => {
  const { advance, written } = renewals(() => true)
  advance(minute)
  expect(written.map(({ at }) => at)).toEqual([0, 15_000, 30_000, 45_000, 60_000])
})

test('an idle session writes fewer than 36 renewals a day, one an hour once it has settled', () => {
  const { advance, written } = renewals(() => false)
  advance(day)
  expect(written.length).toBeLessThan(36)
  const lastHours = written.filter(({ at }) => at > day - 240 * minute)
  expect(lastHours.length).toBeLessThanOrEqual(4)
})

test('work that arrives wakes an idle session up, once', () => {
  const { clock, advance, written, renewal } = renewals(() => false)
  advance(10 * minute)
  const before = written.length
  renewal.wake()
  renewal.wake()
  expect(written.slice(before)).toEqual([{ at: clock.now(), validForMs: 30_000 }])
})

test('D26 nothing is written after the stop', () => {
  const { advance, written, renewal } = renewals(() => true)
  renewal.stop()
  advance(day)
  expect(written).toHaveLength(1)
})

test('the wait doubles while idle, up to half an hour, and is short while busy', () => {
  expect(nextRenewalMs(false, 15_000)).toBe(30_000)
  expect(nextRenewalMs(false, 3_000_000)).toBe(3_600_000)
  expect(nextRenewalMs(true, 3_600_000)).toBe(15_000)
})
