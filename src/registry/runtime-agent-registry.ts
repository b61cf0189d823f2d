import { ArtifactClient, logger, RuntimeConfig, type RuntimeAgentOptions } from '@runtimed/agent-core'
import { queryDb, tables, type RuntimeSessionData, type Store } from '@runtimed/schema'
import type { Failure, FailureError, RegistryActorRef } from '../../machines/index.js'
import { RegistryError } from '../errors.js'
import { declareBackend } from '../livestore/backend-view.js'
import { isStoreGone } from '../livestore/store-info.js'
import { watchUnservedQueue } from '../livestore/unserved-queue.js'
import { AgentHost, settingsOf, withoutUndefined, type AgentPlan } from './agent-host.js'
import {
  checkAgentOptions,
  checkNotebookId,
  checkRegistryConfig,
  checkRuntimeType,
  checkSettings,
} from './check-arguments.js'
import { requireNotebookStore } from './notebook-store.js'
import { RegistryAgent } from './registry-agent.js'
import type {
  AgentOptions,
  RuntimeAgentRegistryConfig,
  RuntimeType,
  RuntimeTypeConfig,
} from './runtime-types.js'

/**
 * Keeps one agent per notebook, each driven by a machine under one parent actor.
 *
 * Runtime types are registered as data; an agent is created with the first `getOrCreateAgent` of its notebook and removed when
 * it has stopped. A crash of one agent touches no other. The stores stay their owners': the registry never closes one.
 */
export class RuntimeAgentRegistry {
  /** The parent actor: `getSnapshot()`, `on('agent.gone', …)`, `system.get(agentId)`. */
  readonly actorRef: RegistryActorRef
  readonly #config: RuntimeAgentRegistryConfig
  readonly #host: AgentHost<RegistryAgent>
  readonly #types = new Map<string, RuntimeTypeConfig>()
  /** Agents that wait for room under the limit, by notebook. */
  readonly #waiting = new Map<string, Promise<RegistryAgent>>()

  /** Throws `INVALID_OPTION`. */
  constructor(config: RuntimeAgentRegistryConfig = {}) {
    checkRegistryConfig(config)
    this.#config = config
    this.#host = new AgentHost(config)
    this.actorRef = this.#host.actorRef
  }

  /**
   * Registers a runtime type. Throws `INVALID_RUNTIME_TYPE` when a member is missing or of the wrong kind, `INVALID_OPTION` when one of
   * its settings is, and `RUNTIME_TYPE_TAKEN` when its name is registered already.
   */
  registerRuntimeType(config: RuntimeTypeConfig): void {
    checkRuntimeType(config)
    if (this.#types.has(config.type)) {
      throw new RegistryError(
        'RUNTIME_TYPE_TAKEN',
        `A runtime type "${config.type}" is registered already. Give this one another name.`,
      )
    }
    checkSettings(settingsOf(config.executionHandler, config.settings), `runtime type "${config.type}"`)
    this.#types.set(config.type, config)
  }

  /**
   * The agent of a notebook, up and running.
   *
   * Already there: the same agent, whatever the type asked for; one that failed is started again, and one whose store has ended
   * gives way to a new one when `options.store` is a new store. Not there: a new one is spawned and started; many callers at once
   * get one agent. At the limit it waits, or makes room, as `limitPolicy` says.
   *
   * Rejects with `INVALID_NOTEBOOK_ID`, `INVALID_OPTION`, `UNKNOWN_RUNTIME_TYPE`, `STORE_REQUIRED`, `INVALID_STORE`, `WRONG_STORE` or `STORE_DIED` for a store that cannot be
   * the notebook's, `OTHER_STORE` while the agent works on another one, `LIMIT_REACHED`, or `RUNTIME_FAILED` when the runtime does
   * not start; the agent then stays, in `failed`.
   */
  async getOrCreateAgent(
    notebookId: string,
    runtimeType: RuntimeType = this.#defaultType(),
    options: AgentOptions = {},
  ): Promise<RegistryAgent> {
    const agent = await this.createAgent(notebookId, runtimeType, options)
    await agent.start()
    return agent
  }

  /**
   * The agent as {@link getOrCreateAgent} gives it, before it starts: for whoever watches the start, or may interrupt it. The first
   * request or `start()` starts it. Many callers at once get one agent. Rejects with the same codes, but for `RUNTIME_FAILED`.
   */
  async createAgent(
    notebookId: string,
    runtimeType: RuntimeType = this.#defaultType(),
    options: AgentOptions = {},
  ): Promise<RegistryAgent> {
    checkNotebookId(notebookId)
    checkAgentOptions(notebookId, options)
    for (;;) {
      const change = this.#waiting.get(notebookId) ?? this.#leaving(notebookId, options.store)
      if (!change) {
        return this.getAgent(notebookId) ?? this.#create(notebookId, this.#requireType(runtimeType), options)
      }
      await change
    }
  }

  /** The agent of a notebook; undefined when there is none or it is shutting down. */
  getAgent(notebookId: string): RegistryAgent | undefined {
    const agent = this.#host.get(notebookId)
    return agent?.isShuttingDown ? undefined : agent
  }

  /** All agents that are not shutting down, in the order in which they were created. */
  getAgents(): RegistryAgent[] {
    return this.#host.all().filter((agent) => !agent.isShuttingDown)
  }

  /** The runtime types that are available, highest priority first. */
  getAvailableTypes(): RuntimeTypeConfig[] {
    return [...this.#types.values()]
      .filter((config) => config.isAvailable)
      .sort((left, right) => right.priority - left.priority)
  }

  /**
   * Calls back with the notebook's active sessions, now and whenever they change; returns the function that stops it. A callback
   * that throws is logged and does not harm the store.
   */
  subscribeToRuntimeSessions(
    store: Store,
    callback: (sessions: readonly RuntimeSessionData[]) => void,
  ): () => void {
    const activeSessions = queryDb(tables.runtimeSessions.select().where({ isActive: true }), {
      label: 'registry.activeSessions',
    })
    return store.subscribe(activeSessions, (sessions) => {
      try {
        callback(sessions)
      } catch (error) {
        logger.error('A callback of subscribeToRuntimeSessions failed', error)
      }
    })
  }

  /**
   * Calls back with `noRuntime` once requests of a notebook have waited for 60 s (or `afterMs`) with no session to run them, and
   * with undefined when that is over; what waits stays queued and runs when a runtime comes. Returns the function that stops it.
   */
  subscribeToUnservedQueue(
    store: Store,
    callback: (failure: Failure | undefined) => void,
    options: { afterMs?: number } = {},
  ): () => void {
    return watchUnservedQueue({
      store,
      clock: this.#host.clock,
      afterMs: options.afterMs,
      onChange: (failure) => {
        try {
          callback(failure)
        } catch (error) {
          logger.error('A callback of subscribeToUnservedQueue failed', error)
        }
      },
    })
  }

  /** Stops all agents; resolves when each one's end is recorded. The registry can be used again afterwards. */
  async stopAll(): Promise<void> {
    await Promise.all(this.#host.all().map((agent) => agent.shutdown()))
  }

  /** Stops all agents and the registry itself, for good. Idempotent. */
  async close(): Promise<void> {
    const ends = this.#host.all().map((agent) => agent.keepAlive())
    this.actorRef.send({ type: 'registry.drain' })
    await Promise.all(ends)
  }

  /** The agent, at once when there is room; under the limit's policy a promise of it. */
  #create(
    notebookId: string,
    type: RuntimeTypeConfig,
    options: AgentOptions,
  ): RegistryAgent | Promise<RegistryAgent> {
    this.#requireOpen()
    const config = this.#createConfig(notebookId, type, options)
    requireNotebookStore(notebookId, config.store)
    config.validate()
    const { executionHandler: handler } = type
    const { cellOptions, outputLimits, soleRunner } = options
    const settings = { ...settingsOf(handler, type.settings), ...withoutUndefined(options.settings ?? {}) }
    const plan: AgentPlan = { handler, settings, cellOptions, outputLimits, soleRunner }
    const adopt = () => this.#adopt(config, plan, options.hasBackend)
    const rejection = this.#host.spawn(config, plan)
    if (this.#host.isSpawned(notebookId)) return adopt()
    if (rejection) throw this.#limitReached(notebookId, rejection)
    const waiting = this.#host
      .untilSpawned(notebookId)
      .then(adopt, ({ failure }: FailureError) => Promise.reject(this.#limitReached(notebookId, failure)))
      .finally(() => this.#waiting.delete(notebookId))
    this.#waiting.set(notebookId, waiting)
    return waiting
  }

  #adopt(config: RuntimeConfig, plan: AgentPlan, hasBackend: boolean | undefined): RegistryAgent {
    const agent = new RegistryAgent(config)
    agent.onExecution(plan.handler)
    if (hasBackend !== undefined) declareBackend(config.store, hasBackend)
    agent.attach(this.#host.adopt(agent, plan))
    return agent
  }

  /** The end of an agent that is going, or has to go because its store has ended and there is a new one. */
  #leaving(notebookId: string, store: Store | undefined): Promise<void> | undefined {
    const agent = this.#host.get(notebookId)
    if (agent && store) requireNotebookStore(notebookId, store)
    if (!agent || agent.isShuttingDown) return agent?.keepAlive()
    if (!store) requireNotebookStore(notebookId, agent.store)
    if (!store || store === agent.store) return undefined
    if (!isStoreGone(agent.store)) throw otherStore(notebookId, agent.store, store)
    agent.actorRef.send({ type: 'agent.stop', reason: 'error' })
    return agent.keepAlive()
  }

  #limitReached(notebookId: string, cause: Failure): RegistryError {
    const idle = this.#host.leastRecentlyUsedIdle()
    const hint = idle
      ? `Idle and used least recently: "${idle.config.notebookId}"; stop it to make room.`
      : 'None of them is idle.'
    return new RegistryError(
      'LIMIT_REACHED',
      `No agent was created for notebook "${notebookId}": ${cause.message} ${hint}`,
      { cause },
    )
  }

  #createConfig(notebookId: string, type: RuntimeTypeConfig, options: AgentOptions): RuntimeConfig {
    if (!options.store) {
      throw new RegistryError(
        'STORE_REQUIRED',
        `The first agent of notebook "${notebookId}" needs options.store, the notebook's LiveStore store; openNotebookStore() opens one.`,
      )
    }
    const { syncUrl, artifactServiceUrl } = this.#config
    const defaults: Omit<RuntimeAgentOptions, 'store' | 'notebookId'> = {
      runtimeId: `${type.type}-${crypto.randomUUID()}`,
      runtimeType: type.type,
      capabilities: type.capabilities,
      ...(syncUrl !== undefined && { syncUrl }),
      authToken: 'local',
      userId: 'local',
      ...(artifactServiceUrl && { artifactClient: new ArtifactClient(artifactServiceUrl) }),
    }
    return new RuntimeConfig({ ...defaults, ...withoutUndefined(options), notebookId, store: options.store })
  }

  #defaultType(): RuntimeType {
    const type = this.#config.defaultRuntimeType ?? this.getAvailableTypes()[0]?.type
    if (type !== undefined) return type
    throw new RegistryError(
      'UNKNOWN_RUNTIME_TYPE',
      'No runtime type is registered. Register one with registerRuntimeType().',
    )
  }

  #requireType(runtimeType: RuntimeType): RuntimeTypeConfig {
    const config = this.#types.get(runtimeType)
    if (config?.isAvailable) return config
    const known = this.getAvailableTypes().map(({ type }) => type)
    throw new RegistryError(
      'UNKNOWN_RUNTIME_TYPE',
      `Runtime type "${runtimeType}" is ${config ? 'not available' : 'not registered'}. Available: ${known.join(', ') || '(none)'}. Register one with registerRuntimeType().`,
    )
  }

  #requireOpen(): void {
    if (this.actorRef.getSnapshot().matches('active')) return
    throw new RegistryError('REGISTRY_CLOSED', 'This registry was closed. Create a new RuntimeAgentRegistry.')
  }
}

const otherStore = (notebookId: string, present: Store, asked: Store) =>
  new RegistryError(
    'OTHER_STORE',
    `The agent of notebook "${notebookId}" works on another store (${describeStores(present, asked)}) that is still open. Close that one with closeNotebookStore(), or shut the agent down, before you pass a new one.`,
  )

const describeStores = (present: Store, asked: Store) =>
  present.storeId === asked.storeId
    ? `both are called "${asked.storeId}"`
    : `"${present.storeId}", not "${asked.storeId}"`
