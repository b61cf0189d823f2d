import type { RuntimeAgent } from './runtime-agent.js'

/**
 * What runs a {@link RuntimeAgent}: it announces the session, claims and runs the requests one at a time, and records what comes out.
 *
 * It sets `isShuttingDown` of its agent when the session is about to end for good, and keeps `activeExecutions`,
 * `processedExecutions`, `subscriptions` and `renewalInterval` as they are described there.
 */
export interface RuntimeDriver {
  /** The runtime is up: requests are run. */
  readonly isUp: boolean
  /** Resolves when the end of the session is recorded, for whatever cause. Never rejects. */
  readonly ended: Promise<void>
  /** Brings the runtime up; resolves when it is. Rejects when it does not come up, and when it has ended for good. */
  start(): Promise<void>
  /** Ends the pause before the next try of a start, if there is one. */
  retryNow(): void
  /** Ends the session for good. Idempotent. */
  stop(): void
  /** Ends the session of an agent that is not up after all, and that may be started again by another driver. Never rejects. */
  abandon(): Promise<void>
  /** Tells the notebook what the runtime can do now, if a session is announced. */
  announce(): void
}

let create: ((agent: RuntimeAgent) => RuntimeDriver) | undefined

/** Registers what makes the drivers of agents from now on; `runtime-agent-registry` does so where it exports `RuntimeAgent`. */
export function registerRuntimeDriver(createDriver: (agent: RuntimeAgent) => RuntimeDriver): void {
  create = createDriver
}

/** A driver for the agent. Throws when none is registered, or when its store cannot be used. */
export function createRuntimeDriver(agent: RuntimeAgent): RuntimeDriver {
  if (create) return create(agent)
  throw new Error(
    `Nothing is there to run agent ${agent.config.sessionId}: import RuntimeAgent from runtime-agent-registry, or call registerRuntimeDriver() first.`,
  )
}
