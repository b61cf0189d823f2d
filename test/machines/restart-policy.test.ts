/**
 * Rules of the restart policy.
 *
 *   P1  The delay doubles from 1 s to 30 s.
 *   P2  It is spread by at most a fifth, by a seed: the same agent waits equally long each time, two agents do not.
 *   P3  Temporary runtimes stay down; transient ones come back from failures that a retry can mend; permanent ones always do.
 *   P4  A spent budget ends all restarts.
 */
import { describe, expect, test } from 'vitest'
import { backoffDelay, createFailure, decideRestart, type RestartKind } from '../../machines/index.js'

const seeds = Array.from({ length: 200 }, (_, index) => `agent:notebook-${index}`)

describe('backoff', () => {
  test.each([
    [1, 1_000],
    [2, 2_000],
    [3, 4_000],
    [4, 8_000],
    [5, 16_000],
    [6, 30_000],
    [50, 30_000],
  ])('P1 P2 attempt %i waits %i ms, give or take a fifth', (attempt, expected) => {
    const delays = seeds.map((seed) => backoffDelay(attempt, seed))
    expect(Math.min(...delays)).toBeGreaterThanOrEqual(expected * 0.8)
    expect(Math.max(...delays)).toBeLessThanOrEqual(expected * 1.2)
    const mean = delays.reduce((sum, delay) => sum + delay, 0) / delays.length
    expect(Math.abs(mean - expected)).toBeLessThan(expected * 0.05)
  })

  test('P2 the same seed gives the same delay, others do not', () => {
    expect(backoffDelay(3, 'one')).toBe(backoffDelay(3, 'one'))
    expect(new Set(seeds.map((seed) => backoffDelay(6, seed))).size).toBeGreaterThan(180)
  })

  test('P2 the attempts of one agent are spread apart from each other', () => {
    const shares = [1, 2, 3, 4, 5].map(
      (attempt) => backoffDelay(attempt, 'one') / (1_000 * 2 ** (attempt - 1)),
    )
    expect(new Set(shares).size).toBe(5)
  })
})

describe('decision', () => {
  const mendable = createFailure('workerCrashed')
  const final = createFailure('assetLoadFailed')

  test.each<[RestartKind, boolean, boolean]>([
    ['temporary', false, false],
    ['transient', true, false],
    ['permanent', true, true],
  ])('P3 a %s runtime: mendable %s, final %s', (restart, afterMendable, afterFinal) => {
    const settings = { restart, restartBudget: 3 }
    expect(decideRestart(settings, mendable, 0)).toBe(afterMendable ? 'restart' : 'giveUp')
    expect(decideRestart(settings, final, 0)).toBe(afterFinal ? 'restart' : 'giveUp')
  })

  test('P4 the budget counts the restarts inside the window', () => {
    const settings = { restart: 'transient', restartBudget: 2 } as const
    const decisions = [0, 1, 2, 3].map((restarts) => decideRestart(settings, mendable, restarts))
    expect(decisions).toEqual(['restart', 'restart', 'budgetSpent', 'budgetSpent'])
    expect(decideRestart({ ...settings, restartBudget: 0 }, mendable, 0)).toBe('budgetSpent')
  })

  test('P3 P4 what must stay down does not count as a crash loop', () => {
    expect(decideRestart({ restart: 'temporary', restartBudget: 0 }, mendable, 9)).toBe('giveUp')
    expect(decideRestart({ restart: 'transient', restartBudget: 0 }, final, 9)).toBe('giveUp')
    expect(decideRestart({ restart: 'permanent', restartBudget: 0 }, final, 9)).toBe('budgetSpent')
  })
})
