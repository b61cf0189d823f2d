import type { AgentFact } from '../../machines/index.js'
import { defineExecutionHandler } from '../../src/execution/handler.js'
import type { RegistryAgent } from '../../src/registry/registry-agent.js'
import { RuntimeAgentRegistry } from '../../src/registry/runtime-agent-registry.js'
import { RegistryError } from '../../src/errors.js'
import { AgentWatch } from './agent-watch.js'
import { ChaosClock } from './chaos-clock.js'
import type { Coverage } from './coverage.js'
import { FakeRuntime } from './fake-runtime.js'
import type { Injection } from './injections.js'
import { Operations } from './operations.js'
import type { Profile } from './profile.js'
import { StoreNotebook } from './store-notebook.js'
import { Verdict } from './verdict.js'
import { settled } from './world.js'

const capabilities = { canExecuteCode: true, canExecuteSql: false, canExecuteAi: false }

/** Turns of the event loop in a row without work, after which nothing goes on by itself. */
const quietTurns = 3

export interface StoreWorldOptions {
  readonly profile: Profile
  readonly coverage: Coverage
  readonly injection?: Injection | undefined
}

/** Real stores, and the real registry over them; the runtimes and the machines' time are in the test's hands. */
export class StoreWorld {
  readonly profile: Profile
  readonly verdict: Verdict
  readonly notebooks: readonly StoreNotebook[]
  operations = new Operations()
  clock = new ChaosClock()
  runtimes: FakeRuntime[] = []
  registry: RuntimeAgentRegistry
  readonly #options: StoreWorldOptions
  #watches = new Map<RegistryAgent, AgentWatch>()

  private constructor(options: StoreWorldOptions, verdict: Verdict, notebooks: readonly StoreNotebook[]) {
    this.#options = options
    this.profile = options.profile
    this.verdict = verdict
    this.notebooks = notebooks
    this.registry = this.#createRegistry()
  }

  static async open(options: StoreWorldOptions): Promise<StoreWorld> {
    const { profile } = options
    const verdict = new Verdict()
    const names = Array.from({ length: profile.notebooks }, (_, index) => `n${index}`)
    const notebooks = await Promise.all(names.map((name) => StoreNotebook.open(name, profile, verdict)))
    return new StoreWorld(options, verdict, notebooks)
  }

  notebookAt(pick: number): StoreNotebook {
    return this.notebooks[pick % this.notebooks.length] as StoreNotebook
  }

  agentAt(pick: number): RegistryAgent | undefined {
    const agents = this.registry.getAgents()
    return agents[pick % Math.max(1, agents.length)]
  }

  /** Asks for an agent; whether it comes up is decided later. */
  ask(notebook: StoreNotebook): void {
    const { settings } = this.profile
    const asked = this.registry.getOrCreateAgent(notebook.id, 'chaos', { store: notebook.store, settings })
    asked.catch(() => undefined)
    for (const agent of this.registry.getAgents()) this.#watch(agent)
  }

  /** Asks for an agent with the store of another notebook. */
  async askWrongly(notebook: StoreNotebook, other: StoreNotebook): Promise<void> {
    if (notebook === other) return
    const code = await this.registry.getOrCreateAgent(notebook.id, 'chaos', { store: other.store }).then(
      () => 'no error',
      (error: unknown) => (RegistryError.is(error) ? error.code : String(error)),
    )
    const what = () => `${notebook.id}: the store of ${other.id} leads to ${code}`
    this.verdict.require('ownStore', code === 'WRONG_STORE', what)
  }

  async pass(delayMs: number): Promise<void> {
    const untilMs = this.clock.now() + delayMs
    while (this.clock.runNext(untilMs)) await settled()
  }

  /** Resolves when all stores have written everything and nothing goes on by itself. */
  async untilQuiet(): Promise<void> {
    for (let turn = 0; turn < quietTurns; turn++) {
      for (const notebook of this.notebooks) await notebook.untilQuiet()
      await settled()
    }
  }

  check(): void {
    for (const notebook of this.notebooks) notebook.check()
    for (const [agent, watch] of this.#watches) {
      watch.checkWayOut()
      const notebook = this.notebooks.find(({ id }) => id === agent.config.notebookId)
      watch.checkCancellation((id) => notebook?.rows().find((row) => row.id === id)?.status)
    }
    for (const agent of this.registry.getAgents()) this.#watch(agent)
  }

  async checkReplay(): Promise<void> {
    for (const notebook of this.notebooks) await notebook.checkReplay()
  }

  /** The process dies, and another one opens the same notebooks. */
  async renewProcess(): Promise<void> {
    for (const watch of this.#watches.values()) watch.stop()
    this.registry.actorRef.stop()
    await Promise.all(this.notebooks.map((notebook) => notebook.reopen()))
    this.begin()
  }

  /** A new registry, in a process of its own. */
  begin(): void {
    this.operations = new Operations()
    this.clock = new ChaosClock(this.clock.now())
    this.runtimes = []
    this.#watches = new Map()
    this.registry = this.#createRegistry()
  }

  async close(): Promise<void> {
    this.registry.actorRef.stop()
    await Promise.all(this.notebooks.map((notebook) => notebook.close().catch(() => undefined)))
  }

  #watch(agent: RegistryAgent): void {
    if (this.#watches.has(agent)) return
    const watch = new AgentWatch(agent.config.notebookId, agent.actorRef, this.verdict, () => undefined)
    agent.actorRef.on('*', (fact: AgentFact) => watch.hear(fact))
    this.#watches.set(agent, watch)
  }

  #createRegistry(): RuntimeAgentRegistry {
    const { coverage, injection, profile } = this.#options
    const registry = new RuntimeAgentRegistry({
      clock: this.clock,
      inspect: coverage.inspect,
      ...(injection?.agentMachine && { machines: { agentMachine: injection.agentMachine } }),
    })
    registry.registerRuntimeType({
      type: 'chaos',
      displayName: 'Chaos',
      description: 'Does what the test says',
      icon: '',
      capabilities,
      priority: 1,
      isAvailable: true,
      executionHandler: defineExecutionHandler({
        name: 'chaos',
        capabilities,
        repeatable: profile.isRepeatable,
        create: (options) => this.#createRuntime(options),
      }),
    })
    return registry
  }

  #createRuntime(options: ConstructorParameters<typeof FakeRuntime>[0]): FakeRuntime {
    const { operations } = this
    const notebook = this.notebooks.find(({ id }) => id === options.notebookId) as StoreNotebook
    const handlerStarted: ConstructorParameters<typeof FakeRuntime>[1]['handlerStarted'] = (context) =>
      notebook.ledger.begin(context)
    const runtime = new FakeRuntime(options, { operations, handlerStarted })
    this.runtimes.push(runtime)
    return runtime
  }
}
