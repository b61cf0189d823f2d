import {
  logger,
  systemClock,
  type ExecutionHandler,
  type RuntimeAgent,
  type RuntimeConfig,
} from '@runtimed/agent-core'
import {
  defaultAgentSettings,
  FailureError,
  type AgentActorRef,
  type AgentSettings,
  type Failure,
  type RegistryActorRef,
} from '../../machines/index.js'
import { RegistryError } from '../errors.js'
import {
  isDefinedExecutionHandler,
  toHandlerDefinition,
  type HandlerDefinition,
} from '../execution/handler.js'
import { committerFor } from '../livestore/committer.js'
import type { TimerClock } from '../livestore/mirror.js'
import { storeInfo } from '../livestore/store-info.js'
import { createStoreView } from '../livestore/store-view.js'
import { AgentDriver } from './agent-driver.js'
import type { AgentServices, FollowerServices } from './agent-services.js'
import { agentEventRules, checkSend, registryEventRules } from './checked-send.js'
import { externalHostOf } from './external-handler.js'
import { ExternalRuntime } from './external-runtime.js'
import { LocalRuntime, type LocalRuntimeOptions } from './local-runtime.js'
import { assignStore } from './notebook-store.js'
import { createRegistryActor } from './registry-actor.js'
import type { RuntimeAgentRegistryConfig } from './runtime-types.js'
import { watchTransitions } from './transition-watch.js'

interface AgentEntry<Agent> {
  readonly agent: Agent
  readonly actorRef: AgentActorRef
  readonly services: AgentServices | FollowerServices
  /** Grows with each use, over all agents; the smallest one was used least recently. */
  lastUse: number
  /** Resolves `ended` of the agent's driver. */
  readonly end: () => void
}

/** What an agent is spawned with. */
export interface AgentPlan extends Pick<LocalRuntimeOptions, 'cellOptions' | 'outputLimits' | 'soleRunner'> {
  /** Decides whether the agent runs cells or follows a runtime elsewhere. */
  readonly handler: ExecutionHandler
  readonly settings: AgentSettings
  /** Of the first life. Default: that of the configuration. */
  readonly sessionId?: string
  /** A start waits until the session is on disk. Default false. */
  readonly awaitsRecord?: boolean
}

/** A registry's actor, with the agents that are driven by its children, and what the world does for them. */
export class AgentHost<Agent extends RuntimeAgent> {
  readonly actorRef: RegistryActorRef
  readonly clock: TimerClock
  readonly #entries = new Map<string, AgentEntry<Agent>>()
  #uses = 0

  constructor(config: RuntimeAgentRegistryConfig = {}) {
    this.clock = config.clock ?? systemClock
    this.actorRef = createRegistryActor({
      maxConcurrentAgents: config.maxConcurrentAgents ?? 0,
      limitPolicy: config.limitPolicy ?? 'reject',
      services: (agentId) => this.#requireEntry(agentId).services,
      ...(config.inspect && { inspect: config.inspect }),
      ...(config.clock && { clock: config.clock }),
      ...(config.machines && { machines: config.machines }),
    })
    checkSend(this.actorRef, registryEventRules)
    this.actorRef.on('agent.gone', ({ agentId, failure }) => void this.#release(agentId, failure))
    watchTransitions(this.actorRef, Date.now, (agentId, transition) =>
      this.#entries.get(agentId)?.services.note(transition),
    )
    this.actorRef.start()
  }

  /** The notebook's agent, also while it is going. */
  get(notebookId: string): Agent | undefined {
    return this.#entries.get(agentIdOf(notebookId))?.agent
  }

  /** All agents, also those that are going, in the order in which they came. */
  all(): Agent[] {
    return [...this.#entries.values()].map(({ agent }) => agent)
  }

  /** Whether the notebook's agent has an actor. */
  isSpawned(notebookId: string): boolean {
    return this.actorRef.system.get(agentIdOf(notebookId)) !== undefined
  }

  /** Asks the parent actor for an actor; the failure when it was refused. */
  spawn(
    { notebookId, runtimeType, sessionId }: RuntimeConfig,
    plan: Pick<AgentPlan, 'handler' | 'settings' | 'sessionId'>,
  ): Failure | undefined {
    const agentId = agentIdOf(notebookId)
    let rejection: Failure | undefined
    const subscription = this.actorRef.on('agent.rejected', (fact) => {
      if (fact.agentId === agentId) rejection = fact.failure
    })
    const idle = this.leastRecentlyUsedIdle()
    this.actorRef.send({
      type: 'agent.spawn',
      input: {
        agentId,
        notebookId,
        runtimeType,
        sessionId: plan.sessionId ?? sessionId,
        settings: plan.settings,
        follows: externalHostOf(plan.handler) !== undefined,
      },
      ...(idle && { evict: agentIdOf(idle.config.notebookId) }),
    })
    subscription.unsubscribe()
    return rejection
  }

  /** Resolves once the notebook's agent has an actor; rejects with the failure when it is refused after all. */
  untilSpawned(notebookId: string): Promise<void> {
    const agentId = agentIdOf(notebookId)
    return new Promise((resolve, reject) => {
      const subscriptions = [
        this.actorRef.on('agent.spawned', (fact) => {
          if (fact.agentId === agentId) settle(resolve)
        }),
        this.actorRef.on('agent.rejected', (fact) => {
          if (fact.agentId === agentId) settle(() => reject(new FailureError(fact.failure)))
        }),
      ]
      const settle = (decide: () => void) => {
        for (const subscription of subscriptions) subscription.unsubscribe()
        decide()
      }
    })
  }

  /** Lets the spawned actor drive the agent. */
  adopt(agent: Agent, plan: AgentPlan): AgentDriver {
    const { notebookId, store } = agent.config
    const agentId = agentIdOf(notebookId)
    const services = this.#createServices(agent, plan)
    let end: () => void = () => undefined
    const ended = new Promise<void>((resolve) => (end = resolve))
    const actorRef = this.actorRef.system.get(agentId) as AgentActorRef
    checkSend(actorRef, agentEventRules)
    const driver = new AgentDriver({
      agent,
      actorRef,
      ended,
      announce: () => services.announce(),
      ...(plan.awaitsRecord && {
        recorded: () =>
          committerFor(store)
            .idle()
            .catch(() => undefined),
      }),
    })
    const entry: AgentEntry<Agent> = { agent, actorRef, services, end, lastUse: this.#uses++ }
    this.#entries.set(agentId, entry)
    assignStore(notebookId, store)
    actorRef.on('*', (fact) => {
      if (fact.type === 'agent.busy' || fact.type === 'execution.finished') entry.lastUse = this.#uses++
      services.observe(fact)
    })
    services.attach(actorRef)
    return driver
  }

  leastRecentlyUsedIdle(): Agent | undefined {
    const idle = [...this.#entries.values()].filter(isIdle)
    return idle.toSorted((left, right) => left.lastUse - right.lastUse)[0]?.agent
  }

  #createServices(
    agent: Agent,
    { handler, settings, cellOptions, outputLimits, soleRunner }: AgentPlan,
  ): AgentServices | FollowerServices {
    const { store, notebookId } = agent.config
    const options = {
      agent,
      agentId: agentIdOf(notebookId),
      store,
      view: createStoreView(store),
      committer: committerFor(store),
      soleOwner: storeInfo(store).embedded,
      clock: this.clock,
      now: () => new Date(),
      onProblem: (message: string, error: unknown) => logger.error(message, error),
    }
    const host = externalHostOf(handler)
    if (host !== undefined) return new ExternalRuntime({ ...options, host })
    const definition = () => definitionOf(agent)
    return new LocalRuntime({ ...options, settings, cellOptions, outputLimits, soleRunner, definition })
  }

  #requireEntry(agentId: string): AgentEntry<Agent> {
    const entry = this.#entries.get(agentId)
    if (entry) return entry
    throw new RegistryError('UNKNOWN_AGENT', `"${agentId}" is not in this registry.`)
  }

  async #release(agentId: string, failure: Failure | null): Promise<void> {
    const entry = this.#entries.get(agentId)
    if (!entry) return
    if (failure) {
      logger.error(`${agentId} crashed`, failure.message)
      entry.services.recordCrash(failure)
    }
    await entry.services.stopRuntime({ agentId, epoch: 0, sessionId: '' })
    await entry.services.detach()
    this.#entries.delete(agentId)
    entry.end()
  }
}

/** The defaults, what the handler and its kind ask for, and what the app has set. */
export function settingsOf(handler: ExecutionHandler, settings: Partial<AgentSettings> = {}): AgentSettings {
  const startTimeoutMs = isDefinedExecutionHandler(handler) ? handler.definition.startTimeoutMs : undefined
  return {
    ...defaultAgentSettings,
    ...(startTimeoutMs !== undefined && { startTimeoutMs }),
    ...(externalHostOf(handler) !== undefined && { idleCullMs: 0, errorPolicy: 'continue' as const }),
    ...withoutUndefined(settings),
  }
}

export function withoutUndefined<Options extends object>(options: Options): Options {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Options
}

/** Agents share the actor system's names with the registry. */
const agentIdOf = (notebookId: string) => `agent:${notebookId}`

const definitionOf = (agent: RuntimeAgent): HandlerDefinition =>
  toHandlerDefinition(() => agent.executionHandler, {
    name: agent.config.runtimeType,
    capabilities: agent.capabilities,
  })

/** It has nothing to do, and nobody asked to keep it. */
function isIdle({ agent, actorRef }: AgentEntry<RuntimeAgent>): boolean {
  const snapshot = actorRef.getSnapshot()
  const hasNothingToDo = snapshot.matches('running') || snapshot.matches('idle')
  return !agent.isShuttingDown && hasNothingToDo && !snapshot.context.isPinned
}
