/**
 * The agent's machine against its model, on the real registry and a real store.
 *
 * `agent.model.ts` says what an agent promises. Paths through it take every transition of the model; each step is made to
 * happen in the world (a client's rows, a runtime, the clock), and afterwards the transitions that the machine took, its state,
 * the queue's rows and the sessions' rows must be what the model says.
 *
 * `MODEL_MUTANTS=all` tries the machine without each single transition, not only without some.
 */
import { afterAll, describe, expect, test } from 'vitest'
import { agentMachine } from '../../machines/index.js'
import { labelOf, labelText, transitionsOf } from '../machines/transitions.js'
import { agentPaths, describeSteps, type ModelPath } from './agent-paths.js'
import { Disagreement, runPath } from './run-path.js'
import { agentMachineWithout, copiedAgentMachine } from './without-transition.js'

const transitions = transitionsOf(agentMachine).map(labelOf)
const machineLabels = transitions.map(labelText)
const { paths, labels, states, edges } = agentPaths(14)
const covered = new Set<string>()

test('the model knows every transition of the machine and no other, each by its own name', () => {
  expect(new Set(machineLabels).size).toBe(machineLabels.length)
  expect([...labels].toSorted()).toEqual(machineLabels.toSorted())
})

describe('registry and store do what the model says', () => {
  test.for(paths.map((path, index) => ({ index, path, title: describeSteps(path.steps) })))(
    'path $index: $title',
    async ({ path }) => {
      for (const label of await runPath(path)) covered.add(label)
    },
  )

  test('100 % of the transitions of the agent machine were taken', () => {
    expect(machineLabels.filter((label) => !covered.has(label))).toEqual([])
  })
})

/** The part of a path that ends with the first use of a transition, the shortest one of all paths. */
function shortestPathTo(label: string): ModelPath {
  const prefixes = paths
    .map(({ input, steps }) => ({
      input,
      steps: steps.slice(0, steps.findIndex((step) => step.label === label) + 1),
    }))
    .filter(({ steps }) => steps.length > 0)
    .toSorted((left, right) => left.steps.length - right.steps.length)
  return withStartThatFollows(prefixes[0] as ModelPath)
}

/** A start that is on its way cannot be left out. */
function withStartThatFollows(prefix: ModelPath): ModelPath {
  if (!prefix.steps.at(-1)?.after.context.isStartOnItsWay) return prefix
  const whole = paths.find(({ steps }) => prefix.steps.every((step, index) => steps[index] === step))
  return { ...prefix, steps: (whole as ModelPath).steps.slice(0, prefix.steps.length + 1) }
}

const everyMutant = process.env['MODEL_MUTANTS'] === 'all'
const mutants = transitions.filter((_, index) => everyMutant || index % 7 === 3)

describe('the model finds a machine that lacks a transition', () => {
  test.for(mutants.map((label) => ({ label, text: labelText(label) })))('$text', async ({ label, text }) => {
    const path = shortestPathTo(text)
    const patienceMs = (step: { label: string }) => (step.label === text ? 300 : 20_000)
    const error: unknown = await runPath(path, {
      agentMachine: agentMachineWithout(label),
      patienceMs,
    }).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(Disagreement)
    expect(path.steps.slice(-2)).toContain((error as Disagreement).step)
  })

  test('and finds nothing wrong with a machine that is only copied', async () => {
    const longest = paths.toSorted((left, right) => right.steps.length - left.steps.length)[0] as ModelPath
    await expect(runPath(longest, { agentMachine: copiedAgentMachine() })).resolves.toHaveLength(
      longest.steps.length,
    )
  })
})

afterAll(() => {
  const steps = paths.reduce((sum, path) => sum + path.steps.length, 0)
  const share = (machineLabels.filter((label) => covered.has(label)).length / machineLabels.length) * 100
  process.stdout.write(
    `agent model: ${states} states and ${edges} edges explored, ${paths.length} paths of ${steps} steps; ` +
      `${covered.size} of ${machineLabels.length} transitions of the machine taken, ${share} %\n`,
  )
})
