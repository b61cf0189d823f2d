import type { OutputData, Store } from '@runtimed/schema'
import type { AgentFact } from '../../machines/index.js'
import {
  closeNotebookStore,
  openNotebookStore,
  type RegistryAgent,
  type RuntimeAgentRegistry,
} from '../../src/index.js'
import { waitUntil } from '../support/wait-for.js'
import { createFaultRegistry, faultType, type FaultRegistryOptions } from './fault-registry.js'
import { cellsOf, isTerminal, outputsOf, requestOf, rowOf, write } from './notebook.js'
import { withTemporaryDirectory } from './temporary-directory.js'

/** A notebook in files, its agent, and what the agent said. */
export interface LiveNotebook {
  readonly store: Store
  readonly registry: RuntimeAgentRegistry
  readonly agent: RegistryAgent
  readonly facts: readonly AgentFact[]
  /** Asks for a cell; resolves with the execution's id when the request is durable. */
  request(cellId: string): Promise<string>
  /** Resolves with the row when the execution has ended. */
  ended(executionId: string): Promise<NonNullable<ReturnType<typeof rowOf>>>
  /** Runs a cell to its end and returns its text. */
  run(cellId: string): Promise<string>
  /** All text that a cell shows, in the order of its outputs. */
  text(cellId: string): string
}

/** Opens a notebook in a new directory, starts its agent, and takes all of it down after `work`. */
export function withLiveNotebook<Result>(
  sources: readonly string[],
  options: FaultRegistryOptions,
  work: (notebook: LiveNotebook) => Promise<Result>,
): Promise<Result> {
  return withTemporaryDirectory(async (directory) => {
    const store = await openNotebookStore({ notebookId: 'live', storage: { directory } })
    await write(store, cellsOf(sources))
    const registry = createFaultRegistry(options)
    try {
      const agent = await registry.getOrCreateAgent('live', faultType, { store })
      return await work(liveNotebook(store, registry, agent))
    } finally {
      await registry.close()
      await closeNotebookStore(store).catch(() => undefined)
    }
  })
}

function liveNotebook(store: Store, registry: RuntimeAgentRegistry, agent: RegistryAgent): LiveNotebook {
  const facts: AgentFact[] = []
  agent.actorRef.on('*', (fact) => facts.push(fact))
  let requested = 0
  const request = async (cellId: string) => {
    const executionId = `q${requested++}`
    await write(store, [requestOf(executionId, cellId)])
    return executionId
  }
  const ended = (executionId: string) =>
    waitUntil(
      `${executionId} to end`,
      () => {
        const row = rowOf(store, executionId)
        return row && isTerminal(row) ? row : undefined
      },
      60_000,
    )
  const text = (cellId: string) => outputsOf(store, cellId).map(textOf).join('')
  return {
    store,
    registry,
    agent,
    facts,
    request,
    ended,
    text,
    run: async (cellId) => {
      await ended(await request(cellId))
      return text(cellId)
    },
  }
}

const textOf = ({ data }: OutputData) => (typeof data === 'string' ? data : JSON.stringify(data))
