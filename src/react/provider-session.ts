import type { Store } from '@runtimed/schema'
import type { RuntimeAgentRegistry } from '../registry/runtime-agent-registry.js'
import { AgentControl } from './agent-control.js'
import { ExecutionBoard } from './execution-board.js'
import { FactoryGate } from './factory-gate.js'
import { StartAttempts } from './start-attempts.js'

/** What belongs to one mounted provider and outlives its renders. Holds no resources: a session that is dropped is just garbage. */
export class ProviderSession {
  readonly gate = new FactoryGate()
  readonly #startsByNotebook = new Map<string, StartAttempts>()
  readonly #boardsByStore = new WeakMap<Store, WeakMap<AgentControl, ExecutionBoard>>()
  readonly #controlsByRegistry = new WeakMap<object, Map<string, AgentControl>>()

  /** The control of a notebook's agent: one for all components of the provider, so that they see the same. */
  control(registry: RuntimeAgentRegistry | null, notebookId: string): AgentControl {
    const controls = this.#controlsOf(registry)
    const known = controls.get(notebookId)
    if (known) return known
    const starts = this.#startsOf(notebookId)
    const control = new AgentControl({ registry, notebookId, gate: this.gate, starts })
    controls.set(notebookId, control)
    return control
  }

  /** The board of a store's notebook: one for all components of the provider. */
  board(store: Store, registry: RuntimeAgentRegistry | null): ExecutionBoard {
    const boards = this.#boardsByStore.get(store) ?? new WeakMap<AgentControl, ExecutionBoard>()
    this.#boardsByStore.set(store, boards)
    const control = this.control(registry, store.storeId)
    const board = boards.get(control) ?? new ExecutionBoard(store, control.source)
    boards.set(control, board)
    return board
  }

  #controlsOf(registry: RuntimeAgentRegistry | null): Map<string, AgentControl> {
    const key = registry ?? withoutRegistry
    const controls = this.#controlsByRegistry.get(key) ?? new Map<string, AgentControl>()
    this.#controlsByRegistry.set(key, controls)
    return controls
  }

  #startsOf(notebookId: string): StartAttempts {
    const starts = this.#startsByNotebook.get(notebookId) ?? new StartAttempts()
    this.#startsByNotebook.set(notebookId, starts)
    return starts
  }
}

const withoutRegistry = {}
