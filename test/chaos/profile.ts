import type { AgentSettings, LimitPolicy } from '../../machines/index.js'
import { createRandom } from '../schema/random.js'

/** What is fixed for all steps of one seed. */
export interface Profile {
  readonly notebooks: number
  readonly cellsPerNotebook: number
  /** Rows reach the agent at once and in order; else late, in any order, more than once. */
  readonly isFaithful: boolean
  /** Other processes write to the notebooks as well. */
  readonly isShared: boolean
  /** Stores as an app makes them, without a sync backend. */
  readonly isAlone: boolean
  readonly isRepeatable: boolean
  readonly maxConcurrentAgents: number
  readonly limitPolicy: LimitPolicy
  readonly settings: Partial<AgentSettings>
  /** Longest jump of the clock. */
  readonly longestJumpMs: number
}

/** Enough agents that the registry's second group has some. */
const crowd = 70

export function profileOf(seed: number): Profile {
  const random = createRandom(seed * 7919 + 17)
  const isCrowded = seed % 8 === 0
  const notebooks = isCrowded ? crowd : 1 + random.below(4)
  return {
    notebooks,
    cellsPerNotebook: 3,
    isFaithful: seed % 2 === 1,
    isShared: seed % 3 === 2,
    isAlone: false,
    isRepeatable: seed % 5 === 4,
    maxConcurrentAgents: random.oneIn(4) ? Math.max(1, notebooks - 1) : 0,
    limitPolicy: random.pick(['reject', 'queue', 'evictIdle'] as const),
    settings: {
      restart: random.pick(['transient', 'transient', 'permanent', 'temporary'] as const),
      errorPolicy: random.pick(['stop', 'continue'] as const),
      restartBudget: random.pick([1, 5, 20]),
      queueLimit: random.pick([3, 1_000]),
      executionTimeoutMs: random.pick([0, 5_000]),
      interruptGraceMs: random.pick([1_000, 10_000]),
      stopTimeoutMs: random.pick([3_000, 30_000]),
      startTimeoutMs: random.pick([10_000, 60_000]),
      stableAfterMs: random.pick([30_000, 600_000]),
      idleCullMs: random.pick([0, 60_000, 1_800_000]),
      cullWarningMs: random.pick([0, 20_000]),
      forceOfferMs: 500,
      stalledAfterMs: random.pick([0, 2_000]),
    },
    longestJumpMs: isCrowded ? 60_000 : 300_000,
  }
}
