/**
 * Rules of the agent machine.
 *
 * Starting
 *   A1  An agent is idle until it is started; the first request starts it.
 *   A2  Each start is a new life: the epoch grows by one and the session gets a name of its own.
 *   A3  It is up only when the start has been proven; then what waits is run, or it is ready.
 *   A4  A start that fails or takes too long is tried again after a backoff, as the restart policy says.
 *   A5  A failure that a retry cannot mend, and a temporary runtime, go down for good; a spent budget is a crash loop.
 * Requests
 *   A6  Requests wait in log order and are run one at a time; a known one is not taken twice.
 *   A7  A full queue refuses, and so does an agent that is down.
 *   A8  A cancelled request that waits is dropped; one that runs is told to its execution, as are interrupt and force.
 *   A9  A cell error or an interrupt ends the queue under the policy `stop` and does not under `continue`; a cancellation never does.
 * Breaking
 *   A10 A crash ends what runs as failed and starts a new life; reports of older lives are counted and ignored.
 *   A11 A runtime lost with its cell is brought back; one that was ended because its cell took too long as well.
 *   A12 A displaced session shuts down and does not touch what waits; a dead store fails the agent.
 *   A13 After a while without a crash the failure and the backoff are forgotten, but only while the runtime is up.
 * Ending
 *   A14 A person may restart at any time when the runtime is up or down; it costs no budget.
 *   A15 Nothing revives an agent that shuts down or has stopped.
 *   A16 Each session ends once in the facts, with its reason.
 *   A17 A runtime that cannot be taken down does not take the agent with it.
 * Idle
 *   A18 A runtime that has nothing to do for long is culled after a warning; the next request starts it again.
 *   A19 Work, `keep` and a pin put the cull off; a pinned agent is never culled.
 *   A20 The time until a restart is counted down while it waits.
 *   A21 A cell that may fail does not end the queue.
 */
import { describe, expect, test } from 'vitest'
import { createFailure, type AgentCommand, type AgentFact } from '../../machines/index.js'
import {
  agentInput,
  agentWalk,
  backoffOver,
  cancel,
  cellError,
  cellInterrupted,
  crash,
  displaced,
  executingAgent,
  executionBroke,
  executionDone,
  forgotten,
  idleNoticed,
  idleOver,
  keep,
  pin,
  request,
  requestOf,
  restart,
  runningAgent,
  runtimeUp,
  start,
  startFailed,
  startTimedOut,
  stateLost,
  stop,
  stopTimedOut,
  storeDied,
  unpin,
} from './agent-walk.js'

const retryable = createFailure('startFailed', { message: 'no worker' })
const final = createFailure('assetLoadFailed')
const waiting = (walk: ReturnType<typeof agentWalk>) =>
  walk.context.queue.map(({ executionId }) => executionId)

describe('starting', () => {
  test('A1 an agent waits in idle, with nothing started and nothing said', () => {
    const agent = agentWalk()
    expect(agent.state).toBe('idle')
    expect([agent.started, agent.facts, agent.timers]).toEqual([[], [], []])
    expect(agent.context).toEqual({
      ...agentInput(),
      epoch: 0,
      queue: [],
      current: null,
      failure: null,
      attempt: 0,
      restartsInWindow: 0,
      countedFromEpoch: 0,
      restartDelayMs: 0,
      stopReason: 'shutdown',
      staleEvents: 0,
      restartInMs: 0,
      isPinned: false,
      isCullNear: false,
      isCulled: false,
      sessionIsOpen: false,
    })
  })

  test.each([
    ['agent.start', start, []],
    ['agent.restart', restart, []],
    ['the first request', request('q1'), ['q1']],
  ])('A1 A2 %s starts the first life', (_, event, queue) => {
    const agent = agentWalk().send(event)
    expect(agent.state).toBe('starting')
    expect(agent.started).toEqual(['startRuntime'])
    expect(agent.facts).toEqual([{ type: 'agent.starting', epoch: 1, sessionId: 'session' }])
    expect(waiting(agent)).toEqual(queue)
  })

  test('A2 each further life has the next epoch and a session of its own', () => {
    const agent = runningAgent().send(crash(1), backoffOver)
    expect(agent.facts).toEqual([{ type: 'agent.starting', epoch: 2, sessionId: 'session-2' }])
    agent.send(runtimeUp)
    expect(agent.fact('agent.started')).toMatchObject({ epoch: 2, sessionId: 'session-2' })
    expect(agent.context.staleEvents).toBe(0)
  })

  test('A3 a proven start with nothing to do is ready', () => {
    const agent = agentWalk().send(start, runtimeUp)
    expect(agent.state).toBe('running')
    expect(agent.facts).toEqual([{ type: 'agent.started', epoch: 1, sessionId: 'session' }])
    expect(agent.snapshot.hasTag('up')).toBe(true)
  })

  test('A3 a proven start runs what waits at once', () => {
    const agent = agentWalk().send(request('q1'), request('q2'), runtimeUp)
    expect(agent.state).toBe('executing')
    expect(agent.factTypes).toEqual(['agent.started', 'agent.busy'])
    expect(agent.started).toEqual(['execution'])
    expect(agent.context.current?.executionId).toBe('q1')
    expect(waiting(agent)).toEqual(['q2'])
  })

  test('A4 a failed start is tried again after the backoff', () => {
    const agent = agentWalk().send(start, startFailed(retryable))
    expect(agent.state).toBe('restarting')
    expect(agent.factTypes).toEqual(['agent.ended', 'agent.restarting'])
    expect(agent.fact('agent.ended')).toMatchObject({ epoch: 1, reason: 'error', failure: retryable })
    expect(agent.context).toMatchObject({ attempt: 1, restartsInWindow: 1, failure: retryable })
    expect(agent.started).toEqual(['stopRuntime'])
    expect(agent.send(backoffOver).state).toBe('starting')
  })

  test('A4 what waits survives a failed start that is tried again', () => {
    const agent = agentWalk().send(
      request('q1'),
      request('q2'),
      startFailed(retryable),
      backoffOver,
      runtimeUp,
    )
    expect(agent.context.current?.executionId).toBe('q1')
    expect(waiting(agent)).toEqual(['q2'])
  })

  test('A4 a start that takes too long is tried again, and the limit is named', () => {
    const agent = agentWalk({ startTimeoutMs: 7_000 }).send(start)
    expect(agent.timers.map(({ delayMs }) => delayMs)).toEqual([7_000])
    agent.send(startTimedOut)
    expect(agent.state).toBe('restarting')
    expect(agent.context.failure).toMatchObject({
      code: 'startTimeout',
      message: 'The runtime did not become ready within 7 s.',
    })
  })

  test('A4 a runtime that dies while it starts is a failed start', () => {
    const agent = agentWalk().send(request('q1'), crash(1))
    expect(agent.state).toBe('restarting')
    expect(agent.factTypes).not.toContain('execution.finished')
  })

  test.each([
    ['fails', startFailed(final)],
    ['dies', crash(1, 'assetLoadFailed')],
  ])('A5 a start that %s for good goes down and says why', (_, event) => {
    const agent = agentWalk().send(request('q1'), event)
    expect(agent.state).toBe('failed')
    expect(agent.factTypes).toEqual(['agent.ended', 'queue.abandoned', 'agent.failed'])
    expect(agent.fact('agent.failed').failure.code).toBe('assetLoadFailed')
    expect(agent.fact('queue.abandoned').reason).toBe(createFailure('assetLoadFailed').message)
    expect(waiting(agent)).toEqual([])
  })

  test.each([
    ['a failed start', startFailed(retryable)],
    ['a start timeout', startTimedOut],
    ['a crash', crash(1)],
  ])('A5 a temporary runtime stays down after %s', (_, event) => {
    const agent = agentWalk({ restart: 'temporary' }).send(start, event)
    expect(agent.state).toBe('failed')
    expect(agent.timers).toEqual([])
  })

  test.each([
    ['a failed start', () => startFailed(retryable)],
    ['a start timeout', () => startTimedOut],
    ['a crash', (epoch: number) => crash(epoch)],
  ])('A5 one %s more than the budget is a crash loop that keeps the last failure', (_, failing) => {
    const agent = agentWalk({ restartBudget: 2 }).send(start)
    agent.send(failing(1), backoffOver, failing(2), backoffOver)
    const last = agent.context.failure
    agent.send(failing(3))
    expect(agent.state).toBe('failed')
    expect(agent.context.failure?.code).toBe('crashLoop')
    expect(agent.context.failure?.message).toContain('failed 3 times within 60 s')
    expect(agent.context.failure?.details).toEqual({ last })
  })

  test('A5 a person brings a crash loop back with a fresh budget', () => {
    const agent = agentWalk({ restartBudget: 0 }).send(start, crash(1))
    expect(agent.context.failure?.code).toBe('crashLoop')
    agent.send(start)
    expect(agent.state).toBe('starting')
    expect(agent.context).toMatchObject({ attempt: 0, restartsInWindow: 0, failure: null, epoch: 2 })
  })
})

describe('requests', () => {
  test('A6 requests stay in log order, however they arrive', () => {
    const agent = agentWalk().send(request('q4'), request('q2'), request('q7'), request('q3'))
    expect(waiting(agent)).toEqual(['q2', 'q3', 'q4', 'q7'])
  })

  test('A6 a request that waits or runs is not taken a second time', () => {
    const agent = executingAgent({}, ['q2']).send(request('q1'), request('q2'))
    expect(agent.context.current?.executionId).toBe('q1')
    expect(waiting(agent)).toEqual(['q2'])
    expect(agent.facts).toEqual([])
  })

  test('A6 one execution ends, the next one begins, and a cell is told its session', () => {
    const agent = executingAgent({}, ['q2'])
    agent.send(executionDone())
    expect(agent.state).toBe('executing')
    expect(agent.factTypes).toEqual(['execution.finished'])
    expect(agent.fact('execution.finished').sessionId).toBe('session')
    expect(agent.context.current?.executionId).toBe('q2')
    agent.send(executionDone({ request: requestOf('q2') }))
    expect(agent.state).toBe('running')
    expect(agent.factTypes).toEqual(['execution.finished', 'agent.ready'])
    expect(agent.context.current).toBeNull()
  })

  test('A6 an agent that is ready runs a request at once', () => {
    const agent = runningAgent().send(request('q1'))
    expect(agent.state).toBe('executing')
    expect(agent.factTypes).toEqual(['agent.busy'])
  })

  test.each([
    ['starting', () => agentWalk({ queueLimit: 1 }).send(request('q1'))],
    ['executing', () => executingAgent({ queueLimit: 1 }, ['q2'])],
    ['restarting', () => agentWalk({ queueLimit: 1 }).send(request('q1'), crash(1), request('q2'))],
  ])('A7 a full queue refuses in %s and says how many wait', (state, reach) => {
    const agent = reach().send(request('q9'))
    expect(agent.state).toBe(state)
    expect(agent.facts).toEqual([
      {
        type: 'execution.refused',
        request: requestOf('q9'),
        failure: createFailure('queueFull', { message: 'More than 1 requests are waiting.' }),
      },
    ])
  })

  test('A7 a failed agent refuses with the reason of its failure', () => {
    const agent = agentWalk().send(start, startFailed(final), request('q1'))
    expect(agent.fact('execution.refused').failure).toEqual(final)
    expect(waiting(agent)).toEqual([])
  })

  test('A8 a cancelled request that waits is dropped without a word', () => {
    const agent = executingAgent({}, ['q2', 'q3']).send(cancel('q2'))
    expect(waiting(agent)).toEqual(['q3'])
    expect([agent.facts, agent.sent]).toEqual([[], []])
  })

  test.each<[string, AgentCommand]>([
    ['a cancellation', cancel('q1')],
    ['an interrupt', { type: 'execution.interrupt', reason: 'enough' }],
    ['force', { type: 'execution.force' }],
  ])('A8 %s of what runs goes to its execution', (_, event) => {
    const agent = executingAgent().send(event)
    expect(agent.state).toBe('executing')
    expect(agent.sent).toEqual([{ to: 'execution', event }])
  })

  test.each(['starting', 'restarting'])('A8 a request that waits in %s can be cancelled', (state) => {
    const agent = agentWalk({ restart: 'temporary' }).send(request('q1'))
    if (state === 'restarting') agent.send(runtimeUp, restart, request('q1'))
    expect([agent.state, waiting(agent)]).toEqual([state, ['q1']])
    expect(waiting(agent.send(cancel('q1')))).toEqual([])
    expect(agent.state).toBe(state)
  })

  test('A9 a cell error abandons what waits', () => {
    const agent = executingAgent({}, ['q2']).send(cellError)
    expect(agent.state).toBe('running')
    expect(agent.factTypes).toEqual(['execution.finished', 'queue.abandoned', 'agent.ready'])
    expect(agent.fact('queue.abandoned').reason).toBe('An earlier cell failed: ValueError: no')
    expect(waiting(agent)).toEqual([])
  })

  test.each([
    ['was interrupted', cellInterrupted()],
    ['was interrupted and ended by force', cellInterrupted({ stateLost: true })],
  ])('A9 a cell that %s abandons what waits', (_, event) => {
    const agent = executingAgent({}, ['q2', 'q3']).send(event)
    expect(agent.fact('queue.abandoned').reason).toBe('An earlier cell was interrupted.')
    expect(waiting(agent)).toEqual([])
  })

  test.each([
    ['an error', cellError],
    ['an interrupt', cellInterrupted()],
  ])('A9 under the policy "continue" the next cell runs after %s', (_, event) => {
    const agent = executingAgent({ errorPolicy: 'continue' }, ['q2']).send(event)
    expect(agent.factTypes).toEqual(['execution.finished'])
    expect(agent.context.current?.executionId).toBe('q2')
  })

  test.each([
    ['was cancelled', executionDone({ outcome: 'cancelled', reason: 'no' })],
    ['finished although it was interrupted', executionDone({ isInterrupted: true })],
    ['may fail and was interrupted', cellInterrupted({ mayFail: true })],
    ['was never claimed', executionDone({ outcome: 'failed', claimed: false, reason: 'refused' })],
  ])('A9 a cell that %s does not end the queue', (_, event) => {
    const agent = executingAgent({}, ['q2']).send(event)
    expect(agent.context.current?.executionId).toBe('q2')
  })
})

describe('breaking', () => {
  test('A10 a crash while idle starts a new life after the backoff', () => {
    const agent = runningAgent().send(crash(1))
    expect(agent.state).toBe('restarting')
    expect(agent.factTypes).toEqual(['agent.ended', 'agent.restarting'])
    expect(agent.fact('agent.restarting')).toMatchObject({
      attempt: 1,
      failure: createFailure('workerCrashed'),
    })
  })

  test('A10 a crash ends the cell that runs as failed, and what waits', () => {
    const agent = executingAgent({}, ['q2']).send(crash(1, 'outOfMemory'))
    expect(agent.factTypes).toEqual([
      'execution.finished',
      'queue.abandoned',
      'agent.ended',
      'agent.restarting',
    ])
    expect(agent.fact('execution.finished').end).toEqual({
      request: requestOf('q1'),
      claimed: true,
      stateLost: true,
      outcome: 'failed',
      reason: 'The runtime ran out of memory.',
      failure: createFailure('outOfMemory'),
    })
    expect(agent.context).toMatchObject({ current: null, queue: [] })
  })

  test('A10 under the policy "continue" what waits is run in the next life', () => {
    const agent = executingAgent({ errorPolicy: 'continue' }, ['q2']).send(crash(1), backoffOver, runtimeUp)
    expect(agent.context.current?.executionId).toBe('q2')
  })

  test.each([
    ['spends the budget', { restartBudget: 0 }, crash(1), 'crashLoop'],
    ['cannot be mended', {}, crash(1, 'assetLoadFailed'), 'assetLoadFailed'],
  ])('A5 A10 a crash that %s takes the agent down', (_, settings, event, code) => {
    for (const agent of [runningAgent(settings), executingAgent(settings)]) {
      agent.send(event)
      expect(agent.state).toBe('failed')
      expect(agent.fact('agent.failed').failure.code).toBe(code)
      expect(agent.fact('agent.ended').failure?.code).toBe(code)
    }
  })

  const states = {
    idle: () => agentWalk(),
    starting: () => agentWalk().send(start),
    running: () => runningAgent(),
    executing: () => executingAgent(),
    restarting: () => runningAgent().send(crash(1)),
    failed: () => runningAgent().send(crash(1, 'assetLoadFailed')),
    shuttingDown: () => runningAgent().send(stop),
  }

  test.each(Object.entries(states))(
    'A10 reports of another life are counted and ignored in %s',
    (state, reach) => {
      const agent = reach()
      const before = agent.context
      agent.send(crash(7), displaced(7))
      expect(agent.state).toBe(state)
      expect(agent.facts).toEqual([])
      expect(agent.context).toEqual({ ...before, staleEvents: before.staleEvents + 2 })
    },
  )

  test('A11 a runtime lost with its cell is brought back, once the end of the cell is told', () => {
    const agent = executingAgent({}, ['q2']).send(stateLost())
    expect(agent.state).toBe('restarting')
    expect(agent.factTypes).toEqual([
      'execution.finished',
      'queue.abandoned',
      'agent.ended',
      'agent.restarting',
    ])
  })

  test.each([
    ['spends the budget', { restartBudget: 0 }, stateLost(), 'crashLoop'],
    ['cannot be mended', {}, stateLost('assetLoadFailed'), 'assetLoadFailed'],
  ])('A5 A11 a loss that %s takes the agent down', (_, settings, event, code) => {
    const agent = executingAgent(settings, ['q2']).send(event)
    expect(agent.state).toBe('failed')
    expect(agent.factTypes).toEqual(['execution.finished', 'agent.ended', 'queue.abandoned', 'agent.failed'])
    expect(agent.context.failure?.code).toBe(code)
  })

  test('A11 a cell that took too long and had to be ended by force costs a restart, not the agent', () => {
    const failure = createFailure('executionTimeout')
    const agent = executingAgent().send(
      executionDone({ outcome: 'timedOut', reason: failure.message, failure, stateLost: true }),
    )
    expect(agent.state).toBe('restarting')
    expect(agent.context.failure?.code).toBe('forcedStop')
    expect(agent.fact('execution.finished').end.failure).toEqual(failure)
  })

  test('A11 a cell that took too long but stopped by itself costs nothing', () => {
    const agent = executingAgent().send(executionDone({ outcome: 'timedOut', reason: 'too long' }))
    expect(agent.state).toBe('running')
  })

  test('A11 an execution machine that itself breaks takes the agent down, and its cell is told as failed', () => {
    const agent = executingAgent({}, ['q2']).send(executionBroke(new Error('a bug')))
    expect(agent.state).toBe('failed')
    expect(agent.context.failure).toMatchObject({ code: 'machineCrashed', message: 'a bug' })
    expect(agent.fact('execution.finished').end).toMatchObject({ outcome: 'failed', reason: 'a bug' })
  })

  test.each([
    ['starting', () => agentWalk().send(request('q1'), request('q2'))],
    ['running', () => runningAgent()],
    ['executing', () => executingAgent({}, ['q2'])],
  ])('A12 a session that was displaced shuts down from %s and abandons nothing', (state, reach) => {
    const agent = reach().send(displaced(1))
    expect(agent.state).toBe('shuttingDown')
    expect(agent.context.stopReason).toBe('displaced')
    expect(agent.factTypes).toEqual(state === 'executing' ? ['execution.finished'] : [])
    if (state === 'executing') {
      expect(agent.fact('execution.finished').end).toMatchObject({
        outcome: 'lost',
        failure: createFailure('displaced'),
      })
    }
    expect(agent.send(runtimeUp).fact('agent.ended').reason).toBe('displaced')
  })

  test.each(['idle', 'starting', 'running', 'executing', 'restarting'] as const)(
    'A12 a store that dies fails the agent in %s',
    (state) => {
      const agent = states[state]().send(storeDied)
      expect(agent.state).toBe('failed')
      expect(agent.fact('agent.failed').failure.code).toBe('storeDied')
      if (state === 'executing') {
        expect(agent.fact('execution.finished').end).toMatchObject({ outcome: 'lost', claimed: true })
      }
    },
  )

  test('A13 restarts are forgotten one by one, as their window passes', () => {
    const agent = agentWalk({ restartWindowMs: 9_000 }).send(start, crash(1))
    expect(agent.timers).toContainEqual({ event: 'restart.forgotten', delayMs: 9_000, id: undefined })
    agent.send(backoffOver, crash(2), backoffOver)
    expect(agent.context.restartsInWindow).toBe(2)
    agent.send(forgotten(1))
    expect(agent.context).toMatchObject({ restartsInWindow: 1, attempt: 2 })
    agent.send(forgotten(2))
    expect(agent.context.restartsInWindow).toBe(0)
  })

  test.each([
    [
      'a start by hand',
      () => agentWalk({ restartBudget: 1 }).send(start, crash(1), backoffOver, crash(2), start),
    ],
    [
      'a stable runtime',
      () => runningAgent().send(crash(1), backoffOver, runtimeUp, { type: 'agent.stable' }),
    ],
  ])('A13 the window of a restart that %s has forgotten takes no later one with it', (_, forgetting) => {
    const agent = forgetting()
    const { epoch } = agent.context
    agent.send(crash(epoch), forgotten(1))
    expect(agent.context.restartsInWindow).toBe(1)
    agent.send(forgotten(epoch))
    expect(agent.context.restartsInWindow).toBe(0)
  })

  test('A13 a runtime that came back counts as stable after a while, and only then', () => {
    expect(runningAgent().timers).toEqual([])
    const agent = runningAgent({ stableAfterMs: 50_000 }).send(crash(1), backoffOver, runtimeUp)
    expect(agent.timers).toEqual([{ event: 'agent.stable', delayMs: 50_000, id: 'stable' }])
    agent.send({ type: 'agent.stable' })
    expect(agent.context).toMatchObject({ attempt: 0, restartsInWindow: 0, failure: null })
  })

  test('A13 a new crash takes back the promise of stability; a new start renews it', () => {
    const agent = runningAgent().send(crash(1), backoffOver, runtimeUp)
    expect(agent.send(crash(2)).cancelledTimers).toContain('stable')
    expect(agent.send(backoffOver, runtimeUp).cancelledTimers).toContain('stable')
  })

  test.each(['restarting', 'failed', 'shuttingDown'] as const)(
    'A13 an agent in %s keeps its failure, however long it was stable before',
    (state) => {
      const agent = states[state]()
      const before = agent.context
      agent.send({ type: 'agent.stable' })
      expect(agent.context).toEqual(before)
    },
  )
})

describe('ending', () => {
  test('A14 a person restarts what runs: the cell and what waits are cancelled, the budget is untouched', () => {
    const agent = executingAgent({ restartBudget: 0 }, ['q2']).send(restart)
    expect(agent.state).toBe('restarting')
    expect(agent.factTypes).toEqual([
      'execution.finished',
      'queue.abandoned',
      'agent.ended',
      'agent.restarting',
    ])
    expect(agent.fact('execution.finished').end).toMatchObject({
      outcome: 'cancelled',
      reason: 'The runtime was restarted.',
    })
    expect(agent.fact('agent.ended')).toMatchObject({ reason: 'restart', failure: null })
    expect(agent.context).toMatchObject({ attempt: 0, restartsInWindow: 0, restartDelayMs: 0, queue: [] })
    expect(agent.timers.map(({ delayMs }) => delayMs)).toEqual([0])
  })

  test.each([
    ['running', () => runningAgent(), 'restarting'],
    ['restarting', () => runningAgent().send(crash(1)), 'starting'],
    ['failed', () => runningAgent().send(crash(1, 'assetLoadFailed')), 'starting'],
  ])('A14 a person restarts an agent in %s', (_, reach, target) => {
    expect(reach().send(restart).state).toBe(target)
  })

  test('A14 agent.start does not wait for the backoff', () => {
    const agent = runningAgent().send(crash(1), start)
    expect([agent.state, agent.context.epoch]).toEqual(['starting', 2])
  })

  test('A15 an agent that never started stops at once', () => {
    const stopInTime: AgentCommand = { type: 'agent.stop', reason: 'timeout' }
    const agent = agentWalk().send(stopInTime)
    expect(agent.state).toBe('stopped')
    expect(agent.facts).toEqual([{ type: 'agent.stopped', reason: 'timeout' }])
  })

  test.each([
    ['the runtime is gone', runtimeUp],
    ['it cannot be taken down', startFailed(retryable)],
    ['it takes too long', stopTimedOut],
  ])('A15 an agent that shuts down is stopped when %s', (_, event) => {
    const agent = runningAgent({ stopTimeoutMs: 3_000 }).send(stop)
    expect([agent.state, agent.started]).toEqual(['shuttingDown', ['stopRuntime']])
    expect(agent.timers.map(({ delayMs }) => delayMs)).toEqual([3_000])
    agent.send(event)
    expect(agent.state).toBe('stopped')
    expect(agent.snapshot.status).toBe('done')
    expect(agent.factTypes).toEqual(['agent.ended', 'agent.stopped'])
  })

  test('A15 a stop cancels the cell that runs and leaves what waits to the next session', () => {
    const agent = executingAgent({}, ['q2']).send(stop)
    expect(agent.factTypes).toEqual(['execution.finished'])
    expect(agent.fact('execution.finished').end).toMatchObject({
      outcome: 'cancelled',
      reason: 'The runtime was shut down.',
    })
    expect(agent.context.current).toBeNull()
  })

  const reviving = [
    start,
    restart,
    request('q9'),
    cancel('q9'),
    { type: 'execution.interrupt' },
    { type: 'execution.force' },
    crash(1),
    displaced(1),
    storeDied,
    backoffOver,
    startTimedOut,
    forgotten(1),
    { type: 'agent.stable' },
    stop,
  ]

  test.each(reviving.map((event) => [event.type, event] as const))(
    'A15 %s does not revive an agent that shuts down',
    (_, event) => {
      const agent = runningAgent().send(stop)
      expect(agent.send(event).state).toBe('shuttingDown')
      expect([agent.started, agent.facts]).toEqual([[], []])
      agent.send(runtimeUp)
      expect([agent.state, agent.snapshot.status]).toEqual(['stopped', 'done'])
    },
  )

  test.each([
    ['stopped', [stop, runtimeUp]],
    ['stopped while it starts', [restart, backoffOver, stop, runtimeUp]],
    ['stopped while it restarts', [crash(1), stop, runtimeUp]],
    ['stopped after it failed', [crash(1, 'assetLoadFailed'), stop, runtimeUp]],
    ['left by its store while it restarts', [crash(1), storeDied]],
    ['restarted', [restart, backoffOver, runtimeUp, crash(2, 'assetLoadFailed')]],
  ])('A16 an agent that is %s ends each session once', (_, events) => {
    const agent = runningAgent()
    const facts: AgentFact[] = []
    for (const event of events) facts.push(...agent.send(event).facts)
    const ended = facts.filter((fact) => fact.type === 'agent.ended').map((fact) => fact.epoch)
    expect(ended).toEqual(Array.from({ length: agent.context.epoch }, (__, index) => index + 1))
  })

  test.each([
    ['restarting', crash(1)],
    ['failed', crash(1, 'assetLoadFailed')],
  ])('A17 an agent in %s survives a runtime that cannot be taken down', (state, event) => {
    const agent = runningAgent().send(event, startFailed(retryable))
    expect([agent.state, agent.snapshot.status]).toEqual([state, 'active'])
    expect(agent.facts).toEqual([])
  })
})

describe('idle', () => {
  const settings = { idleCullMs: 10_000, cullWarningMs: 2_000 }
  const idleTimers = (agent: ReturnType<typeof agentWalk>) => agent.timers.filter(({ id }) => id === 'idle')

  test('A18 a warning comes before the cull, and says how long is left', () => {
    const agent = runningAgent(settings)
    expect(idleTimers(agent)).toEqual([{ event: 'idle.noticed', delayMs: 8_000, id: 'idle' }])
    agent.send(idleNoticed)
    expect(agent.facts).toEqual([{ type: 'agent.cullWarning', remainingMs: 2_000 }])
    expect(agent.context.isCullNear).toBe(true)
    expect(idleTimers(agent)).toEqual([{ event: 'idle.over', delayMs: 2_000, id: 'idle' }])
  })

  test('A18 a culled agent is idle, its session has ended, its runtime is taken down', () => {
    const agent = runningAgent(settings).send(idleNoticed, idleOver)
    expect([agent.state, agent.started]).toEqual(['idle', ['stopRuntime']])
    expect(agent.factTypes).toEqual(['agent.ended', 'agent.culled'])
    expect(agent.fact('agent.ended')).toMatchObject({ epoch: 1, reason: 'shutdown', failure: null })
    expect(agent.context).toMatchObject({ isCulled: true, isCullNear: false })
  })

  test('A18 the next request starts a culled agent in a new life', () => {
    const agent = runningAgent(settings).send(idleNoticed, idleOver, request('q1'))
    expect([agent.state, agent.context.epoch, agent.context.isCulled]).toEqual(['starting', 2, false])
    expect(agent.send(runtimeUp).state).toBe('executing')
  })

  test('A18 an old runtime that cannot be taken down does not matter', () => {
    const gone = { type: 'xstate.error.actor.disposal', actorId: 'disposal', error: new Error('no') }
    const agent = runningAgent(settings).send(idleNoticed, idleOver, gone)
    expect([agent.state, agent.snapshot.status]).toEqual(['idle', 'active'])
    expect(Object.keys(agent.snapshot.children)).toEqual([])
  })

  test('A18 idle time is not counted when the limit is 0', () => {
    expect(idleTimers(runningAgent({ idleCullMs: 0 }))).toEqual([])
  })

  test('A19 work ends the wait, which begins anew with the end of the last execution', () => {
    const agent = runningAgent(settings).send(idleNoticed, request('q1'))
    expect(agent.cancelledTimers).toContain('idle')
    expect(agent.context.isCullNear).toBe(false)
    expect(idleTimers(agent)).toEqual([])
    expect(idleTimers(agent.send(executionDone()))).toHaveLength(1)
  })

  test('A19 somebody who wants to keep it makes the time count from now', () => {
    const agent = runningAgent(settings).send(idleNoticed, keep)
    expect(agent.context.isCullNear).toBe(false)
    expect(idleTimers(agent)).toEqual([{ event: 'idle.noticed', delayMs: 8_000, id: 'idle' }])
  })

  test('A19 a pinned agent is not watched, whenever it was pinned', () => {
    const pinned = runningAgent(settings).send(pin)
    expect([pinned.cancelledTimers, idleTimers(pinned)]).toEqual([['idle'], []])
    expect(idleTimers(pinned.send(unpin))).toHaveLength(1)
    const pinnedBefore = agentWalk(settings).send(pin, start, runtimeUp)
    expect(idleTimers(pinnedBefore)).toEqual([])
  })

  test('A20 the countdown to a restart is in the context, and ends with it', () => {
    const agent = runningAgent().send(crash(1))
    const { restartDelayMs } = agent.context
    expect(agent.context.restartInMs).toBe(restartDelayMs)
    agent.send({ type: 'restart.tick' })
    expect(agent.context.restartInMs).toBe(restartDelayMs - 500)
    expect(agent.send(backoffOver).context.restartInMs).toBe(0)
  })

  test('A21 what waits behind a cell that may fail goes on', () => {
    const failed = executionDone({ outcome: 'failed', reason: 'no', mayFail: true })
    expect(executingAgent({}, ['q2']).send(failed).state).toBe('executing')
  })
})
