import { toJsonSafe, type RuntimeCapabilities } from '@runtimed/agent-core'
import { events, type OutputData } from '@runtimed/schema'
import {
  createFailure,
  type AgentFact,
  type ExecutionEnd,
  type ExecutionOutcome,
  type ExecutionRequest,
  type Failure,
} from '../../machines/index.js'
import type { OpenExecution, StoreView } from './store-view.js'
import { encodeEnd, lateFailure } from './stored-end.js'
import { encodeFailure, failureKey } from './stored-failure.js'

/** An event of the notebook's schema, made by its constructor. */
export type NotebookEvent = ReturnType<(typeof events)[Exclude<keyof typeof events, 'uiStateSet'>]>

/** What the mapping needs to know besides the fact. */
export interface MirrorEnvironment {
  readonly runtimeId: string
  readonly runtimeType: string
  readonly capabilities: RuntimeCapabilities
  /** Nobody else can be writing to this store, so every other active session in it is dead. */
  readonly soleOwner: boolean
  readonly now: () => Date
  /** Milliseconds since the claim, by a clock that nobody sets; 0 for one that was not claimed here. */
  readonly elapsedMs: (executionId: string) => number
  /** Executions that a dead session left behind are asked for once more, because their handler is repeatable. */
  readonly retriesLost?: () => boolean
}

type View = Pick<
  StoreView,
  | 'queueRow'
  | 'pending'
  | 'hasOutputs'
  | 'nextOutputPosition'
  | 'sessionHasEnded'
  | 'otherActiveSessions'
  | 'openExecutions'
>

/**
 * The events that record a fact: none when the store already says so. Pure but for what it reads through `view`; call it in
 * the turn of the commit.
 */
export function factToEvents(fact: AgentFact, view: View, environment: MirrorEnvironment): NotebookEvent[] {
  switch (fact.type) {
    case 'agent.starting':
      return [sessionStarted(fact.sessionId, environment)]
    case 'agent.started':
      return [
        ...supersedeToEvents(fact.sessionId, view, environment),
        events.runtimeSessionStatusChanged({ sessionId: fact.sessionId, status: 'ready' }),
      ]
    case 'agent.busy':
    case 'agent.ready':
      return view.sessionHasEnded(fact.sessionId) ? [] : [statusChanged(fact)]
    case 'agent.ended':
      return view.sessionHasEnded(fact.sessionId) ? [] : sessionEnded(fact, environment)
    case 'execution.finished':
      return executionFinished(fact.end, view, environment)
    case 'execution.refused':
      return executionRefused(fact.request, fact, view, environment)
    case 'queue.abandoned':
    case 'agent.restarting':
    case 'agent.failed':
    case 'agent.stopped':
    case 'agent.cullWarning':
    case 'agent.culled':
      return []
  }
}

/**
 * The events with which a session makes a request its own; none when the request is not pending any more, which means that
 * somebody else took or ended it, or when the session itself has ended.
 */
export function claimToEvents(
  request: ExecutionRequest,
  sessionId: string,
  startedAt: Date,
  view: View,
  environment: MirrorEnvironment,
): NotebookEvent[] {
  const { executionId: queueId, cellId } = request
  if (view.queueRow(queueId)?.status !== 'pending' || view.sessionHasEnded(sessionId)) return []
  const claim: NotebookEvent[] = [
    events.executionAssigned({ queueId, runtimeSessionId: sessionId }),
    events.executionStarted({ queueId, cellId, runtimeSessionId: sessionId, startedAt }),
  ]
  if (view.hasOutputs(cellId)) {
    const clearedBy = `runtime-${environment.runtimeId}`
    claim.push(events.cellOutputsCleared({ cellId, wait: false, clearedBy }))
  }
  return claim
}

/** Cancels every request up to `requestSeq` that still waits. */
export function abandonToEvents(
  requestSeq: number,
  reason: string,
  view: View,
  environment: MirrorEnvironment,
): NotebookEvent[] {
  return view
    .pending(Number.MAX_SAFE_INTEGER)
    .filter((request) => request.requestSeq <= requestSeq)
    .map((request) => executionCancelled(request.executionId, request.cellId, reason, environment))
}

const sessionStarted = (sessionId: string, environment: MirrorEnvironment) =>
  events.runtimeSessionStarted({
    sessionId,
    runtimeId: environment.runtimeId,
    runtimeType: environment.runtimeType,
    capabilities: announced(environment.capabilities),
  })

/** The events that say anew what a session can do: its start again, which makes it start anew, and its status. */
export const announcement = (sessionId: string, status: 'ready' | 'busy', environment: MirrorEnvironment) => [
  sessionStarted(sessionId, environment),
  events.runtimeSessionStatusChanged({ sessionId, status }),
]

/** Only the known members, so that the log can hold them. */
function announced(capabilities: RuntimeCapabilities) {
  const { canExecuteCode, canExecuteSql, canExecuteAi, availableAiModels } = capabilities
  const flags = { canExecuteCode, canExecuteSql, canExecuteAi }
  return availableAiModels ? { ...flags, availableAiModels: toJsonSafe(availableAiModels) } : flags
}

function sessionEnded(
  { sessionId, reason, failure }: Extract<AgentFact, { type: 'agent.ended' }>,
  environment: MirrorEnvironment,
): NotebookEvent[] {
  const terminated = events.runtimeSessionTerminated({ sessionId, reason })
  if (!failure) return [terminated]
  const value = encodeFailure(failure, sessionId, environment.now())
  return [terminated, events.notebookMetadataSet({ key: failureKey, value })]
}

/**
 * One commit: older sessions, and those whose validity has run out, end, and what sessions that have ended left unfinished is lost.
 * None for a session that has ended itself.
 */
export function supersedeToEvents(
  sessionId: string,
  view: View,
  environment: MirrorEnvironment,
): NotebookEvent[] {
  if (view.sessionHasEnded(sessionId)) return []
  const others = view
    .otherActiveSessions(sessionId, environment.now())
    .filter(({ expired, isNewer }) => expired || !isNewer)
  const terminated = others.map((other) =>
    events.runtimeSessionTerminated({
      sessionId: other.sessionId,
      reason: other.expired || environment.soleOwner ? 'timeout' : 'displaced',
    }),
  )
  const lost = view
    .openExecutions(others.map((other) => other.sessionId))
    .filter((open) => open.sessionId !== sessionId)
    .flatMap((open) => executionLost(open, view, environment))
  return [...terminated, ...lost]
}

/** The reader of the cell is told, too. */
function executionLost(open: OpenExecution, view: View, environment: MirrorEnvironment): NotebookEvent[] {
  const { executionId: queueId, cellId, sessionId, status } = open
  const when = status === 'assigned' ? 'before it started' : 'while it ran'
  const failure = createFailure('sessionLost', {
    message: `The session ${sessionId ?? '(none)'} ended ${when} this execution; run the cell again.`,
  })
  return [
    errorOutput(cellId, failure, view, `lost-${queueId}`),
    events.executionCompleted({
      queueId,
      cellId,
      status: 'error',
      error: encodeEnd({ outcome: 'lost', reason: failure.message, failure }),
      completedAt: environment.now(),
      executionDurationMs: 0,
    }),
    ...(environment.retriesLost?.() ? secondRequest(open) : []),
  ]
}

const secondPrefix = 'retry-'

/** The id is derived, so that two sessions that take over at once ask once; what was lost twice is not asked for again. */
function secondRequest({ executionId, cellId, executionCount, requestedBy }: OpenExecution): NotebookEvent[] {
  if (executionId.startsWith(secondPrefix)) return []
  const queueId = `${secondPrefix}${executionId}`
  return [events.executionRequested({ queueId, cellId, executionCount, requestedBy })]
}

const statusChanged = (fact: { type: 'agent.busy' | 'agent.ready'; sessionId: string }) =>
  events.runtimeSessionStatusChanged({
    sessionId: fact.sessionId,
    status: fact.type === 'agent.busy' ? 'busy' : 'ready',
  })

function executionFinished(end: ExecutionEnd, view: View, environment: MirrorEnvironment): NotebookEvent[] {
  const { request, outcome, failure } = end
  if (!end.claimed) return failure ? executionRefused(request, { outcome, failure }, view, environment) : []
  const { executionId, cellId } = request
  if (!isOpen(view, executionId)) {
    const isCancelled = view.queueRow(executionId)?.status === 'cancelled'
    return isCancelled && failure ? [lateFailure(executionId, failure)] : []
  }
  if (outcome === 'cancelled') return [executionCancelled(executionId, cellId, encodeEnd(end), environment)]
  const completed = executionCompleted(end, environment)
  return failure && failure.code !== 'handlerError'
    ? [errorOutput(cellId, failure, view, `failure-${executionId}`), completed]
    : [completed]
}

function executionCompleted(end: ExecutionEnd, environment: MirrorEnvironment): NotebookEvent {
  const { executionId: queueId, cellId } = end.request
  const success = end.outcome === 'succeeded'
  return events.executionCompleted({
    queueId,
    cellId,
    status: success ? 'success' : 'error',
    ...(!success && { error: encodeEnd(end) }),
    completedAt: environment.now(),
    executionDurationMs: Math.round(environment.elapsedMs(queueId)),
  })
}

function executionRefused(
  request: ExecutionRequest,
  { outcome = 'failed', failure }: { outcome?: ExecutionOutcome; failure: Failure },
  view: View,
  environment: MirrorEnvironment,
): NotebookEvent[] {
  if (!isOpen(view, request.executionId)) return []
  const now = environment.now()
  return [
    errorOutput(request.cellId, failure, view, `failure-${request.executionId}`),
    events.executionCompleted({
      queueId: request.executionId,
      cellId: request.cellId,
      status: 'error',
      error: encodeEnd({ outcome, reason: failure.message, failure }),
      completedAt: now,
      executionDurationMs: 0,
    }),
  ]
}

const executionCancelled = (
  queueId: string,
  cellId: string,
  reason: string,
  environment: MirrorEnvironment,
): NotebookEvent =>
  events.executionCancelled({ queueId, cellId, cancelledBy: `runtime-${environment.runtimeId}`, reason })

/** The id is derived: two sessions that take over at once, or what a journal recovers, tell it once. */
function errorOutput(cellId: string, failure: Failure, view: View, id: string): NotebookEvent {
  const ename = failure.code.charAt(0).toUpperCase() + failure.code.slice(1)
  const evalue = failure.message
  const position: OutputData['position'] = view.nextOutputPosition(cellId)
  const data = { ename, evalue, traceback: [`${ename}: ${evalue}`] }
  return events.errorOutputAdded({
    id,
    cellId,
    position,
    content: { type: 'inline', data },
  })
}

const openStatuses: readonly (string | undefined)[] = ['pending', 'assigned', 'executing']

const isOpen = (view: View, executionId: string) => openStatuses.includes(view.queueRow(executionId)?.status)
