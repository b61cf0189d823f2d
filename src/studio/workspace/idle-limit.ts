/** How long an agent may have nothing to do before its runtime is ended to give the memory back; the same for all notebooks. */
export interface IdleLimit {
  /** Milliseconds; 0: never. */
  readonly idleCullMs: number
  /** Milliseconds before that, in which a person is asked. */
  readonly cullWarningMs: number
}

const key = 'studio.idle'
const minute = 60_000
const usual: IdleLimit = { idleCullMs: 30 * minute, cullWarningMs: 2 * minute }

/** What a person can choose, by what the choice is called. */
export const idleChoices = {
  '10 minutes': { idleCullMs: 10 * minute, cullWarningMs: minute },
  '30 minutes': usual,
  '2 hours': { idleCullMs: 120 * minute, cullWarningMs: 2 * minute },
  never: { idleCullMs: 0, cullWarningMs: 2 * minute },
} satisfies Record<string, IdleLimit>

/** The limit of agents that are started from now on. */
export function readIdleLimit(storage: Storage): IdleLimit {
  try {
    return { ...usual, ...(JSON.parse(storage.getItem(key) ?? '{}') as Partial<IdleLimit>) }
  } catch {
    return usual
  }
}

/** Chooses the limit of agents that are started from now on. */
export function writeIdleLimit(storage: Storage, limit: IdleLimit): void {
  storage.setItem(key, JSON.stringify(limit))
}
