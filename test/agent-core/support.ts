import { makeAdapter } from '@livestore/adapter-node'
import { LogLevel as StoreLogLevel } from 'effect'
import {
  createStorePromise,
  logger,
  type ExecutionHandler,
  type IArtifactClient,
  type RuntimeAgentEventHandlers,
  type RuntimeAgentOptions,
  type RuntimeCapabilities,
} from '@runtimed/agent-core'
import {
  events,
  tables,
  type CellType,
  type ExecutionQueueData,
  type OutputData,
  type RuntimeSessionData,
  type Store,
} from '@runtimed/schema'
import { onTestFinished } from 'vitest'
import { readExecutionEnd, RuntimeAgent, RuntimeConfig } from '../../src/index.js'

/** Tests that look at the log switch the console on again. */
logger.configure({ console: false })

export const codeOnly: RuntimeCapabilities = {
  canExecuteCode: true,
  canExecuteSql: false,
  canExecuteAi: false,
}

/** A store of its own in memory, closed when the test is over. */
export async function openStore(): Promise<Store> {
  const store = await createStorePromise({
    adapter: makeAdapter({ storage: { type: 'in-memory' }, clientId: `test-${crypto.randomUUID()}` }),
    notebookId: `notebook-${crypto.randomUUID()}`,
    syncPayload: { authToken: 'token' },
    disableDevtools: true,
    logLevel: StoreLogLevel.None,
  })
  onTestFinished(() => store.shutdownPromise().catch(() => {}))
  return store
}

/** An artifact service that must not be called. */
export const noArtifacts: IArtifactClient = {
  submitContent: () => Promise.reject(new Error('this test uploads nothing')),
  getArtifactUrl: () => 'http://127.0.0.1/none',
}

export function configFor(store: Store, options: Partial<RuntimeAgentOptions> = {}): RuntimeConfig {
  return new RuntimeConfig({
    runtimeId: 'tester',
    runtimeType: 'test',
    capabilities: codeOnly,
    syncUrl: 'ws://localhost:8787',
    authToken: 'token',
    notebookId: store.storeId,
    userId: 'ada',
    artifactClient: noArtifacts,
    store,
    ...options,
  })
}

export interface TestAgent {
  handler?: ExecutionHandler
  handlers?: RuntimeAgentEventHandlers
  options?: Partial<RuntimeAgentOptions>
  capabilities?: RuntimeCapabilities
}

/** An agent that is not started yet; it is shut down when the test is over. */
export function createAgent(store: Store, setup: TestAgent = {}): RuntimeAgent {
  const agent = new RuntimeAgent(
    configFor(store, setup.options),
    setup.capabilities ?? codeOnly,
    setup.handlers ?? {},
  )
  agent.onExecution(setup.handler ?? (async () => ({ success: true })))
  onTestFinished(() => agent.shutdown())
  return agent
}

export async function startAgent(store: Store, setup: TestAgent = {}): Promise<RuntimeAgent> {
  const agent = createAgent(store, setup)
  await agent.start()
  return agent
}

export function addCell(store: Store, id: string, source = '', cellType: CellType = 'code'): void {
  store.commit(
    events.cellCreated2({ id, fractionalIndex: `a${id.length}${id.at(-1)}1`, cellType, createdBy: 'ada' }),
    events.cellSourceChanged({ id, source, modifiedBy: 'ada' }),
  )
}

export function request(store: Store, queueId: string, cellId: string, executionCount = 1): void {
  store.commit(events.executionRequested({ queueId, cellId, executionCount, requestedBy: 'ada' }))
}

export function cancel(store: Store, queueId: string, cellId: string, reason = 'stop button'): void {
  store.commit(events.executionCancelled({ queueId, cellId, cancelledBy: 'ada', reason }))
}

export function queueRow(store: Store, id: string): ExecutionQueueData {
  const row = store.query(tables.executionQueue.where({ id }).first())
  if (row === undefined) throw new Error(`no queue row ${id}`)
  return row
}

/** Why it ended as it did. */
export const reasonOf = (store: Store, id: string) => readExecutionEnd(store, id)?.reason

export function outputsOf(store: Store, cellId: string): readonly OutputData[] {
  return store.query(tables.outputs.where({ cellId }).orderBy('position', 'asc'))
}

export function sessionRow(store: Store, sessionId: string): RuntimeSessionData {
  const row = store.query(tables.runtimeSessions.where({ sessionId }).first())
  if (row === undefined) throw new Error(`no session ${sessionId}`)
  return row
}

/** Resolves when the condition holds; looks after every turn of the event loop. */
export async function until(
  condition: () => boolean,
  what = 'the condition',
  timeoutMs = 20_000,
): Promise<void> {
  const deadline = Date.now() + timeoutMs
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`${what} did not hold within ${timeoutMs} ms`)
    await new Promise((resolve) => setImmediate(resolve))
  }
}

export function untilStatus(
  store: Store,
  queueId: string,
  status: ExecutionQueueData['status'],
): Promise<void> {
  return until(() => queueRow(store, queueId).status === status, `${queueId} ${status}`)
}

export interface Gate {
  opened: Promise<void>
  open(): void
}

/** A promise that the test resolves when it wants to. */
export function createGate(): Gate {
  let open = () => {}
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { opened, open }
}

interface LoggedEvent {
  name: string
  args: Record<string, unknown>
}

/** The names of what other clients read; the record of transitions is the agent's own. */
export const namesOf = (list: readonly LoggedEvent[]) =>
  list.map(({ name }) => name).filter((name) => name !== 'v1.AgentTransitionsRecorded')

/** Records what is committed from now on, in order. */
export function recordCommits(store: Store): {
  events: LoggedEvent[]
  commits: LoggedEvent[][]
  names(): string[]
} {
  const recorded: LoggedEvent[] = []
  const commits: LoggedEvent[][] = []
  const commit = store.commit.bind(store) as (...list: never[]) => void
  store.commit = ((...list: never[]) => {
    recorded.push(...(list as LoggedEvent[]))
    commits.push(list as LoggedEvent[])
    commit(...list)
  }) as Store['commit']
  return { events: recorded, commits, names: () => namesOf(recorded) }
}
