import type {
  ExecutionHandler,
  OutputLimits,
  RuntimeAgentOptions,
  RuntimeCapabilities,
} from '@runtimed/agent-core'
import type { CellData } from '@runtimed/schema'
import type { InspectionEvent, Observer } from 'xstate'
import type {
  agentMachine,
  AgentSettings,
  CellOptions,
  executionMachine,
  LimitPolicy,
  registryMachine,
} from '../../machines/index.js'
import type { DefinedExecutionHandler } from '../execution/handler.js'
import type { TimerClock } from '../livestore/mirror.js'

/** Names of runtime types: the three that existing apps use, and any that an app registers. */
export type RuntimeType = 'html' | 'pyodide' | 'external' | (string & {})

/** A kind of runtime, as data: what it is called, what it can do, and the handler that does it. */
export interface RuntimeTypeConfig {
  /** Unique in a registry. */
  type: RuntimeType
  displayName: string
  description: string
  /** An emoji or the name of an icon; the registry only hands it on. */
  icon: string
  capabilities: RuntimeCapabilities
  /** Higher comes first in `getAvailableTypes()`. */
  priority: number
  /** False hides the type from `getAvailableTypes()` and refuses new agents of it. */
  isAvailable: boolean
  /** A plain function, or one made by `defineExecutionHandler()`, which also starts, probes, interrupts and disposes. */
  executionHandler: ExecutionHandler | DefinedExecutionHandler
  /** Time limits and policies of agents of this type; what is left out has the defaults of `AgentSettings`. */
  settings?: Partial<AgentSettings>
}

/** The machines that a registry is made of. */
export interface RegistryMachines {
  readonly registryMachine: typeof registryMachine
  readonly agentMachine: typeof agentMachine
  readonly executionMachine: typeof executionMachine
}

/** Options of a registry; all have defaults. */
export interface RuntimeAgentRegistryConfig {
  /** Agents at a time, those that are starting included. 0 or absent: no limit. */
  maxConcurrentAgents?: number
  /**
   * What happens to one agent more: `reject` (default) refuses it; `queue` makes `getOrCreateAgent` wait for room; `evictIdle`
   * stops the idle, unpinned agent that was used least recently, and refuses only when there is none.
   */
  limitPolicy?: LimitPolicy
  /** Used where no type is named. Default: the available type of the highest priority. */
  defaultRuntimeType?: RuntimeType
  /** Sync backend that agents are configured with when their options name none. Default: none. */
  syncUrl?: string
  /**
   * Where images, sound, video, PDF and archives of more than 6 KiB go. Default: the host of `syncUrl`; where neither is named they
   * stay in the notebook, and nothing leaves the machine.
   */
  artifactServiceUrl?: string
  /** Sees the registry, its agents and their executions: an XState inspection observer, such as `createBrowserInspector().inspect`. */
  inspect?: Observer<InspectionEvent> | ((event: InspectionEvent) => void)
  /**
   * Machines with guards, delays or actions of the app's own, such as `{ agentMachine: agentMachine.provide({ delays }) }`. Their actors
   * are the registry's: what is provided for those is replaced. Default: the machines of `runtime-agent-registry/machines`.
   */
  machines?: Partial<RegistryMachines>
  /** Replaces the timers of all machines and sessions; a test passes XState's `SimulatedClock`. */
  clock?: TimerClock
}

/** What `getOrCreateAgent` takes besides the notebook and the type. `store` is required for an agent's first call. */
export interface AgentOptions extends Partial<RuntimeAgentOptions> {
  settings?: Partial<AgentSettings>
  /**
   * Asked when a cell is about to run: its own time limit, and whether its failure ends the queue. What it leaves out is as the
   * cell's metadata says: the tag `raises-exception`, and `runtime_agent_registry.timeout_seconds`.
   */
  cellOptions?: (cell: CellData) => CellOptions | undefined
  /**
   * How much one execution may write: text of each stream (default 1 MB), each other output (8 MB), outputs in a second (1,000).
   * `Infinity` is no limit. Beyond it a note in the output says how much is missing.
   */
  outputLimits?: Partial<OutputLimits>
  /**
   * True when the app sees to it, by a lock for example, that no other process runs cells of this notebook. A handler that is
   * `repeatable` then need not wait until its claim is confirmed. Default: true for a store of `openNotebookStore` with files or in
   * memory, false for one that came from elsewhere.
   */
  soleRunner?: boolean
  /**
   * Whether the store has a sync backend. A cell runs once the backend has its claim, so that no other session runs it too; without a
   * backend it runs once the claim is in the store's own log. Default: found out for `openNotebookStore` and for stores whose leader
   * is in this thread; any other store counts as one without a backend when it was never connected 10 s after its first use.
   */
  hasBackend?: boolean
}
