import { events, schema } from '@runtimed/schema'
import { SimulatedClock } from 'xstate'
import {
  executionRefOf,
  type AgentFact,
  type ExecutionActorRef,
  type Failure,
  type FailureCode,
} from '../../machines/index.js'
import { createPythonExecutionHandler } from '../../src/handlers/python/handler.js'
import {
  closeNotebookStore,
  createExternalExecutionHandler,
  RegistryError,
  type HandlerStartOptions,
  type RegistryAgent,
} from '../../src/index.js'
import { committerFor } from '../../src/livestore/committer.js'
import { openNodeStore } from '../../src/livestore/node-store.js'
import { openNotebookStore } from '../../src/livestore/open-notebook-store.js'
import { decodeEnd } from '../../src/livestore/stored-end.js'
import { createSyncLog, type SyncLog } from '../../src/livestore/sync-log.js'
import { createOwnStore, distantBackend } from '../support/own-stores.js'
import { waitUntil } from '../support/wait-for.js'
import { createFaultRegistry, faultType, type FaultRegistryOptions } from './fault-registry.js'
import { withLiveNotebook, type LiveNotebook } from './live-notebook.js'
import { requestOf, rowOf, write } from './notebook.js'

/** What was read back of a failure, wherever a user would see it. */
export interface SeenFailure {
  readonly code: string
  readonly message: string
}

type Fault = () => Promise<SeenFailure>

const never = () => new Promise<never>(() => undefined)

/** The fault that produces each code. */
export const codeFaults: Readonly<Record<FailureCode, Fault>> = {
  startTimeout: () => failingStart({ instance: () => ({ start: never }), settings: { startTimeoutMs: 50 } }),
  startFailed: () =>
    failingStart({ instance: () => ({ start: () => Promise.reject(new Error('no port is free')) }) }),
  probeFailed: () =>
    failingStart({ instance: () => ({ probe: () => Promise.reject(new Error('1 + 1 gave 3')) }) }),
  assetLoadFailed: () =>
    failingStart({ handler: createPythonExecutionHandler({ pyodideModule: 'no-such-package' }) }),
  workerCrashed: () => crashWhileIdle('workerCrashed'),
  outOfMemory: () => crashWhileIdle('outOfMemory'),
  unknown: () => crashWhileIdle('unknown'),
  crashLoop: () =>
    failingStart({
      instance: () => ({ start: () => Promise.reject(new Error('again')) }),
      settings: { restart: 'transient', restartBudget: 1 },
    }),
  executionTimeout: () =>
    failingCell({ instance: () => ({ execute: untilAborted }), settings: { executionTimeoutMs: 50 } }),
  handlerError: () =>
    failingCell({ instance: () => ({ execute: () => Promise.reject(new Error('a bug in the handler')) }) }),
  forcedStop: interruptDeafHandler,
  displaced: displaceSession,
  sessionLost: loseSession,
  noRuntime: () => failingStart({ handler: createExternalExecutionHandler() }),
  notCapable: () => failingCell({}, (notebook) => changeType(notebook)),
  cellMissing: requestMissingCell,
  queueFull: overfillQueue,
  limitReached: exceedLimit,
  storeDied: killStore,
  storeStalled: stallStore,
  storeOffline: loseBackend,
  machineCrashed: breakExecution,
}

const untilAborted = ({ abortSignal }: { abortSignal: AbortSignal }) =>
  new Promise<{ success: false }>((resolve) =>
    abortSignal.addEventListener('abort', () => resolve({ success: false }), { once: true }),
  )

/** The failure that `getOrCreateAgent` rejects with. */
async function failingStart(options: FaultRegistryOptions): Promise<SeenFailure> {
  try {
    const settings = { restart: 'temporary' as const, ...options.settings }
    await withLiveNotebook([''], { ...options, settings }, () => Promise.resolve())
  } catch (error) {
    return failureIn(error)
  }
  throw new Error('The runtime started.')
}

function failureIn(error: unknown): SeenFailure {
  if (RegistryError.is(error)) return error.cause as Failure
  throw error
}

/** The failure that the agent shows while it restarts. */
function crashWhileIdle(code: string): Promise<SeenFailure> {
  let crash: HandlerStartOptions['onCrash'] = () => undefined
  const instance = ({ onCrash }: HandlerStartOptions) => {
    crash = onCrash
    return {}
  }
  return withLiveNotebook([''], { instance, settings: { restart: 'temporary' } }, (notebook) => {
    crash({ code, message: `The worker reported ${code}.` })
    return failedState(notebook)
  })
}

const failedState = ({ agent }: LiveNotebook) =>
  waitUntil('the agent to fail', () => {
    const snapshot = agent.getSnapshot()
    return snapshot.matches('failed') ? snapshot.context.failure : undefined
  })

/** The failure with which an execution ended; the row has its message. */
function failingCell(
  options: FaultRegistryOptions,
  prepare: (notebook: LiveNotebook) => Promise<void> = () => Promise.resolve(),
): Promise<SeenFailure> {
  return withLiveNotebook([''], options, async (notebook) => {
    await prepare(notebook)
    const row = await notebook.ended(await notebook.request('c0'))
    const failure = finishedFailure(notebook.facts)
    const reason = decodeEnd(row)?.reason
    if (reason !== failure.message) throw new Error(`The row says ${reason}.`)
    return failure
  })
}

function finishedFailure(facts: readonly AgentFact[]): Failure {
  for (const fact of facts) {
    if (fact.type === 'execution.finished' && fact.end.failure) return fact.end.failure
    if (fact.type === 'execution.refused') return fact.failure
  }
  throw new Error('No execution failed.')
}

/** A report that lacks what the machine of the execution reads in it, as a bug would send it. */
function breakExecution(): Promise<SeenFailure> {
  return withLiveNotebook([''], { instance: () => ({ execute: untilAborted }) }, async (notebook) => {
    const executionId = await notebook.request('c0')
    const execution = await waitUntil('the cell to run', () => runningExecution(notebook.agent))
    execution.send({ type: 'handler.settled' } as never)
    await notebook.ended(executionId)
    return finishedFailure(notebook.facts)
  })
}

function runningExecution(agent: RegistryAgent): ExecutionActorRef | undefined {
  const execution = executionRefOf(agent.getSnapshot())
  return execution?.getSnapshot().matches('handling') ? execution : undefined
}

function interruptDeafHandler(): Promise<SeenFailure> {
  let began = false
  const execute = () => {
    began = true
    return never()
  }
  const options = {
    instance: () => ({ execute, interrupt: () => undefined }),
    settings: { interruptGraceMs: 50 },
  }
  return withLiveNotebook([''], options, async (notebook) => {
    const executionId = await notebook.request('c0')
    await waitUntil('the handler to begin', () => began)
    notebook.agent.interrupt()
    await notebook.ended(executionId)
    return finishedFailure(notebook.facts)
  })
}

/** Another session ends this one's: the running execution is lost, and its fact says to whom. */
function displaceSession(): Promise<SeenFailure> {
  return withLiveNotebook([''], { instance: () => ({ execute: untilAborted }) }, async (notebook) => {
    await notebook.request('c0')
    await waitUntil('the cell to run', () => notebook.agent.getSnapshot().matches('executing'))
    const { sessionId } = notebook.agent.getSnapshot().context
    await write(notebook.store, [events.runtimeSessionTerminated({ sessionId, reason: 'displaced' })])
    await notebook.agent.keepAlive()
    return finishedFailure(notebook.facts)
  })
}

/** A session that ends without a word leaves its execution behind; the next one ends it, and the cell shows why. */
function loseSession(): Promise<SeenFailure> {
  const sessionId = 'dead'
  return withLiveNotebook([''], {}, async ({ agent, store, text }) => {
    await agent.shutdown()
    await write(store, [
      events.runtimeSessionStarted({
        sessionId,
        runtimeId: 'dead',
        runtimeType: faultType,
        capabilities: noCapabilities,
      }),
      requestOf('left', 'c0'),
      events.executionAssigned({ queueId: 'left', runtimeSessionId: sessionId }),
      events.executionStarted({
        queueId: 'left',
        cellId: 'c0',
        runtimeSessionId: sessionId,
        startedAt: new Date(),
      }),
    ])
    const registry = createFaultRegistry()
    await registry.getOrCreateAgent(store.storeId, faultType, { store })
    const shown = await waitUntil('the cell to say why', () => text('c0') || undefined, 2_000).catch(() => '')
    await registry.close()
    return shown.includes('SessionLost')
      ? { code: 'sessionLost', message: shown }
      : { code: 'not shown', message: shown }
  })
}

const noCapabilities = { canExecuteCode: true, canExecuteSql: false, canExecuteAi: false }

const changeType = ({ store }: LiveNotebook) =>
  write(store, [events.cellTypeChanged({ id: 'c0', cellType: 'markdown' })])

function requestMissingCell(): Promise<SeenFailure> {
  return withLiveNotebook([''], {}, async (notebook) => {
    await notebook.ended(await notebook.request('no-such-cell'))
    return finishedFailure(notebook.facts)
  })
}

function overfillQueue(): Promise<SeenFailure> {
  const options = { instance: () => ({ execute: untilAborted }), settings: { queueLimit: 1 } }
  return withLiveNotebook([''], options, async (notebook) => {
    for (let index = 0; index < 3; index++) await notebook.request('c0')
    await notebook.ended('q2')
    return finishedFailure(notebook.facts)
  })
}

function exceedLimit(): Promise<SeenFailure> {
  return withLiveNotebook([''], { config: { maxConcurrentAgents: 1 } }, async ({ registry }) => {
    const store = await openNotebookStore({ notebookId: 'another', storage: 'memory' })
    const seen = await registry
      .getOrCreateAgent('another', faultType, { store })
      .then(() => undefined, failureIn)
    await closeNotebookStore(store)
    return seen ?? { code: 'none', message: 'A second agent was created.' }
  })
}

function killStore(): Promise<SeenFailure> {
  return withLiveNotebook([''], {}, async (notebook) => {
    await notebook.store.shutdownPromise()
    return failedState(notebook)
  })
}

/** A backend that accepts events and never hands them back. */
async function stallStore(): Promise<SeenFailure> {
  const log = createSyncLog({ keepEvents: true })
  let answers = true
  const silent: SyncLog = {
    get head() {
      return log.head
    },
    onPush: (listener) => log.onPush(listener),
    follow: (cursor, receive) => log.follow(cursor, receive),
    push: (batch) => (answers ? log.push(batch) : undefined),
  }
  const store = await openNodeStore({ schema, storeId: 'stalled', storage: 'memory', sharedLog: silent })
  committerFor(store, { stallMs: 500 })
  const registry = createFaultRegistry()
  const agent = await registry.getOrCreateAgent('stalled', faultType, { store })
  answers = false
  committerFor(store)
    .submit([requestOf('q0', 'c0')])
    .confirmed.catch(() => undefined)
  const failure = await waitUntil('the agent to fail', () => {
    const snapshot = agent.getSnapshot()
    return snapshot.matches('failed') ? snapshot.context.failure : undefined
  })
  const closing = registry.close()
  await store.shutdownPromise()
  await closing
  await closeNotebookStore(store).catch(() => undefined)
  return failure
}

/** A backend that was never there: the claim of a request cannot be confirmed. */
async function loseBackend(): Promise<SeenFailure> {
  const store = await createOwnStore('offline', distantBackend().adapter('one'))
  const clock = new SimulatedClock()
  const registry = createFaultRegistry({ config: { clock } })
  const agent = await registry.getOrCreateAgent('offline', faultType, { store })
  const facts: AgentFact[] = []
  agent.actorRef.on('*', (fact) => facts.push(fact))
  await write(store, [requestOf('q0', 'c0')])
  await waitUntil('the claim', () => rowOf(store, 'q0')?.status === 'executing')
  clock.increment(60_000)
  await waitUntil('the end', () => facts.some(({ type }) => type === 'execution.finished'))
  await registry.close()
  await closeNotebookStore(store)
  return finishedFailure(facts)
}
