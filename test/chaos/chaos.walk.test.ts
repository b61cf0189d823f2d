/** A short run of both depths of `npm run chaos`, and of everything that makes its word worth something. */
import { describe, expect, test, vi } from 'vitest'
import { dumpTables, openNotebookStore } from '../schema/notebook-store.js'
import { randomEvents } from '../schema/random-events.js'
import { parseCommands } from './commands.js'
import { Coverage } from './coverage.js'
import { injectionNames, injections, type Injection } from './injections.js'
import { machinesDepth } from './machines-depth.js'
import { dumpModel, ModelTables } from './model-tables.js'
import { describeFailure } from './report.js'
import { runSeeds } from './run-seeds.js'
import { shrink } from './shrink.js'
import { stories } from './stories.js'
import { storeDepth } from './store-depth.js'

const firstSeeds = (count: number) => Array.from({ length: count }, (_, index) => index + 1)

describe('the rules that stand in for SQLite', () => {
  test.each([1, 2, 3])('give the rows that the real materializers give (seed %i)', async (seed) => {
    const events = randomEvents(seed, 300)
    const tables = new ModelTables()
    for (const event of events) tables.apply(event)
    const { store, close } = await openNotebookStore()
    for (let start = 0; start < events.length; start += 25) store.commit(...events.slice(start, start + 25))
    await vi.waitFor(() => expect(store.syncStatus().pendingCount).toBe(0), { timeout: 30_000 })
    const { executionQueue, runtimeSessions } = dumpTables(store)
    expect(JSON.parse(dumpModel(tables))).toEqual([executionQueue, runtimeSessions])
    expect(tables.queue.size).toBeGreaterThan(3)
    await close()
  })

  test.each([4, 5])('can be taken back, newest event first (seed %i)', (seed) => {
    const tables = new ModelTables()
    const steps = randomEvents(seed, 300).map((event) => {
      const before = dumpModel(tables)
      return { before, undo: tables.apply(event) }
    })
    for (const { before, undo } of steps.toReversed()) {
      undo()
      expect(dumpModel(tables)).toBe(before)
    }
    expect([tables.pendingIds.size, tables.openIds.size, tables.activeSessions.size]).toEqual([0, 0, 0])
    expect([tables.cells.size, tables.nextPositions.size]).toEqual([0, 0])
  })
})

describe('machines, mirror and intake over model stores', () => {
  test('nothing breaks in nine seeds', async () => {
    const result = await runSeeds({ depth: machinesDepth, seeds: firstSeeds(9), steps: 1_000 })
    expect(result.failure && describeFailure(result.failure, '')).toBeUndefined()
    expect(result.steps).toBe(9_000)
    expect(result.runs).toBeGreaterThan(100)
    expect(result.coverage.taken.size).toBeGreaterThan(85)
  })

  test('a seed gives the same story each time', async () => {
    const story = async () => {
      const coverage = new Coverage()
      const commands = machinesDepth.commandsOf(6, 1_000)
      const outcome = await machinesDepth.play({ seed: 6, commands, coverage })
      return { outcome, taken: [...coverage.taken] }
    }
    expect(await story()).toEqual(await story())
  })

  test.each(injectionNames)('the deliberate bug %s is found', async (name) => {
    const injection: Injection = injections[name]
    const depth = { ...machinesDepth, shrinkAttempts: 0 }
    const result = await runSeeds({ depth, seeds: firstSeeds(40), steps: 1_000, injection })
    expect(result.failure).toBeDefined()
  })
})

test.each(stories)('$title', async ({ seed, commands }) => {
  const played = parseCommands(commands)
  const outcome = await machinesDepth.play({ seed, commands: played, coverage: new Coverage() })
  expect(outcome.violation).toBeUndefined()
})

describe('a failure', () => {
  test('is shrunk to a few steps that fail in the same way, and says how to repeat it', async () => {
    const injection: Injection = injections['queue-order-reversed']
    const { failure } = await runSeeds({ depth: machinesDepth, seeds: [1], steps: 1_000, injection })
    const { seed, commands, violation, step } = failure!
    expect(commands.length).toBeLessThan(12)
    const again = await machinesDepth.play({ seed, commands, coverage: new Coverage(), injection })
    expect(again.violation?.invariant).toBe(violation.invariant)
    const text = describeFailure(failure!, ' --')
    expect(text).toContain(`npm run chaos -- --seed 1 --steps ${step}`)
    expect(parseCommands(/--play '(.*)'/.exec(text)?.[1] ?? '')).toEqual(commands)
  })

  test('shrinking keeps what is needed and leaves out the rest', async () => {
    const needed = [3, 40, 77]
    const items = Array.from({ length: 100 }, (_, index) => index)
    const fails = (candidate: readonly number[]) =>
      Promise.resolve(needed.every((item) => candidate.includes(item)))
    expect(await shrink(items, fails, 1_000)).toEqual(needed)
  })
})

describe('the real registry over LiveStore', () => {
  test('nothing breaks in two seeds', async () => {
    const result = await runSeeds({ depth: storeDepth, seeds: [1, 2], steps: 60 })
    expect(result.failure && describeFailure(result.failure, ' --store')).toBeUndefined()
    expect(result.runs).toBeGreaterThan(2)
  })

  test('a deliberate bug is found', async () => {
    const injection: Injection = injections['queue-order-reversed']
    const depth = { ...storeDepth, shrinkAttempts: 0 }
    const result = await runSeeds({ depth, seeds: firstSeeds(4), steps: 100, injection })
    expect(result.failure?.violation.invariant).toBe('order')
  })
})
