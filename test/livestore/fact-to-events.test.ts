import { expect, test } from 'vitest'
import { createFailure, type AgentFact, type ExecutionEnd } from '../../machines/index.js'
import { encodeEnd } from '../../src/livestore/stored-end.js'
import { abandonToEvents, claimToEvents, factToEvents } from '../../src/livestore/fact-to-events.js'

const now = new Date('2026-01-01T00:00:10.000Z')
const startedAt = new Date('2026-01-01T00:00:08.500Z')
const request = { executionId: 'q1', cellId: 'c1', executionCount: 3, requestedBy: 'ann', requestSeq: 7 }

const environment = {
  runtimeId: 'r1',
  runtimeType: 'python',
  capabilities: { canExecuteCode: true, canExecuteSql: false, canExecuteAi: false },
  soleOwner: false,
  now: () => now,
  newId: () => 'id1',
  elapsedMs: () => 1500,
}

/** A notebook in which `q1` has the given status, and the session is active. */
const viewOf = (status: string | undefined, more: Partial<Parameters<typeof factToEvents>[1]> = {}) => ({
  queueRow: () =>
    status === undefined
      ? undefined
      : { status, cellId: 'c1', assignedRuntimeSession: null, cancelReason: null },
  pending: () => [],
  hasOutputs: () => false,
  nextOutputPosition: () => 2,
  sessionHasEnded: () => false,
  otherActiveSessions: () => [],
  openExecutions: () => [],
  ...more,
})

const eventsOf = (fact: AgentFact, view = viewOf('executing')) =>
  factToEvents(fact, view, environment).map(({ name, args }) => [name, args])

const finished = (end: Partial<ExecutionEnd>): AgentFact => ({
  type: 'execution.finished',
  sessionId: 's1',
  end: { request, outcome: 'succeeded', claimed: true, stateLost: false, ...end },
})

const completed = (status: string, error?: string) => [
  'v1.ExecutionCompleted',
  {
    queueId: 'q1',
    cellId: 'c1',
    status,
    ...(error !== undefined && { error }),
    completedAt: now,
    executionDurationMs: 1500,
  },
]

test('a session starts, becomes ready, and ends once', () => {
  expect(eventsOf({ type: 'agent.starting', epoch: 1, sessionId: 's1' })).toEqual([
    [
      'v1.RuntimeSessionStarted',
      { sessionId: 's1', runtimeId: 'r1', runtimeType: 'python', capabilities: environment.capabilities },
    ],
  ])
  expect(eventsOf({ type: 'agent.busy', sessionId: 's1' })).toEqual([
    ['v1.RuntimeSessionStatusChanged', { sessionId: 's1', status: 'busy' }],
  ])
  const ended: AgentFact = {
    type: 'agent.ended',
    epoch: 1,
    sessionId: 's1',
    reason: 'shutdown',
    failure: null,
  }
  expect(eventsOf(ended)).toEqual([['v1.RuntimeSessionTerminated', { sessionId: 's1', reason: 'shutdown' }]])
  const inactive = viewOf(undefined, { sessionHasEnded: () => true })
  expect(eventsOf(ended, inactive)).toEqual([])
  expect(eventsOf({ type: 'agent.ready', sessionId: 's1' }, inactive)).toEqual([])
})

const lostExecution = {
  executionId: 'q0',
  cellId: 'c0',
  sessionId: 'dead',
  executionCount: 2,
  requestedBy: 'ann',
  status: 'executing',
}

test('D33 taking over is one step: others end with the right reason, their work is lost, then ready', () => {
  const view = viewOf(undefined, {
    otherActiveSessions: () => [
      { sessionId: 'live', expired: false, isNewer: false, isUp: true },
      { sessionId: 'dead', expired: true, isNewer: true, isUp: true },
      { sessionId: 'newer', expired: false, isNewer: true, isUp: false },
    ],
    openExecutions: () => [lostExecution],
  })
  const evalue = 'The session dead ended while it ran this execution; run the cell again.'
  const sessionLost = {
    type: 'inline',
    data: { ename: 'SessionLost', evalue, traceback: [`SessionLost: ${evalue}`] },
  }
  expect(eventsOf({ type: 'agent.started', epoch: 1, sessionId: 's1' }, view)).toEqual([
    ['v1.RuntimeSessionTerminated', { sessionId: 'live', reason: 'displaced' }],
    ['v1.RuntimeSessionTerminated', { sessionId: 'dead', reason: 'timeout' }],
    ['v1.ErrorOutputAdded', { id: 'lost-q0', cellId: 'c0', position: 2, content: sessionLost }],
    [
      'v1.ExecutionCompleted',
      {
        queueId: 'q0',
        cellId: 'c0',
        status: 'error',
        error: `lost: ${evalue}\n{"executionEnd":{"outcome":"lost","failure":{"code":"sessionLost","retryable":false}}}`,
        completedAt: now,
        executionDurationMs: 0,
      },
    ],
    ['v1.RuntimeSessionStatusChanged', { sessionId: 's1', status: 'ready' }],
  ])
})

test('each outcome is recorded as what it is', () => {
  expect(eventsOf(finished({}))).toEqual([completed('success')])
  expect(eventsOf(finished({ outcome: 'failed', reason: 'bad' }))).toEqual([completed('error', 'bad')])
  expect(eventsOf(finished({ outcome: 'lost', reason: 'gone' }))).toEqual([completed('error', 'lost: gone')])
  expect(eventsOf(finished({ outcome: 'cancelled', reason: 'enough' }))).toEqual([
    ['v1.ExecutionCancelled', { queueId: 'q1', cellId: 'c1', cancelledBy: 'runtime-r1', reason: 'enough' }],
  ])
})

test('a failure of the runtime is shown in the cell as well', () => {
  const failure = createFailure('outOfMemory')
  expect(eventsOf(finished({ outcome: 'failed', reason: failure.message, failure }))).toEqual([
    [
      'v1.ErrorOutputAdded',
      {
        id: 'failure-q1',
        cellId: 'c1',
        position: 2,
        content: {
          type: 'inline',
          data: {
            ename: 'OutOfMemory',
            evalue: failure.message,
            traceback: [`OutOfMemory: ${failure.message}`],
          },
        },
      },
    ],
    completed('error', encodeEnd({ outcome: 'failed', reason: failure.message, failure })),
  ])
})

test.each(['completed', 'failed', 'cancelled'])(
  'D2 D5 nothing is recorded for a row that is %s',
  (status) => {
    for (const outcome of ['succeeded', 'failed', 'cancelled', 'timedOut', 'lost'] as const) {
      expect(eventsOf(finished({ outcome }), viewOf(status))).toEqual([])
    }
    expect(claimToEvents(request, 's1', startedAt, viewOf(status), environment)).toEqual([])
  },
)

test('an end without a claim records a refusal, or nothing when somebody else had it', () => {
  const failure = createFailure('notCapable')
  const refused = finished({ claimed: false, outcome: 'failed', failure })
  expect(eventsOf(refused, viewOf('pending')).map(([name]) => name)).toEqual([
    'v1.ErrorOutputAdded',
    'v1.ExecutionCompleted',
  ])
  expect(
    eventsOf(finished({ claimed: false, outcome: 'cancelled', reason: 'taken' }), viewOf('pending')),
  ).toEqual([])
})

test('D1 a claim is made of a pending row only, and clears outputs only where there are some', () => {
  const names = (view: ReturnType<typeof viewOf>) =>
    claimToEvents(request, 's1', startedAt, view, environment).map(({ name }) => name)
  expect(names(viewOf('pending'))).toEqual(['v1.ExecutionAssigned', 'v1.ExecutionStarted'])
  expect(names(viewOf('pending', { hasOutputs: () => true }))).toEqual([
    'v1.ExecutionAssigned',
    'v1.ExecutionStarted',
    'v1.CellOutputsCleared',
  ])
  expect(names(viewOf('assigned'))).toEqual([])
  expect(names(viewOf('pending', { sessionHasEnded: () => true }))).toEqual([])
  expect(names(viewOf(undefined))).toEqual([])
})

test('an abandoned queue cancels what was requested until then, not what came later', () => {
  const view = viewOf('pending', {
    pending: () => [request, { ...request, executionId: 'q2', requestSeq: 8 }],
  })
  expect(abandonToEvents(7, 'The runtime was restarted.', view, environment).map(({ args }) => args)).toEqual(
    [{ queueId: 'q1', cellId: 'c1', cancelledBy: 'runtime-r1', reason: 'The runtime was restarted.' }],
  )
})

test('a session that ends with a failure leaves its record in the notebook, with what can be done', () => {
  const failure = createFailure('outOfMemory')
  const ended = { type: 'agent.ended', epoch: 1, sessionId: 's1', reason: 'error', failure } as const
  const [terminated, recorded] = eventsOf(ended)
  expect(terminated).toEqual(['v1.RuntimeSessionTerminated', { sessionId: 's1', reason: 'error' }])
  const { key, value } = (recorded?.[1] ?? {}) as { key: string; value: string }
  expect([recorded?.[0], key]).toEqual(['v1.NotebookMetadataSet', 'runtimeFailure'])
  expect(JSON.parse(value)).toEqual({
    ...failure,
    sessionId: 's1',
    at: now.toISOString(),
    nextAction: 'Use less memory in the cell, then restart the runtime.',
  })
})

test('what a dead session left is asked for once more when that is safe, and only once', () => {
  const namesOf = (executionId: string, retriesLost: boolean) =>
    factToEvents(
      { type: 'agent.started', epoch: 1, sessionId: 's1' },
      viewOf(undefined, { openExecutions: () => [{ ...lostExecution, executionId }] }),
      { ...environment, retriesLost: () => retriesLost },
    ).map(({ name }) => name)
  expect(namesOf('q0', true)).toContain('v1.ExecutionRequested')
  expect(namesOf('q0', false)).not.toContain('v1.ExecutionRequested')
  expect(namesOf('retry-q0', true)).not.toContain('v1.ExecutionRequested')
})
