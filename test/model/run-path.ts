import { expect } from 'vitest'
import type { agentMachine } from '../../machines/index.js'
import { waitUntil } from '../support/wait-for.js'
import { AgentUnderTest, type Observation } from './agent-under-test.js'
import { describeSteps, type ModelPath, type ModelSnapshot, type ModelStep } from './agent-paths.js'

export interface RunOptions {
  readonly agentMachine?: typeof agentMachine
  /** How long the system may take to agree with the model after a step, in milliseconds. Default 20 000. */
  readonly patienceMs?: (step: ModelStep) => number
}

/** A step after which the system and the model did not agree. */
export class Disagreement extends Error {
  override readonly name = 'Disagreement'
  readonly step: ModelStep

  constructor(path: ModelPath, index: number, cause: unknown) {
    const sofar = describeSteps(path.steps.slice(0, index + 1))
    super(`${sofar} [${path.input.restart}]: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    })
    this.step = path.steps[index] as ModelStep
  }
}

/**
 * Walks a path on the real registry and store. After each step the transitions that the agent took, its state and the rows in
 * the store must be those of the model. Returns the transitions taken; throws a {@link Disagreement}.
 */
export async function runPath(path: ModelPath, options: RunOptions = {}): Promise<string[]> {
  const { agentMachine } = options
  const system = await AgentUnderTest.open({ ...path.input, ...(agentMachine && { agentMachine }) })
  const taken: string[] = []
  try {
    for (const [index, step] of path.steps.entries()) {
      try {
        await system.perform(step.event)
        taken.push(...(await agreed(system, step, options.patienceMs?.(step) ?? 20_000)))
      } catch (error) {
        throw new Disagreement(path, index, error)
      }
    }
  } finally {
    await system.close()
  }
  return taken
}

async function agreed(system: AgentUnderTest, step: ModelStep, patienceMs: number): Promise<string[]> {
  const { after, label } = step
  const expected = expectedObservation(after)
  const isStoreDead = after.context.isStoreDead
  const settled = () => system.taken.length > 0 && (!after.matches('executing') || system.isHandling)
  await waitUntil(`a transition, "${label}"`, settled, patienceMs)
  if (after.matches('running') || after.matches('executing')) system.letStatusBeWritten()
  const agrees = () => same(system.observe(isStoreDead), expected)
  await waitUntil('agreement with the model', agrees, patienceMs).catch(() => {})
  expect(system.observe(isStoreDead)).toEqual(expected)
  const taken = system.takenTransitions()
  expect([...new Set(taken)]).toEqual([label])
  return taken
}

const same = (left: Observation, right: Observation) => JSON.stringify(left) === JSON.stringify(right)

/** What the model lets an onlooker expect. */
function expectedObservation({ value, context }: ModelSnapshot): Observation {
  const { rows, current, restartsInWindow, isShaky, isRuntimeMissing, isStoreDead } = context
  return {
    state: String(value),
    waiting: rows.filter((row) => row === 'pending').length,
    isExecuting: current !== null,
    restartsInWindow,
    isShaky,
    isRuntimeMissing,
    rows: isStoreDead ? [] : rows,
    sessions: isStoreDead ? [] : expectedSessions(String(value), context),
  }
}

const openStatus: Readonly<Record<string, string>> = {
  starting: 'starting',
  running: 'ready',
  executing: 'busy',
}

function expectedSessions(state: string, { lives, session }: ModelSnapshot['context']): string[] {
  const earlier = Array.from({ length: Math.max(0, lives - 1) }, () => 'over')
  if (session === 'none') return []
  return [...earlier, session === 'over' ? 'over' : (openStatus[state] ?? 'open')]
}
