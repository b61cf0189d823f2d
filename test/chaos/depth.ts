import type { Command } from './commands.js'
import type { Coverage } from './coverage.js'
import type { Injection } from './injections.js'
import type { Violation } from './verdict.js'

/** What came out of a list of steps. */
export interface Outcome {
  /** Steps that were carried out; the end of the world comes after the last. */
  readonly steps: number
  readonly violation: Violation | undefined
  /** Handlers that were started. */
  readonly runs: number
}

export interface PlayOptions {
  readonly seed: number
  readonly commands: readonly Command[]
  readonly coverage: Coverage
  readonly injection?: Injection | undefined
}

/** How much of the real thing takes part. */
export interface Depth {
  readonly name: string
  commandsOf(seed: number, steps: number): Command[]
  /** Carries out the steps in a new world, checks, and ends the world in order. Ends at the first violation. */
  play(options: PlayOptions): Promise<Outcome>
  /** Tries that shrinking a failure may take. */
  readonly shrinkAttempts: number
}
