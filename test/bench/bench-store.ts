import type { NotebookEvent } from '../../src/livestore/fact-to-events.js'
import { events, type Store } from '@runtimed/schema'
import {
  closeNotebookStore,
  defineExecutionHandler,
  openNotebookStore,
  RuntimeAgentRegistry,
  type RuntimeAgentRegistryConfig,
} from '../../src/index.js'

/** One event of the notebook's schema. */
export type BenchEvent = NotebookEvent

const capabilities = { canExecuteCode: true, canExecuteSql: false, canExecuteAi: false }

/** A store in memory with one cell, `c0`. */
export async function openBenchStore(notebookId: string): Promise<Store> {
  const store = await openNotebookStore({ notebookId, storage: 'memory' })
  store.commit(events.cellCreated2({ id: 'c0', fractionalIndex: 'm', cellType: 'code', createdBy: 'bench' }))
  await untilDurable(store)
  return store
}

export const closeBenchStore = (store: Store) => closeNotebookStore(store, { timeoutMs: 60_000 })

export const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve))

export async function untilDurable(store: Store): Promise<void> {
  while (store.syncStatus().pendingCount > 0) await nextTurn()
}

/** Commits ten events at a time, with a turn of the event loop between. */
export async function commitByTen(store: Store, batch: readonly BenchEvent[]): Promise<void> {
  for (let index = 0; index < batch.length; index += 10) {
    store.commit(...(batch.slice(index, index + 10) as [BenchEvent]))
    await nextTurn()
  }
}

export const request = (queueId: string): BenchEvent =>
  events.executionRequested({ queueId, cellId: 'c0', executionCount: 1, requestedBy: 'bench' })

/** A registry with one type, `noop`, whose handler calls `onExecute` and succeeds at once. */
export function noopRegistry(
  repeatable: boolean,
  onExecute: (executionId: string) => void,
  inspect?: RuntimeAgentRegistryConfig['inspect'],
): RuntimeAgentRegistry {
  const registry = new RuntimeAgentRegistry(inspect && { inspect })
  registry.registerRuntimeType({
    type: 'noop',
    displayName: 'No operation',
    description: 'Does nothing',
    icon: '',
    capabilities,
    priority: 1,
    isAvailable: true,
    executionHandler: defineExecutionHandler({
      name: 'noop',
      capabilities,
      repeatable,
      create: () => ({
        execute: (context) => {
          onExecute(context.queueEntry.id)
          return Promise.resolve({ success: true })
        },
        dispose: () => Promise.resolve(),
      }),
    }),
  })
  return registry
}
