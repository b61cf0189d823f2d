import type { ExecutionHandler } from '@runtimed/agent-core'
import {
  events,
  generateFractionalIndices,
  queryDb,
  tables,
  type CellType,
  type Store,
} from '@runtimed/schema'
import { SimulatedClock } from 'xstate'
import type { AgentSettings } from '../../machines/index.js'
import { RegistryError } from '../errors.js'
import type { DefinedExecutionHandler } from '../execution/handler.js'
import { closeNotebookStore } from '../livestore/close-notebook-store.js'
import { committerFor } from '../livestore/committer.js'
import type { NotebookEvent } from '../livestore/fact-to-events.js'
import { decodeEnd } from '../livestore/stored-end.js'
import { openNotebookStore } from '../livestore/open-notebook-store.js'
import type { RegistryAgent } from '../registry/registry-agent.js'
import { RuntimeAgentRegistry } from '../registry/runtime-agent-registry.js'
import type { RuntimeAgentRegistryConfig } from '../registry/runtime-types.js'

/** A runtime type of a test: its handler, and settings of its agents. */
export interface TestRuntimeType {
  readonly handler: ExecutionHandler | DefinedExecutionHandler
  readonly settings?: Partial<AgentSettings>
}

/** Options of {@link testRegistry}. */
export interface TestRegistryOptions extends Omit<RuntimeAgentRegistryConfig, 'clock'> {
  /** By the name of the type. */
  readonly types: Readonly<Record<string, TestRuntimeType>>
}

/** An execution as its row says. */
export interface TestExecution {
  readonly executionId: string
  readonly cellId: string
  readonly status: 'pending' | 'assigned' | 'executing' | 'completed' | 'failed' | 'cancelled'
  /** Why it failed or was cancelled; null when it did not. */
  readonly reason: string | null
}

/** A notebook in memory, and its agent. */
export interface TestNotebook {
  readonly store: Store
  /** Ids of its cells, in order. */
  readonly cells: readonly string[]
  /** Resolves with the agent when it is up; rejects when it does not come up. Default: the first type. */
  start(type?: string): Promise<RegistryAgent>
  /** Asks for a run of a cell, by its index; resolves with the execution's id when that is recorded. */
  request(cell: number): Promise<string>
  /** Writes the same request again, as a client that was not sure. */
  requestAgain(executionId: string): Promise<void>
  /** Asks for a run of a cell, and resolves with its end. */
  run(cell: number): Promise<TestExecution>
  /** Resolves when the execution has ended. */
  ended(executionId: string): Promise<TestExecution>
  /** All executions, in request order. */
  executions(): readonly TestExecution[]
  /** All text that the cell has put out, streams and results. */
  text(cell: number): string
}

/** A registry of a test. */
export interface TestRegistry {
  readonly registry: RuntimeAgentRegistry
  /** The clock of all machines: nothing times out, backs off or is culled until a test moves it with `increment(ms)`. */
  readonly clock: SimulatedClock
  /** Opens a notebook in memory with code cells of these sources. */
  openNotebook(sources: readonly string[], cellType?: CellType): Promise<TestNotebook>
  /** Stops all agents and closes all notebooks. */
  close(): Promise<void>
}

const capabilities = { canExecuteCode: true, canExecuteSql: true, canExecuteAi: true }

/**
 * A registry for tests: the real one, with real stores in memory and a clock that stands still. Throws `INVALID_OPTION` when there
 * is no runtime type.
 *
 * ```ts
 * const tested = testRegistry({ types: { mine: { handler: myHandler } } })
 * const notebook = await tested.openNotebook(['first cell', 'second cell'])
 * await notebook.start()
 * expect(await notebook.run(0)).toMatchObject({ status: 'completed' })
 * await tested.close()
 * ```
 */
export function testRegistry(options: TestRegistryOptions): TestRegistry {
  const { types, ...config } = options
  const [firstType] = Object.keys(types)
  if (firstType === undefined) {
    throw new RegistryError(
      'INVALID_OPTION',
      'types is empty; a registry for tests needs one runtime type at least.',
    )
  }
  const clock = new SimulatedClock()
  const registry = new RuntimeAgentRegistry({ ...config, clock })
  for (const [type, { handler, settings = {} }] of Object.entries(types)) {
    registry.registerRuntimeType({
      type,
      displayName: type,
      description: `The runtime type ${type} of a test`,
      icon: '',
      capabilities,
      priority: 1,
      isAvailable: true,
      settings,
      executionHandler: handler,
    })
  }
  const stores: Store[] = []
  return {
    registry,
    clock,
    openNotebook: async (sources, cellType = 'code') => {
      const store = await openNotebookStore({ notebookId: `test-${crypto.randomUUID()}`, storage: 'memory' })
      stores.push(store)
      const cells = sources.map((_, index) => `cell-${index}`)
      await record(store, cellsOf(sources, cells, cellType))
      return createTestNotebook(registry, store, cells, firstType)
    },
    close: async () => {
      await registry.close()
      await Promise.all(stores.map((store) => closeNotebookStore(store)))
    },
  }
}

const cellsOf = (sources: readonly string[], ids: readonly string[], cellType: CellType): NotebookEvent[] =>
  generateFractionalIndices(null, null, sources.length).flatMap((fractionalIndex, index) => [
    events.cellCreated2({ id: ids[index] ?? '', fractionalIndex, cellType, createdBy: 'test' }),
    events.cellSourceChanged({ id: ids[index] ?? '', source: sources[index] ?? '', modifiedBy: 'test' }),
  ])

function createTestNotebook(
  registry: RuntimeAgentRegistry,
  store: Store,
  cells: readonly string[],
  firstType: string,
): TestNotebook {
  const executions = () => store.query(allExecutions).map(toExecution)
  const requestOf = (executionId: string, cellId: string) =>
    events.executionRequested({ queueId: executionId, cellId, executionCount: 1, requestedBy: 'test' })
  const request = async (cell: number) => {
    const executionId = crypto.randomUUID()
    await record(store, [requestOf(executionId, requireCell(cells, cell))])
    return executionId
  }
  const ended = (executionId: string) =>
    new Promise<TestExecution>((resolve) => {
      let unsubscribe: (() => void) | undefined
      const look = () => {
        const execution = executions().find((one) => one.executionId === executionId)
        if (!execution || !finalStates.includes(execution.status)) return
        unsubscribe?.()
        resolve(execution)
      }
      unsubscribe = store.subscribe(allExecutions, () => queueMicrotask(look))
    })
  return {
    store,
    cells,
    executions,
    request,
    ended,
    start: (type = firstType) => registry.getOrCreateAgent(store.storeId, type, { store }),
    run: async (cell) => ended(await request(cell)),
    requestAgain: async (executionId) => {
      const cellId = executions().find((one) => one.executionId === executionId)?.cellId ?? ''
      await record(store, [requestOf(executionId, cellId)])
    },
    text: (cell) => textOf(store, requireCell(cells, cell)),
  }
}

const finalStates: readonly string[] = ['completed', 'failed', 'cancelled']

const allExecutions = queryDb(tables.executionQueue.orderBy('requestSeq', 'asc'), {
  label: 'testing.executions',
})

const toExecution = (row: {
  readonly id: string
  readonly cellId: string
  readonly status: TestExecution['status']
  readonly error: string | null
  readonly cancelReason: string | null
}): TestExecution => ({
  executionId: row.id,
  cellId: row.cellId,
  status: row.status,
  reason: decodeEnd(row)?.reason ?? null,
})

async function record(store: Store, written: readonly NotebookEvent[]): Promise<void> {
  if (written.length === 0) return
  const { durable, confirmed } = committerFor(store).submit(written)
  confirmed.catch(() => undefined)
  await durable
}

function requireCell(cells: readonly string[], index: number): string {
  const cell = cells[index]
  if (cell !== undefined) return cell
  throw new RegistryError('INVALID_OPTION', `There is no cell ${index}; the notebook has ${cells.length}.`)
}

function textOf(store: Store, cellId: string): string {
  const outputs = store.query(tables.outputs.where({ cellId }).orderBy('position', 'asc'))
  return outputs
    .map(({ id, data }) => {
      const deltas = store.query(tables.outputDeltas.where({ outputId: id }).orderBy('sequenceNumber', 'asc'))
      return (data ?? '') + deltas.map(({ delta }) => delta).join('')
    })
    .join('')
}
