import { isDeepStrictEqual } from 'node:util'
import type { AnyMachineSnapshot, EventObject } from 'xstate'
import { waitUntil } from '../support/wait-for.js'

/** One step of a path: what happens, the machine's transitions that it must cause, and where the model stands then. */
export interface ModelStep {
  readonly event: EventObject
  readonly labels: readonly string[]
  readonly after: AnyMachineSnapshot
  /** What it causes is seen with the next step. */
  readonly isHalf?: boolean
}

export interface ModelPath {
  readonly input: object
  readonly steps: readonly ModelStep[]
}

/** A machine of the real system, seen with the eyes of its model. */
export interface Subject {
  /** Makes happen in the world what the model's event stands for. */
  perform(event: never): Promise<void>
  /** The machine's transitions since they were last forgotten. */
  readonly taken: readonly string[]
  forgetTaken(): void
  /** What can be seen from outside, and what the model says. */
  observe(after: never): unknown
  expected(after: never): unknown
  /** The world has come to rest as far as it must, so that the next step can be made. Default: at once. */
  isAtRest?(after: never): boolean
  /** Called when the transitions were taken, before what can be seen is compared. */
  settle?(after: never): void
  /** Transitions that may be taken in their own time. */
  readonly echoes: readonly string[]
  /** Ends everything in order; rejects when something does not end. */
  close(): Promise<void>
  /** For a system that does not behave: nothing of it is waited for. */
  abandon(): Promise<void>
}

export interface WalkOptions {
  /** How long the system may take to agree with the model after a step, in milliseconds. Default 30 000. */
  readonly patienceMs?: (step: ModelStep) => number
  /** How long the system may take to end. Default 60 000. */
  readonly closeMs?: number
}

/** A step after which the system and the model did not agree. */
export class Disagreement extends Error {
  override readonly name = 'Disagreement'
  readonly step: ModelStep

  constructor(path: ModelPath, index: number, cause: unknown) {
    const sofar = describeSteps(path.steps.slice(0, index + 1))
    const why = cause instanceof Error ? cause.message : String(cause)
    super(`${sofar} ${JSON.stringify(path.input)}: ${why}`, { cause })
    this.step = path.steps[index] as ModelStep
  }
}

/** `REQUEST, RUNTIME_UP, CRASH mendable`, for titles and messages. */
export const describeSteps = (steps: readonly ModelStep[]): string =>
  steps
    .map(({ event }) => ('breakage' in event ? `${event.type} ${String(event['breakage'])}` : event.type))
    .join(', ')

/**
 * Walks a path on the real system. After each step the transitions that the machine took, its state and the rows in the store
 * must be those of the model. Returns the transitions taken; throws a {@link Disagreement}.
 */
export async function walkPath(
  path: ModelPath,
  open: () => Promise<Subject>,
  { patienceMs = () => 30_000, closeMs = 60_000 }: WalkOptions = {},
): Promise<string[]> {
  const subject = await open()
  let labels: string[] = []
  try {
    for (const [index, step] of path.steps.entries()) {
      try {
        await subject.perform(step.event as never)
        labels = [...labels, ...step.labels]
        if (step.isHalf) continue
        await agree(subject, step, labels, patienceMs(step))
        labels = []
      } catch (error) {
        throw new Disagreement(path, index, error)
      }
    }
    await within(subject.close(), closeMs)
  } catch (error) {
    await subject.abandon()
    throw error
  }
  return path.steps.flatMap((step) => step.labels)
}

async function within(ending: Promise<void>, timeoutMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`It did not end within ${timeoutMs} ms.`)), timeoutMs)
  })
  await Promise.race([ending, late]).finally(() => clearTimeout(timer))
}

async function agree(
  subject: Subject,
  step: ModelStep,
  labels: readonly string[],
  patienceMs: number,
): Promise<void> {
  const after = step.after as never
  const expected = subject.expected(after)
  const isTaken = () => labels.every((label) => subject.taken.includes(label))
  const isAtRest = () => subject.isAtRest?.(after) ?? true
  await until(() => isTaken() && isAtRest(), patienceMs)
  subject.settle?.(after)
  await until(() => isDeepStrictEqual(subject.observe(after), expected), patienceMs)
  const taken = withoutEchoes(subject, labels)
  subject.forgetTaken()
  requireEqual('transitions', taken.toSorted(), [...new Set(labels)].toSorted())
  requireEqual('observation', subject.observe(after), expected)
  if (!isAtRest()) throw new Error('The world did not come to rest.')
}

/** Waits, and leaves it to what follows to say what is missing. */
const until = (probe: () => boolean, patienceMs: number) =>
  waitUntil('agreement with the model', probe, patienceMs).catch(() => undefined)

const withoutEchoes = ({ taken, echoes }: Subject, labels: readonly string[]): string[] =>
  [...new Set(taken)].filter((label) => labels.includes(label) || !echoes.includes(label))

function requireEqual(what: string, seen: unknown, expected: unknown): void {
  if (isDeepStrictEqual(seen, expected)) return
  throw new Error(
    `${what}: seen ${JSON.stringify(apart(seen, expected))}, expected ${JSON.stringify(apart(expected, seen))}`,
  )
}

/** What one has and the other has not; of a list everything. */
function apart(one: unknown, other: unknown): unknown {
  if (!isRecord(one) || !isRecord(other)) return one
  const names = Object.keys(one).filter((name) => !isDeepStrictEqual(one[name], other[name]))
  return Object.fromEntries(names.map((name) => [name, apart(one[name], other[name])]))
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
