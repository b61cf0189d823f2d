import { guarded, type RuntimeAgent, type RuntimeConfig, type RuntimeDriver } from '@runtimed/agent-core'
import {
  nextActionFor,
  toFailure,
  type AgentActorRef,
  type AgentSnapshot,
  type ExecutionRequest,
  type Failure,
} from '../../machines/index.js'
import { RegistryError } from '../errors.js'

export interface AgentDriverOptions {
  readonly agent: RuntimeAgent
  readonly actorRef: AgentActorRef
  /** Resolves when the actor is gone and all is recorded. */
  readonly ended: Promise<void>
  readonly announce: () => void
  /** Waited for by a start, once the runtime is up. */
  readonly recorded?: () => Promise<unknown>
}

/** Drives an agent by its actor: what it is asked for become events, and of what the actor goes through the agent is told. */
export class AgentDriver implements RuntimeDriver {
  readonly actorRef: AgentActorRef
  readonly ended: Promise<void>
  readonly announce: () => void
  readonly #agent: RuntimeAgent
  readonly #recorded: (() => Promise<unknown>) | undefined
  #isStarting = false
  #isAbandoned = false

  constructor({ agent, actorRef, ended, announce, recorded }: AgentDriverOptions) {
    this.#recorded = recorded
    this.#agent = agent
    this.actorRef = actorRef
    this.ended = ended
    this.announce = announce
    actorRef.subscribe({
      next: (snapshot) => {
        if (isGoing(snapshot)) this.#tellEnd()
      },
      error: (error: unknown) => {
        this.#tellDisconnected(agentCrashed(agent.config, error))
        this.#tellEnd()
      },
    })
    actorRef.on('agent.failed', ({ failure }) => this.#tellDisconnected(runtimeFailed(agent.config, failure)))
    actorRef.on('agent.stopped', ({ reason }) => {
      if (reason === 'displaced') this.#tellDisconnected(displaced(agent.config))
    })
  }

  get isUp(): boolean {
    return this.#snapshot().hasTag('up')
  }

  /** Rejects with `RUNTIME_FAILED` when it goes to `failed` (the failure is in `cause`), or with `AGENT_STOPPED`. */
  async start(): Promise<void> {
    this.#isStarting = true
    try {
      if (this.#snapshot().status === 'active') this.actorRef.send({ type: 'agent.start' })
      await this.#untilUp()
      if (!this.#recorded) return
      await this.#recorded()
      await this.#untilUp()
    } finally {
      this.#isStarting = false
    }
  }

  retryNow(): void {
    if (this.#snapshot().matches('restarting')) this.actorRef.send({ type: 'agent.start' })
  }

  stop(reason: 'shutdown' | 'error' = 'shutdown'): void {
    const snapshot = this.#snapshot()
    if (snapshot.status === 'active' && !isGoing(snapshot)) this.actorRef.send({ type: 'agent.stop', reason })
  }

  async abandon(): Promise<void> {
    this.#isAbandoned = true
    this.stop('error')
    await this.ended
  }

  #snapshot(): AgentSnapshot {
    return this.actorRef.getSnapshot()
  }

  async #untilUp(): Promise<void> {
    const { config } = this.#agent
    const snapshot = await new Promise<AgentSnapshot>((resolve, reject) => {
      const present = this.#snapshot()
      if (isDecided(present)) return resolve(present)
      const subscription = this.actorRef.subscribe({
        next: (next) => {
          if (!isDecided(next)) return
          subscription.unsubscribe()
          resolve(next)
        },
        error: (error: unknown) => reject(agentCrashed(config, error)),
        complete: () => resolve(this.#snapshot()),
      })
    })
    if (snapshot.matches('failed')) throw runtimeFailed(config, snapshot.context.failure)
    if (!snapshot.hasTag('up')) throw agentStopped(config)
  }

  #tellEnd(): void {
    if (!this.#isAbandoned) this.#agent.isShuttingDown = true
  }

  /** Whoever waits for a start is told by it. */
  #tellDisconnected(error: Error): void {
    if (this.#isStarting) return
    void guarded('onDisconnected', () => this.#agent.handlers.onDisconnected?.(error))
  }
}

/** Tells the agent's cancellation handlers that a running execution is stopped; one that throws or rejects is logged. */
export function tellCancellation(agent: RuntimeAgent, request: ExecutionRequest, reason: string): void {
  for (const handler of agent.cancellationHandlers) {
    void guarded('onCancellation', () => handler(request.executionId, request.cellId, reason))
  }
}

const isGoing = (snapshot: AgentSnapshot) => snapshot.matches('shuttingDown') || snapshot.matches('stopped')

const isDecided = (snapshot: AgentSnapshot) =>
  snapshot.hasTag('up') || snapshot.matches('failed') || snapshot.status !== 'active'

const runtimeFailed = (config: RuntimeConfig, failure: Failure | null) =>
  new RegistryError(
    'RUNTIME_FAILED',
    `The ${config.runtimeType} runtime of notebook "${config.notebookId}" failed: ${failure?.message ?? 'no reason given'} ${failure ? nextActionFor(failure.code) : ''}`,
    { cause: failure },
  )

const agentCrashed = (config: RuntimeConfig, error: unknown) =>
  new RegistryError(
    'RUNTIME_FAILED',
    `The agent of notebook "${config.notebookId}" crashed; this is a bug. Report it with the cause.`,
    { cause: toFailure(error, 'machineCrashed') },
  )

const agentStopped = (config: RuntimeConfig) =>
  new RegistryError(
    'AGENT_STOPPED',
    `The agent of notebook "${config.notebookId}" was shut down before it was up. Ask for a new one.`,
  )

const displaced = (config: RuntimeConfig) =>
  new RegistryError(
    'AGENT_STOPPED',
    `The runtime session of notebook "${config.notebookId}" was ended by another client.`,
  )
