import type { Command } from './commands.js'
import { Coverage } from './coverage.js'
import type { Depth } from './depth.js'
import type { Injection } from './injections.js'
import { shrink } from './shrink.js'
import type { Violation } from './verdict.js'

export interface RunOptions {
  readonly depth: Depth
  readonly seeds: readonly number[]
  readonly steps: number
  readonly injection?: Injection | undefined
}

export interface ChaosFailure {
  readonly seed: number
  readonly step: number
  readonly violation: Violation
  /** The shortest sequence found that fails in the same way. */
  readonly commands: readonly Command[]
}

export interface ChaosResult {
  readonly seeds: number
  readonly steps: number
  readonly runs: number
  readonly ms: number
  readonly coverage: Coverage
  readonly failure: ChaosFailure | undefined
}

/** Plays one seed after the other, until one fails; that one is shrunk. */
export async function runSeeds({ depth, seeds, steps, injection }: RunOptions): Promise<ChaosResult> {
  const begun = performance.now()
  const coverage = new Coverage()
  const done = { seeds: 0, steps: 0, runs: 0 }
  let failure: ChaosFailure | undefined
  for (const seed of seeds) {
    const commands = depth.commandsOf(seed, steps)
    const outcome = await depth.play({ seed, commands, coverage, injection })
    done.seeds++
    done.steps += outcome.steps
    done.runs += outcome.runs
    if (!outcome.violation) continue
    const first = { seed, step: outcome.steps, violation: outcome.violation }
    failure = await shrinkFailure(depth, first, commands.slice(0, outcome.steps), injection)
    break
  }
  return { ...done, ms: Math.round(performance.now() - begun), coverage, failure }
}

async function shrinkFailure(
  depth: Depth,
  failure: Omit<ChaosFailure, 'commands'>,
  commands: readonly Command[],
  injection: Injection | undefined,
): Promise<ChaosFailure> {
  const { seed, violation } = failure
  const stillFails = async (candidate: readonly Command[]) => {
    const outcome = await depth.play({ seed, commands: candidate, coverage: new Coverage(), injection })
    return outcome.violation?.invariant === violation.invariant
  }
  return { ...failure, commands: await shrink(commands, stillFails, depth.shrinkAttempts) }
}
