import type { Finding } from '../faults/finding.js'

/** How much a part does, and where its random choices come from. */
export interface AttackOptions {
  /** The same number makes the same attacks. */
  readonly seed: number
  /** True: the smallest number of attacks that still shows each kind. */
  readonly quick: boolean
  /** How many times a random attack is tried, where a part has one; the part's own number when absent. */
  readonly rounds?: number
}

/** One field of attack. */
export interface Part {
  /** The word for `--only`, and the first word of its figures: `links.filesOutsideTouched`. */
  readonly name: string
  /** Attacks, and says what came of it; a figure that does not hold fails the whole run. */
  run(options: AttackOptions): Promise<readonly Finding[]>
}
