import { logger } from '@runtimed/agent-core'
import { tables, type Store } from '@runtimed/schema'
import { SimulatedClock, type AnyActorRef, type InspectionEvent } from 'xstate'
import { defaultAgentSettings } from '../../machines/index.js'
import { defineExecutionHandler } from '../../src/execution/handler.js'
import { closeNotebookStore } from '../../src/livestore/open-notebook-store.js'
import type { RegistryMachines } from '../../src/registry/runtime-types.js'
import type { RegistryAgent } from '../../src/registry/registry-agent.js'
import { RuntimeAgentRegistry } from '../../src/registry/runtime-agent-registry.js'
import { takenTransitions } from '../../src/testing/transitions.js'
import { breakMachine } from '../support/break-machine.js'
import { openTestNotebook } from '../support/notebooks.js'
import { capabilities, deferred } from './controlled-runtime.js'
import type { RegistryModelSnapshot } from './registry-check.js'
import type { NotebookState, RegistryModelEvent, RegistryModelInput } from './registry.model.js'
import type { Subject } from './walk-path.js'

logger.configure({ console: false })

/** What can be seen of a registry from outside, as the model sees it. */
interface Observation {
  readonly state: string
  readonly agentCount: number
  readonly waiting: number
  readonly crashes: number
  /** It has told that all agents are gone. */
  readonly isDrained: boolean
  readonly notebooks: readonly NotebookState[]
  /** The sessions of each notebook that are open in its store; undefined while they end. */
  readonly sessions: readonly (number | undefined)[]
}

interface Notebook {
  readonly store: Store
  agent?: RegistryAgent
  isRefused?: boolean
  isEnded?: boolean
}

/** A real registry, with real stores in memory; the test holds the runtimes while the registry drains. */
export class RegistryUnderTest implements Subject {
  readonly echoes: readonly string[] = []
  readonly #registry: RuntimeAgentRegistry
  readonly #held = deferred<void>()
  readonly #notebooks: Notebook[] = []
  readonly #crashed = new Set<string>()
  #holds = false
  #late = 0
  #isDrained = false
  #taken: string[] = []

  constructor({ policy, room }: RegistryModelInput, machines: Partial<RegistryMachines> = {}) {
    this.#registry = new RuntimeAgentRegistry({
      clock: new SimulatedClock(),
      maxConcurrentAgents: room,
      limitPolicy: policy,
      inspect: (event) => this.#inspect(event),
      machines,
    })
    this.#registry.actorRef.on('agent.gone', ({ agentId, failure }) => {
      if (failure) this.#crashed.add(agentId)
    })
    this.#registry.actorRef.on('registry.drained', () => (this.#isDrained = true))
    this.#registry.registerRuntimeType({
      type: 'quiet',
      displayName: 'Quiet',
      description: 'Is there, and goes when the test lets it',
      icon: '',
      capabilities,
      priority: 1,
      isAvailable: true,
      executionHandler: defineExecutionHandler({
        name: 'quiet',
        capabilities,
        create: () => ({
          execute: () => Promise.resolve({ success: true }),
          dispose: () => (this.#holds ? this.#held.promise : Promise.resolve()),
        }),
      }),
    })
  }

  get taken(): readonly string[] {
    return this.#taken
  }

  forgetTaken(): void {
    this.#taken = []
  }

  async perform(event: RegistryModelEvent): Promise<void> {
    switch (event.type) {
      case 'OPEN':
        return this.#openNext()
      case 'LATE_SPAWN':
        return this.#spawnLate()
      case 'SHUT_DOWN':
        void this.#last.shutdown()
        return
      case 'CRASH':
        return breakMachine(this.#last.actorRef)
      case 'DRAIN':
        this.#holds = true
        void this.#registry.close()
        return
      case 'ALL_GONE':
        return this.#held.resolve()
    }
  }

  observe({ context: model }: RegistryModelSnapshot): Observation {
    const { value, context } = this.#registry.actorRef.getSnapshot()
    const notebooks = this.#notebooks.map((notebook) => this.#stateOf(notebook))
    return {
      state: value,
      agentCount: context.agentCount,
      waiting: context.waiting.length,
      crashes: context.crashes,
      isDrained: this.#isDrained,
      notebooks: [...notebooks, ...Array.from({ length: this.#late }, () => 'refused' as const)],
      sessions: model.notebooks.map((state, index) =>
        state === 'ending' ? undefined : this.#openSessions(index),
      ),
    }
  }

  expected({ value, context }: RegistryModelSnapshot): Observation {
    const { notebooks } = context
    const count = (...states: NotebookState[]) => notebooks.filter((state) => states.includes(state)).length
    return {
      state: String(value),
      agentCount: count('up', 'ending'),
      waiting: count('waiting'),
      crashes: count('crashed'),
      isDrained: value === 'stopped',
      notebooks,
      sessions: notebooks.map((state) => (state === 'ending' ? undefined : state === 'up' ? 1 : 0)),
    }
  }

  async close(): Promise<void> {
    this.#held.resolve()
    await this.#registry.close()
    await this.#closeStores()
  }

  async abandon(): Promise<void> {
    this.#held.resolve()
    this.#registry.actorRef.stop()
    await this.#closeStores()
  }

  async #closeStores(): Promise<void> {
    await Promise.all(this.#notebooks.map(({ store }) => closeNotebookStore(store)))
  }

  async #openNext(): Promise<void> {
    const notebook: Notebook = { store: await openTestNotebook() }
    this.#notebooks.push(notebook)
    const { store } = notebook
    this.#registry.getOrCreateAgent(store.storeId, 'quiet', { store }).then(
      (agent) => {
        notebook.agent = agent
        agent.onShutdown(() => void (notebook.isEnded = true))
      },
      () => (notebook.isRefused = true),
    )
  }

  /** An agent that nobody starts: it needs no store. */
  #spawnLate(): void {
    const notebookId = `late-${this.#late}`
    const agentId = `agent:${notebookId}`
    const subscription = this.#registry.actorRef.on('agent.rejected', (fact) => {
      if (fact.agentId === agentId) this.#late++
    })
    const input = {
      agentId,
      notebookId,
      runtimeType: 'quiet',
      sessionId: notebookId,
      settings: defaultAgentSettings,
    }
    this.#registry.actorRef.send({ type: 'agent.spawn', input })
    subscription.unsubscribe()
  }

  get #last(): RegistryAgent {
    const up = this.#notebooks.filter((notebook) => this.#stateOf(notebook) === 'up')
    return up.at(-1)?.agent as RegistryAgent
  }

  #stateOf({ store, agent, isRefused, isEnded }: Notebook): NotebookState {
    if (this.#crashed.has(`agent:${store.storeId}`)) return 'crashed'
    if (isRefused) return 'refused'
    if (!agent) return 'waiting'
    if (isEnded) return 'gone'
    return agent.isShuttingDown ? 'ending' : 'up'
  }

  #openSessions(index: number): number {
    const store = this.#notebooks[index]?.store
    return store ? store.query(tables.runtimeSessions.select().where({ isActive: true })).length : 0
  }

  #inspect(event: InspectionEvent): void {
    if ((event.actorRef as AnyActorRef).id === 'registry') this.#taken.push(...takenTransitions(event))
  }
}
