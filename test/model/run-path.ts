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
  const { agentMachine, patienceMs = () => 20_000 } = options
  const system = await AgentUnderTest.open({ ...path.input, ...(agentMachine && { agentMachine }) })
  let labels: string[] = []
  try {
    for (const [index, step] of path.steps.entries()) {
      try {
        await system.perform(step.event)
        labels = [...labels, step.label]
        if (step.after.context.isStartOnItsWay) continue
        await agree(system, step, labels, patienceMs(step))
        labels = []
      } catch (error) {
        throw new Disagreement(path, index, error)
      }
    }
  } catch (error) {
    await system.abandon()
    throw error
  }
  await system.close()
  return path.steps.map(({ label }) => label)
}

/**
 * What the notebook's rows say is told again whenever they change, until the agent is done with it; a countdown ticks, and a
 * runtime goes, in its own time.
 */
const echoes = [
  '(any) | session.displaced | -',
  'executing | execution.cancel | cancelled request is running',
  'restarting | restart.tick | -',
  '(any) | done(disposal) | -',
]

async function agree(
  system: AgentUnderTest,
  { after }: ModelStep,
  labels: readonly string[],
  patienceMs: number,
): Promise<void> {
  const expected = expectedObservation(after)
  const { isStoreDead } = after.context
  const isTaken = () => labels.every((label) => system.taken.includes(label))
  const isAtWork = () => !after.matches('executing') || system.isHandling
  await until(() => isTaken() && isAtWork(), patienceMs)
  if (after.matches('running') || after.matches('executing')) system.letStatusBeWritten()
  await until(() => same(system.observe(isStoreDead), expected), patienceMs)
  expect(withoutEchoes(system.takenTransitions(), labels)).toEqual(labels)
  expect(system.observe(isStoreDead)).toEqual(expected)
  expect(isAtWork()).toBe(true)
}

/** Waits, and leaves it to what follows to say what is missing. */
const until = (probe: () => boolean, patienceMs: number) =>
  waitUntil('agreement with the model', probe, patienceMs).catch(() => undefined)

const withoutEchoes = (taken: readonly string[], labels: readonly string[]): string[] =>
  [...new Set(taken)].filter((label) => labels.includes(label) || !echoes.includes(label))

const same = (left: Observation, right: Observation) => JSON.stringify(left) === JSON.stringify(right)

/** What the model lets an onlooker expect. */
function expectedObservation({ value, context }: ModelSnapshot): Observation {
  const { rows, current, restartsInWindow, isShaky, isRuntimeMissing, isStoreDead, isPinned, isCullNear } =
    context
  return {
    state: String(value),
    waiting: rows.filter((row) => row === 'pending').length,
    isExecuting: current !== null,
    restartsInWindow,
    isShaky,
    isRuntimeMissing,
    isPinned,
    isCullNear,
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
