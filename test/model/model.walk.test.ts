/**
 * The machines of registry, agent and execution against their models, on the real registry and real stores.
 *
 * A `*.model.ts` says what a machine promises. Paths through it take every transition of the model; each step is made to
 * happen in the world (a client's rows, a runtime, the clock), and afterwards the transitions that the machine took, its state,
 * and what the store's rows say must be as in the model. `npm run model` does the same and seeds bugs in the machines.
 */
import { afterAll, describe, expect, test, vi } from 'vitest'
import { catchMutation } from './catch-mutation.js'
import { checks, machineLabels, modelLabels } from './checks.js'
import { copiedMachine } from './mutant.js'
import { mutations } from './mutations.js'
import { describeSteps, Disagreement, walkPath, type ModelPath } from './walk-path.js'

vi.setConfig({ testTimeout: 180_000 })

describe.each(checks.map((check) => ({ check, name: check.name })))('$name', ({ check, name }) => {
  const labels = machineLabels(check)
  const { paths, states, edges } = check
  const covered = new Set<string>()

  test('the model knows every transition of the machine and no other, each by its own name', () => {
    expect(new Set(labels).size).toBe(labels.length)
    expect([...modelLabels(check)].toSorted()).toEqual(labels.toSorted())
  })

  test.for(paths.map((path, index) => ({ index, path, title: describeSteps(path.steps) })))(
    'path $index: $title',
    async ({ path }) => {
      for (const label of await walkPath(path, () => check.open(path))) covered.add(label)
    },
  )

  test('100 % of the transitions of the machine were taken', () => {
    expect(labels.filter((label) => !covered.has(label))).toEqual([])
  })

  afterAll(() => {
    const steps = paths.reduce((sum, path) => sum + path.steps.length, 0)
    const share = (labels.filter((label) => covered.has(label)).length / labels.length) * 100
    process.stdout.write(
      `${name} model: ${states} states and ${edges} edges explored, ${paths.length} paths of ${steps} steps; ` +
        `${covered.size} of ${labels.length} transitions of the machine taken, ${share} %\n`,
    )
  })
})

describe('the models find a machine that has a bug', () => {
  const some = Object.entries(mutations).filter((_, index) => index % 4 === 2)

  test.for(some.map(([name, mutation]) => ({ name, mutation })))('$name', async ({ mutation }) => {
    expect(await catchMutation(mutation)).toBeInstanceOf(Disagreement)
  })

  test.each(checks.map((check) => ({ check, name: check.name })))(
    'and nothing wrong with the $name machine that is only copied',
    async ({ check }) => {
      const longest = check.paths.toSorted((left, right) => right.steps.length - left.steps.length)[0]
      const machines = { [`${check.name}Machine`]: copiedMachine(check.machine) }
      const path = longest as ModelPath
      await expect(walkPath(path, () => check.open(path, machines))).resolves.toContain(
        path.steps.at(-1)?.labels[0],
      )
    },
  )
})
