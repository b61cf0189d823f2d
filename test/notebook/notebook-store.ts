import { randomUUID } from 'node:crypto'
import { makeAdapter } from '@livestore/adapter-node'
import { createStorePromise } from '@livestore/livestore'
import { events, schema, type Store } from '@runtimed/schema'
import { LogLevel } from 'effect'
import type { NotebookOutput, StoreEvent } from '../../src/notebook/index.js'
import { onTestFinished } from 'vitest'

/** A notebook's store in memory, shut down when the test is over. */
export async function openMemoryStore(): Promise<Store> {
  const store = await createStorePromise({
    schema,
    adapter: makeAdapter({ storage: { type: 'in-memory' }, clientId: randomUUID() }),
    storeId: `notebook-${randomUUID()}`,
    disableDevtools: true,
    logLevel: LogLevel.None,
  })
  onTestFinished(() => store.shutdownPromise())
  return store
}

/** How one execution of a cell goes. */
export interface Execution {
  readonly cellId: string
  readonly executionCount?: number
  readonly outputs?: readonly OutputEvent[]
  readonly status?: 'success' | 'error' | 'cancelled'
}

type OutputEvent = (cellId: string, position: number) => StoreEvent

/** Runs a cell in a store: clears its outputs, requests, assigns, starts, adds outputs and completes. */
export function execute(
  store: Store,
  { cellId, executionCount = 1, outputs = [], status = 'success' }: Execution,
): void {
  const queueId = `exec-${randomUUID()}`
  const runtimeSessionId = 'session'
  store.commit(
    events.cellOutputsCleared({ cellId, wait: false, clearedBy: 'user' }),
    events.executionRequested({ queueId, cellId, executionCount, requestedBy: 'user' }),
    events.executionAssigned({ queueId, runtimeSessionId }),
    events.executionStarted({ queueId, cellId, runtimeSessionId, startedAt: new Date(0) }),
    ...outputs.map((output, position) => output(cellId, position)),
    events.executionCompleted({ queueId, cellId, status, completedAt: new Date(1), executionDurationMs: 1 }),
  )
}

/** Text on a stream. */
export function stream(streamName: 'stdout' | 'stderr', text: string): OutputEvent {
  return (cellId, position) =>
    events.terminalOutputAdded({
      id: `${cellId}-${position}-${randomUUID()}`,
      cellId,
      position,
      streamName,
      content: { type: 'inline', data: text },
    })
}

/** A result with one value for each MIME type. */
export function result(executionCount: number, data: Record<string, unknown>): OutputEvent {
  return (cellId, position) =>
    events.multimediaResultOutputAdded({
      id: randomUUID(),
      cellId,
      position,
      executionCount,
      representations: inline(data),
    })
}

/** Containers for the values of a bundle. */
export function inline(data: Record<string, unknown>): Record<string, { type: 'inline'; data: unknown }> {
  return Object.fromEntries(
    Object.entries(data).map(([mimeType, value]) => [mimeType, { type: 'inline', data: value }]),
  )
}

/** The outputs of the cells of a file, for comparing files. */
export function outputsOf(text: string): (NotebookOutput[] | undefined)[] {
  const { cells } = JSON.parse(text) as { cells: { outputs?: NotebookOutput[] }[] }
  return cells.map((cell) => cell.outputs)
}
