import type { Store } from '@runtimed/schema'
import type { Failure } from '../../../machines/index.js'
import type { DefinedExecutionHandler } from '../../execution/handler.js'
import {
  NotebookWriter,
  type RegistryAgent,
  type RuntimeAgentRegistry,
  type StoreFailure,
} from '../../index.js'
import type { RunInspection } from '../inspect/run-inspection.js'
import { AgentWatch } from './agent-watch.js'
import { createRunRegistry } from './registry.js'
import type { RunEvent } from './run-event.js'
import { RunFollower } from './run-follower.js'
import type { PlannedCell } from './run-plan.js'
import { cancelCells, runUser } from './run-requests.js'
import type { RuntimeName } from './runtimes.js'

/** What `runCells` works with. */
export interface RunCellsOptions {
  readonly store: Store
  readonly cells: readonly PlannedCell[]
  readonly runtime: RuntimeName
  /** Milliseconds one cell may take; 0 for no limit. */
  readonly timeoutMs: number
  /** Bytes of one stream of a cell, and of each other output, that are kept; `Infinity` for all. */
  readonly outputLimit: number
  readonly allowErrors: boolean
  /** Runs the cells when the runtime is Python. */
  readonly python: DefinedExecutionHandler
  /** Sees all machines of the run. */
  readonly inspect?: RunInspection['inspect'] | undefined
  /** Aborted when the user wants the run to end. */
  readonly signal: AbortSignal
  tell(event: RunEvent): void
}

/** What went wrong beyond the cells; both are absent when nothing did. */
export interface CellsEnd {
  readonly runtimeFailure?: Failure | undefined
  readonly storeFailure?: StoreFailure | undefined
}

/** Milliseconds that stopping may take before the run ends without it: the agent's own limit, and a little more. */
const stopLimitMs = 35_000
/** The same when the store has failed, and nothing can be recorded any more. */
const stopLimitOfDeadStoreMs = 6_000

/** Runs cells that were requested in the store, until all of them have ended or the store has failed. */
export async function runCells(options: RunCellsOptions): Promise<CellsEnd> {
  const { store, signal, tell } = options
  const follower = new RunFollower(store, options.cells, tell)
  const watch = new AgentWatch(tell, follower)
  const registry = createRunRegistry(options.python, options.inspect)
  const failing = storeFailureOf(store)
  const agent = signal.aborted ? undefined : await createAgent(registry, options)
  if (agent) {
    watch.attach(agent)
    agent.start().catch(() => undefined)
  }
  const interrupt = (): void => void interruptRun(agent, options).catch(() => undefined)
  signal.addEventListener('abort', interrupt)
  if (signal.aborted) interrupt()
  const storeFailure = await Promise.race([follower.finished, failing])
  signal.removeEventListener('abort', interrupt)
  await within(storeFailure ? stopLimitOfDeadStoreMs : stopLimitMs, registry.close())
  follower.close()
  return { runtimeFailure: watch.failure, storeFailure: storeFailure ?? undefined }
}

const createAgent = (
  registry: RuntimeAgentRegistry,
  { store, runtime, timeoutMs, outputLimit, allowErrors }: RunCellsOptions,
): Promise<RegistryAgent> =>
  registry.createAgent(store.storeId, runtime, {
    store,
    userId: runUser,
    imageArtifactThresholdBytes: Number.MAX_SAFE_INTEGER,
    outputLimits: { streamBytes: outputLimit, outputBytes: outputLimit, outputsPerSecond: Infinity },
    settings: {
      errorPolicy: allowErrors ? 'continue' : 'stop',
      executionTimeoutMs: timeoutMs,
      restart: allowErrors ? 'transient' : 'temporary',
    },
  })

/** Takes away what waits, then stops the running cell, then ends whatever is still open. */
async function interruptRun(agent: RegistryAgent | undefined, options: RunCellsOptions): Promise<void> {
  const { store, cells, tell } = options
  tell({ event: 'run.interrupting' })
  await cancelCells(store, cells, 'waiting')
  if (agent?.getSnapshot().matches('executing')) {
    agent.interrupt('Interrupted by the user.')
    await untilNotExecuting(agent)
  }
  await cancelCells(store, cells, 'open')
}

function untilNotExecuting(agent: RegistryAgent): Promise<void> {
  return new Promise((resolve) => {
    const subscription = agent.subscribe({
      next: (snapshot) => {
        if (snapshot.matches('executing')) return
        subscription.unsubscribe()
        resolve()
      },
      error: () => resolve(),
      complete: () => resolve(),
    })
    if (!agent.getSnapshot().matches('executing')) resolve()
  })
}

function storeFailureOf(store: Store): Promise<StoreFailure> {
  return new Promise((resolve) => new NotebookWriter(store, runUser).onFailure(resolve))
}

/** Waits for the promise, but no longer than this. Rejects only as the promise does. */
export async function within(milliseconds: number, promise: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const limit = new Promise((resolve) => (timer = setTimeout(resolve, milliseconds)))
  await Promise.race([promise, limit]).finally(() => clearTimeout(timer))
}
