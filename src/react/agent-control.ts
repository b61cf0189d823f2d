import { toFailure } from '../../machines/index.js'
import { RegistryError } from '../errors.js'
import type { RegistryAgent } from '../registry/registry-agent.js'
import type { RuntimeAgentRegistry } from '../registry/runtime-agent-registry.js'
import type { RuntimeType } from '../registry/runtime-types.js'
import { AgentSource } from './agent-source.js'
import { agentStopped, type FactoryGate } from './factory-gate.js'
import type { StartAttempts } from './start-attempts.js'

/** What {@link AgentControl} works with; gate and attempts are the provider's. */
export interface AgentControlOptions {
  readonly registry: RuntimeAgentRegistry | null
  readonly notebookId: string
  readonly gate: FactoryGate
  readonly starts: StartAttempts
}

/** The agent of one notebook in one provider: what is known of it, and what can be done to it. */
export class AgentControl {
  readonly source: AgentSource
  readonly #options: AgentControlOptions
  #runtimeType: RuntimeType | undefined

  constructor(options: AgentControlOptions) {
    this.#options = options
    this.source = new AgentSource(options.registry, options.notebookId, options.starts)
  }

  readonly startAgent = (runtimeType: RuntimeType): Promise<void> => this.#start(runtimeType)

  readonly stopAgent = async (): Promise<void> => {
    const { agent } = this.source.getSnapshot()
    this.source.dismissCrash()
    await Promise.all([this.#options.starts.cancel(), agent?.shutdown()])
  }

  readonly restartAgent = (): Promise<void> => {
    const agent = this.#activeAgent()
    agent?.restart()
    return this.#start(this.source.runtimeType ?? agent?.config.runtimeType ?? this.#runtimeType)
  }

  readonly interrupt = (): void => this.#activeAgent()?.interrupt()

  readonly force = (): void => this.#activeAgent()?.force()

  readonly keep = (): void => this.#activeAgent()?.keep()

  readonly pin = (isPinned: boolean): void =>
    isPinned ? this.#activeAgent()?.pin() : this.#activeAgent()?.unpin()

  readonly cancelAll = (reason?: string): Promise<void> => {
    const attempt = this.source.getSnapshot().agent?.cancelAll(reason) ?? Promise.resolve()
    attempt.catch(() => undefined)
    return attempt
  }

  #activeAgent(): RegistryAgent | undefined {
    const { agent, machine } = this.source.getSnapshot()
    return machine?.status === 'active' ? agent : undefined
  }

  /** A rejection that nobody handles is no unhandled one: it is shown as `failure`. */
  #start(runtimeType: RuntimeType | undefined): Promise<void> {
    this.#runtimeType = runtimeType
    const attempt = this.#options.starts.run((signal) => this.#bringUp(runtimeType, signal))
    attempt.catch(() => undefined)
    return attempt
  }

  async #bringUp(runtimeType: RuntimeType | undefined, signal: AbortSignal): Promise<void> {
    const { notebookId } = this.#options
    const agent = await this.#getOrCreate(runtimeType, signal).catch((error: unknown) => {
      throw toCodedError(notebookId, error)
    })
    if (!signal.aborted) return
    await agent.shutdown()
    throw agentStopped(notebookId)
  }

  async #getOrCreate(runtimeType: RuntimeType | undefined, signal: AbortSignal): Promise<RegistryAgent> {
    const { registry, notebookId, gate } = this.#options
    const present = registry?.getAgent(notebookId)
    if (!present) {
      const factory = await gate.wait(notebookId, signal)
      return requireType(await factory.createRuntimeAgent(notebookId, runtimeType), runtimeType)
    }
    await requireType(present, runtimeType).start()
    return present
  }
}

function requireType(agent: RegistryAgent, asked: RuntimeType | undefined): RegistryAgent {
  const { notebookId, runtimeType } = agent.config
  if (asked === undefined || asked === runtimeType) return agent
  throw new RegistryError(
    'OTHER_RUNTIME_TYPE',
    `Notebook "${notebookId}" has an agent of type "${runtimeType}", so that one of type "${asked}" was not started. Await stopAgent() first, or start "${runtimeType}".`,
  )
}

function toCodedError(notebookId: string, error: unknown): RegistryError {
  if (RegistryError.is(error)) return error
  const failure = toFailure(error, 'startFailed')
  return new RegistryError(
    'RUNTIME_FAILED',
    `The agent of notebook "${notebookId}" broke while it started: ${failure.message}`,
    { cause: failure },
  )
}
