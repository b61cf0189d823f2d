import type { RuntimeAgent, RuntimeConfig } from '@runtimed/agent-core'
import {
  defaultAgentSettings,
  type AgentActorRef,
  type AgentEvent,
  type AgentFact,
  type AgentSnapshot,
  type Failure,
  type RegistryActorRef,
} from '../../machines/index.js'
import type { HandlerDefinition } from '../../src/execution/handler.js'
import type { AgentServices } from '../../src/registry/agent-services.js'
import { LocalRuntime } from '../../src/registry/local-runtime.js'
import { createRegistryActor } from '../../src/registry/registry-actor.js'
import { AgentWatch } from './agent-watch.js'
import { createChannel, type Channel } from './channel.js'
import { ChaosClock } from './chaos-clock.js'
import type { ChaosNotebook } from './chaos-notebook.js'
import type { Coverage } from './coverage.js'
import { FakeRuntime } from './fake-runtime.js'
import type { Injection } from './injections.js'
import { Operations } from './operations.js'
import type { Profile } from './profile.js'
import type { Verdict } from './verdict.js'

const capabilities = { canExecuteCode: true, canExecuteSql: false, canExecuteAi: false }

/** One agent with everything that belongs to it, from its spawning until its end is recorded. */
export interface ChaosAgent {
  readonly notebook: ChaosNotebook
  readonly services: AgentServices
  readonly actorRef: AgentActorRef
  readonly channel: Channel
  readonly watch: AgentWatch
}

export interface ChaosProcessOptions {
  readonly profile: Profile
  readonly verdict: Verdict
  readonly coverage: Coverage
  readonly injection: Injection | undefined
  readonly startMs: number
  /** Which process this is, counted from 1. */
  readonly life: number
}

/** One process: the real registry, agents, executions, local runtimes, mirrors and intakes over model stores. */
export class ChaosProcess {
  readonly clock: ChaosClock
  readonly operations = new Operations()
  readonly registry: RegistryActorRef
  readonly agents = new Map<string, ChaosAgent>()
  readonly runtimes: FakeRuntime[] = []
  readonly changed = new Set<AgentWatch>()
  readonly #options: ChaosProcessOptions
  readonly #services = new Map<string, AgentServices>()
  /** Notebooks whose agents were asked for, by the agent's id; those that wait for room among them. */
  readonly #wanted = new Map<string, ChaosNotebook>()
  #sessions = 0

  constructor(options: ChaosProcessOptions) {
    const { coverage, injection, profile, startMs } = options
    this.#options = options
    this.clock = new ChaosClock(startMs)
    this.registry = createRegistryActor({
      maxConcurrentAgents: profile.maxConcurrentAgents,
      limitPolicy: profile.limitPolicy,
      services: (agentId) => this.#services.get(agentId) as AgentServices,
      inspect: coverage.inspect,
      clock: this.clock,
      ...(injection?.agentMachine && { machines: { agentMachine: injection.agentMachine } }),
    })
    this.registry.on('agent.spawned', ({ agentId }) => this.#attach(agentId))
    this.registry.on('agent.gone', ({ agentId, failure }) => void this.#release(agentId, failure))
    this.registry.start()
  }

  get isActive(): boolean {
    return this.registry.getSnapshot().matches('active')
  }

  get life(): number {
    return this.#options.life
  }

  /** The agent of the notebook, a new one if there is none; undefined when the registry takes none, or not yet. */
  ensureAgent(notebook: ChaosNotebook): ChaosAgent | undefined {
    const present = this.agents.get(notebook.id)
    if (present) return present
    const { life, injection } = this.#options
    const agentId = agentIdOf(notebook)
    if (!this.#isWaiting(agentId)) {
      const local = this.#createServices(notebook)
      this.#services.set(agentId, injection?.services?.(local, this.clock) ?? local)
      this.#wanted.set(agentId, notebook)
      this.#spawn(agentId, notebook, `s${life}-${++this.#sessions}`)
    }
    return this.agents.get(notebook.id)
  }

  /** Everything in this process stops at once, as after a kill. */
  kill(): void {
    for (const { watch } of this.agents.values()) watch.stop()
    this.registry.stop()
    this.operations.forget()
  }

  #isWaiting(agentId: string): boolean {
    return this.registry.getSnapshot().context.waiting.some((waiting) => waiting.agentId === agentId)
  }

  #spawn(agentId: string, notebook: ChaosNotebook, sessionId: string): void {
    const settings = { ...defaultAgentSettings, ...this.#options.profile.settings }
    const input = { agentId, notebookId: notebook.id, runtimeType: 'chaos', sessionId, settings }
    const evict = [...this.agents.values()].find(({ actorRef }) => isEvictable(actorRef.getSnapshot()))
    this.registry.send({
      type: 'agent.spawn',
      input,
      ...(evict && { evict: agentIdOf(evict.notebook) }),
    })
  }

  #attach(agentId: string): void {
    const actorRef = this.registry.system.get(agentId) as AgentActorRef
    const services = this.#services.get(agentId) as AgentServices
    const notebook = this.#wanted.get(agentId) as ChaosNotebook
    this.#wanted.delete(agentId)
    const { profile, verdict } = this.#options
    const watch = new AgentWatch(notebook.id, actorRef, verdict, (changed) => this.changed.add(changed))
    const channel = createChannel(profile.isFaithful, {
      getSnapshot: () => actorRef.getSnapshot(),
      send: (event: AgentEvent) => watch.send(event),
    })
    const agent = { notebook, services, actorRef, channel, watch }
    this.agents.set(notebook.id, agent)
    actorRef.on('*', (fact: AgentFact) => {
      watch.hear(fact)
      services.observe(fact)
    })
    services.attach(channel.actorRef)
  }

  #createServices(notebook: ChaosNotebook): AgentServices {
    const { profile, verdict } = this.#options
    const { committer } = notebook
    const definition: HandlerDefinition = {
      name: 'chaos',
      capabilities,
      repeatable: profile.isRepeatable,
      create: (options) => this.#createRuntime(notebook, options),
    }
    return new LocalRuntime({
      agent: agentOf(notebook),
      agentId: `agent:${notebook.id}`,
      store: notebook.asStore,
      view: notebook.view,
      committer,
      definition: () => definition,
      soleOwner: !profile.isShared,
      settings: defaultAgentSettings,
      clock: this.clock,
      now: () => new Date(this.clock.now()),
      onProblem: (message, error) =>
        verdict.require(
          'noProblem',
          committer.status !== 'open' || message.endsWith('could not read its notebook'),
          () => `${notebook.id}: ${message}: ${String(error)}`,
        ),
    })
  }

  #createRuntime(
    notebook: ChaosNotebook,
    options: ConstructorParameters<typeof FakeRuntime>[0],
  ): FakeRuntime {
    const runtime = new FakeRuntime(options, {
      operations: this.operations,
      handlerStarted: (context) => notebook.ledger.begin(context),
    })
    this.runtimes.push(runtime)
    return runtime
  }

  /** As the registry does when an agent is gone. */
  async #release(agentId: string, failure: Failure | null): Promise<void> {
    const agent = [...this.agents.values()].find((candidate) => agentIdOf(candidate.notebook) === agentId)
    if (!agent) return
    if (failure) agent.services.recordCrash(failure)
    await agent.services.stopRuntime({ agentId, epoch: 0, sessionId: '' })
    await agent.services.detach()
    agent.watch.stop()
    this.agents.delete(agent.notebook.id)
  }
}

/** Nothing runs or waits there, and nobody has pinned it. */
const isEvictable = ({ value, context }: AgentSnapshot) =>
  (value === 'idle' || value === 'running') && context.queue.length === 0 && !context.isPinned

const agentIdOf = (notebook: ChaosNotebook) => `agent:${notebook.id}`

/** As much of an agent as a local runtime looks at. */
function agentOf(notebook: ChaosNotebook): RuntimeAgent {
  const config: Partial<RuntimeConfig> = {
    runtimeId: 'chaos',
    runtimeType: 'chaos',
    notebookId: notebook.id,
    authToken: '',
    imageArtifactThresholdBytes: 0,
  }
  const lists = { cancellationHandlers: [], subscriptions: [], processedExecutions: new Set() }
  const agent = {
    config,
    capabilities,
    handlers: {},
    activeExecutions: new Map(),
    artifactTarget: () => ({}),
  }
  return { ...agent, ...lists } as unknown as RuntimeAgent
}
