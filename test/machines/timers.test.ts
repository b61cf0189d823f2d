/**
 * Every time limit of the machines, as running actors under a simulated clock: it fires when it should, not a millisecond
 * before, and not at all when what it guards has ended.
 *
 *   T1  start timeout      T2  backoff and crash loop   T3  restart window   T4  interrupt grace
 *   T5  execution timeout  T6  stop timeout             T7  stable after     T8  no timer outlives its agent
 */
import { describe, expect, test } from 'vitest'
import { waitFor, type EventObject } from 'xstate'
import {
  backoffDelay,
  createFailure,
  type AgentActorRef,
  type AgentFact,
  type AgentSettings,
  type AgentState,
} from '../../machines/index.js'
import { crash, request, restart, start, stop } from './agent-walk.js'
import { createLiveRegistry, type World } from './live-registry.js'

const never = () => new Promise<never>(() => {})
const agentId = 'agent:notebook'

async function liveAgent(settings: Partial<AgentSettings>, world: Partial<World> = {}) {
  const live = createLiveRegistry({ world })
  const actorRef = live.spawn(agentId, settings) as AgentActorRef
  const facts: AgentFact[] = []
  actorRef.on('*', (fact) => facts.push(fact))
  actorRef.send(start)
  const until = (state: AgentState) => waitFor(actorRef, (snapshot) => snapshot.matches(state))
  const state = () => actorRef.getSnapshot().value
  return { ...live, actorRef, agentFacts: facts, until, state }
}

async function executing(settings: Partial<AgentSettings>, world: Partial<World> = {}) {
  let report: (event: EventObject) => void = () => {}
  const handle: World['handle'] = (_, send) => (report = send)
  const agent = await liveAgent(settings, { handle, ...world })
  agent.actorRef.send(request('q1'))
  const execution = await waitFor(agent.actorRef, ({ children }) => 'execution' in children)
  const child = execution.children['execution']!
  await waitFor(child, (snapshot) => 'value' in snapshot && snapshot.value === 'handling')
  return {
    ...agent,
    report: (event: EventObject) => report(event),
    executionState: () => (child.getSnapshot() as { value: string }).value,
  }
}

/** Moves the clock to just before the deadline, then onto it. */
function expectAt(clock: { increment(ms: number): void }, delayMs: number, probe: () => unknown): unknown[] {
  clock.increment(delayMs - 1)
  const before = probe()
  clock.increment(1)
  return [before, probe()]
}

describe('starting', () => {
  test('T1 a start that does not end is given up at its limit', async () => {
    const { clock, state } = await liveAgent({ startTimeoutMs: 7_000 }, { startRuntime: never })
    expect(expectAt(clock, 7_000, state)).toEqual(['starting', 'restarting'])
  })

  test('T1 a start that ended in time is not given up later', async () => {
    const { clock, state, until } = await liveAgent({ startTimeoutMs: 7_000 })
    await until('running')
    clock.increment(1_000_000)
    expect(state()).toBe('running')
    expect(clock.timers).toBe(0)
  })

  test('T2 restarts wait longer each time, then the agent gives up', async () => {
    const starts: number[] = []
    let now = () => 0
    const { clock, until, agentFacts } = await liveAgent(
      { restartBudget: 3 },
      {
        startRuntime: () => {
          starts.push(now())
          return Promise.reject(new Error('no'))
        },
      },
    )
    now = () => clock.now()
    for (const attempt of [1, 2, 3]) {
      await until('restarting')
      clock.increment(backoffDelay(attempt, agentId))
    }
    const failed = await until('failed')
    const delays = [1, 2, 3].map((attempt) => backoffDelay(attempt, agentId))
    expect(starts).toEqual([0, delays[0], delays[0]! + delays[1]!, delays[0]! + delays[1]! + delays[2]!])
    expect(failed.context.failure?.code).toBe('crashLoop')
    expect(agentFacts.filter((fact) => fact.type === 'agent.restarting').map((fact) => fact.delayMs)).toEqual(
      delays,
    )
  })

  test('T2 the backoff is not shortened by a millisecond', async () => {
    const { clock, state, until, actorRef } = await liveAgent({})
    await until('running')
    actorRef.send(crash(1))
    expect(expectAt(clock, backoffDelay(1, agentId), state)).toEqual(['restarting', 'starting'])
  })

  test('T3 crashes further apart than the window never spend the budget', async () => {
    const { clock, until, actorRef } = await liveAgent({ restartBudget: 1, restartWindowMs: 100_000 })
    for (let life = 1; life <= 5; life++) {
      await until('running')
      actorRef.send(crash(life))
      expect(actorRef.getSnapshot().context).toMatchObject({ restartsInWindow: 1, attempt: life })
      clock.increment(backoffDelay(life, agentId))
      await until('running')
      clock.increment(100_000)
      expect(actorRef.getSnapshot().context.restartsInWindow).toBe(0)
    }
  })

  test('T3 the window slides: each restart is forgotten at its own time', async () => {
    const { clock, until, actorRef } = await liveAgent({ restartWindowMs: 100_000 })
    const inWindow = () => actorRef.getSnapshot().context.restartsInWindow
    await until('running')
    actorRef.send(crash(1))
    clock.increment(60_000)
    await until('running')
    actorRef.send(crash(2))
    clock.increment(10_000)
    await until('running')
    expect(expectAt(clock, 30_000, inWindow)).toEqual([2, 1])
    expect(expectAt(clock, 60_000, inWindow)).toEqual([1, 0])
  })

  test('T3 restarts that a start by hand has forgotten take nothing from the next budget', async () => {
    const { clock, until, actorRef } = await liveAgent({ restartBudget: 5, restartWindowMs: 60_000 })
    const { context: first } = actorRef.getSnapshot()
    const crashAndComeBack = async () => {
      await until('running')
      actorRef.send(crash(actorRef.getSnapshot().context.epoch))
      clock.increment(actorRef.getSnapshot().context.restartInMs)
    }
    for (let crashes = 1; crashes <= 6; crashes++) await crashAndComeBack()
    expect((await until('failed')).context.failure?.code).toBe('crashLoop')
    clock.increment(20_000)
    actorRef.send(start)
    await crashAndComeBack()
    await crashAndComeBack()
    clock.increment(25_000)
    expect(actorRef.getSnapshot().context.restartsInWindow).toBe(2)
    for (let crashes = 3; crashes <= 6; crashes++) await crashAndComeBack()
    const failed = await until('failed')
    expect(failed.context.failure?.code).toBe('crashLoop')
    expect(failed.context.epoch).toBe(first.epoch + 11)
  })

  test('T3 restarts that a stable runtime has forgotten take nothing from the next budget', async () => {
    const { clock, until, actorRef } = await liveAgent({ restartWindowMs: 100_000, stableAfterMs: 50_000 })
    const inWindow = () => actorRef.getSnapshot().context.restartsInWindow
    await until('running')
    actorRef.send(crash(1))
    clock.increment(10_000)
    await until('running')
    clock.increment(50_000)
    expect(inWindow()).toBe(0)
    actorRef.send(crash(2))
    expect(expectAt(clock, 40_000, inWindow)).toEqual([1, 1])
  })
})

describe('executing', () => {
  test('T4 an interrupted handler has its grace, then is ended by force', async () => {
    const { clock, commands, actorRef, report, until } = await executing({ interruptGraceMs: 4_000 })
    actorRef.send({ type: 'execution.interrupt' })
    expect(commands).toEqual(['handler.interrupt'])
    expect(expectAt(clock, 4_000, () => commands.length)).toEqual([1, 2])
    expect(commands).toEqual(['handler.interrupt', 'handler.force'])
    report({ type: 'handler.crashed', failure: createFailure('forcedStop') } as EventObject)
    await until('restarting')
  })

  test('T4 a handler that ends within the grace is not forced', async () => {
    const { clock, commands, actorRef, report, until } = await executing({ interruptGraceMs: 4_000 })
    actorRef.send({ type: 'execution.interrupt' })
    report({ type: 'handler.settled', result: { success: false, error: 'stopped' } } as EventObject)
    await until('running')
    clock.increment(1_000_000)
    expect(commands).toEqual(['handler.interrupt'])
    expect(clock.timers).toBe(0)
  })

  test('T5 a cell that takes too long is told to stop, and ends as timed out', async () => {
    const { clock, executionState, report, until, agentFacts } = await executing({
      executionTimeoutMs: 9_000,
    })
    expect(expectAt(clock, 9_000, executionState)).toEqual(['handling', 'interrupting'])
    report({ type: 'handler.settled', result: { success: false, error: 'stopped' } } as EventObject)
    await until('running')
    const finished = agentFacts.find((fact) => fact.type === 'execution.finished')
    expect(finished?.end).toMatchObject({ outcome: 'timedOut', failure: { code: 'executionTimeout' } })
  })

  test('T5 the time while a person is asked does not count', async () => {
    const { clock, executionState, report } = await executing({ executionTimeoutMs: 9_000 })
    clock.increment(8_000)
    report({ type: 'approval.requested' })
    clock.increment(1_000_000)
    expect(executionState()).toBe('awaitingApproval')
    report({ type: 'approval.responded' })
    expect(expectAt(clock, 9_000, executionState)).toEqual(['handling', 'interrupting'])
  })

  test('T5 without a limit a cell may take three weeks', async () => {
    const { clock, executionState } = await executing({ executionTimeoutMs: 0 })
    clock.increment(21 * 24 * 3_600_000)
    expect(executionState()).toBe('handling')
  })
})

describe('ending', () => {
  test('T6 the hard end comes at its limit, whatever the runtime does', async () => {
    const { clock, state, until, actorRef, get } = await liveAgent(
      { stopTimeoutMs: 3_000 },
      { stopRuntime: never },
    )
    await until('running')
    actorRef.send(stop)
    expect(expectAt(clock, 3_000, state)).toEqual(['shuttingDown', 'stopped'])
    expect(get(agentId)).toBeUndefined()
    expect(clock.timers).toBe(0)
  })

  test('T7 after a while without a crash the backoff starts from its shortest delay again', async () => {
    const { clock, until, actorRef } = await liveAgent({ stableAfterMs: 50_000 })
    const attempt = () => actorRef.getSnapshot().context.attempt
    await until('running')
    actorRef.send(crash(1))
    clock.increment(backoffDelay(1, agentId))
    await until('running')
    expect(expectAt(clock, 50_000, attempt)).toEqual([1, 0])
  })

  test('T7 each new life has the whole time before it', async () => {
    const { clock, until, actorRef } = await liveAgent({ stableAfterMs: 50_000 })
    const attempt = () => actorRef.getSnapshot().context.attempt
    await until('running')
    actorRef.send(crash(1))
    clock.increment(backoffDelay(1, agentId))
    await until('running')
    clock.increment(49_000)
    actorRef.send(restart)
    clock.increment(0)
    await until('running')
    expect(expectAt(clock, 50_000, attempt)).toEqual([1, 0])
  })

  test('T7 an agent that failed meanwhile keeps its failure', async () => {
    const { clock, until, actorRef } = await liveAgent({ stableAfterMs: 50_000 })
    await until('running')
    actorRef.send(crash(1))
    clock.increment(backoffDelay(1, agentId))
    await until('running')
    actorRef.send(crash(2, 'assetLoadFailed'))
    clock.increment(1_000_000)
    expect(actorRef.getSnapshot().context.failure?.code).toBe('assetLoadFailed')
  })

  test('T8 a stopped agent leaves no timer, also after restarts', async () => {
    const { clock, until, actorRef } = await liveAgent({})
    for (const life of [1, 2]) {
      await until('running')
      actorRef.send(crash(life))
      clock.increment(backoffDelay(life, agentId))
    }
    await until('running')
    actorRef.send(restart)
    clock.increment(0)
    await until('running')
    expect(clock.timers).toBeGreaterThan(0)
    actorRef.send(stop)
    await until('stopped')
    expect(clock.timers).toBe(0)
  })
})
