import type { AgentSettings, Failure } from './vocabulary.js'

/** 1, 2, 4, 8, 16, then 30 seconds, as Kubernetes' crash-loop backoff does on a longer scale. */
const shortestDelayMs = 1_000
const longestDelayMs = 30_000
const jitterShare = 0.2

/** A number in [0, 1) that depends on the text alone (FNV-1a), so that a replayed machine waits equally long. */
function fractionOf(text: string): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  }
  return (hash >>> 0) / 2 ** 32
}

/**
 * Milliseconds to wait before restart number `attempt` (1 is the first): exponential from 1 s to 30 s, spread by ±20 % so
 * that agents that died together do not come back together. `seed` decides the spread.
 */
export function backoffDelay(attempt: number, seed: string): number {
  const delay = Math.min(longestDelayMs, shortestDelayMs * 2 ** (attempt - 1))
  const jitter = 1 - jitterShare + 2 * jitterShare * fractionOf(`${seed}:${attempt}`)
  return Math.round(delay * jitter)
}

export type RestartDecision = 'restart' | 'giveUp' | 'budgetSpent'

/**
 * What to do when a runtime ended by itself: `temporary` ones stay down, failures that a retry cannot mend are given up, and
 * a budget of restarts inside a sliding window ends a crash loop.
 */
export function decideRestart(
  settings: Pick<AgentSettings, 'restart' | 'restartBudget'>,
  failure: Failure,
  restartsInWindow: number,
): RestartDecision {
  if (settings.restart === 'temporary') return 'giveUp'
  if (!failure.retryable && settings.restart !== 'permanent') return 'giveUp'
  return restartsInWindow >= settings.restartBudget ? 'budgetSpent' : 'restart'
}
