/**
 * Rules of the agent that need no machine.
 *
 *   R1  Requests wait in log order, whatever order they come in.
 *   R2  A cell that fails or was interrupted takes back what waits, unless it may fail, was never claimed, or lost its runtime.
 *   R3  A runtime that broke takes back what waits; one that did not come up takes back nothing.
 *   R4  An execution that is left behind says what left it behind, and whether it was taken back, failed or lost.
 */
import { describe, expect, test } from 'vitest'
import { getInitialSnapshot } from 'xstate'
import { breakEndsQueue, endsQueue, executionEnd, insertInOrder } from '../../machines/agent-rules.js'
import type { AgentContext, AgentEvent } from '../../machines/agent-types.js'
import {
  agentMachine,
  createFailure,
  defaultAgentSettings,
  type ExecutionEnd,
  type ExecutionRequest,
} from '../../machines/index.js'

const request = (requestSeq: number): ExecutionRequest => ({
  executionId: `e${requestSeq}`,
  cellId: 'c',
  executionCount: 1,
  requestedBy: 'somebody',
  requestSeq,
})

const settings = { ...defaultAgentSettings, errorPolicy: 'stop' as const }
const input = { agentId: 'a', notebookId: 'n', runtimeType: 't', sessionId: 's', settings }

/** As the machine begins, but in its first life, and with a request that runs. */
const context = (over: Partial<AgentContext> = {}): AgentContext => ({
  ...getInitialSnapshot(agentMachine, input).context,
  epoch: 1,
  current: request(1),
  sessionIsOpen: true,
  ...over,
})

const end = (over: Partial<ExecutionEnd>): ExecutionEnd => ({
  request: request(1),
  claimed: true,
  stateLost: false,
  outcome: 'failed',
  ...over,
})

test('R1 a request that comes late still waits at its place', () => {
  const order = [3, 1, 2].reduce<readonly ExecutionRequest[]>(
    (queue, seq) => insertInOrder(queue, request(seq)),
    [],
  )
  expect(order.map(({ requestSeq }) => requestSeq)).toEqual([1, 2, 3])
})

test.each<[Partial<ExecutionEnd>, boolean]>([
  [{}, true],
  [{ outcome: 'timedOut' }, true],
  [{ outcome: 'cancelled', isInterrupted: true }, true],
  [{ outcome: 'cancelled' }, false],
  [{ outcome: 'succeeded' }, false],
  [{ mayFail: true }, false],
  [{ claimed: false }, false],
  [{ stateLost: true }, false],
])('R2 an end of %o ends the queue: %s', (over, expected) => {
  expect(endsQueue(context(), end(over))).toBe(expected)
  expect(
    endsQueue(context({ settings: { ...defaultAgentSettings, errorPolicy: 'continue' } }), end(over)),
  ).toBe(false)
})

test.each<[string, Partial<AgentContext>, boolean]>([
  ['a crash under a cell', {}, true],
  ['a crash while something waits', { current: null, queue: [request(2)] }, true],
  ['a crash of an idle runtime', { current: null }, false],
])('R3 %s', (_name, over, expected) => {
  expect(breakEndsQueue(context(over))).toBe(expected)
  expect(
    breakEndsQueue(context({ ...over, settings: { ...defaultAgentSettings, errorPolicy: 'continue' } })),
  ).toBe(false)
})

const crashed: AgentEvent = { type: 'runtime.crashed', epoch: 1, failure: createFailure('workerCrashed') }

describe('R4 an execution that is left behind', () => {
  test.each<[AgentEvent, ExecutionEnd['outcome'], string]>([
    [{ type: 'agent.stop' }, 'cancelled', 'The runtime was shut down.'],
    [{ type: 'agent.restart' }, 'cancelled', 'The runtime was restarted.'],
    [{ type: 'session.displaced', epoch: 1 }, 'lost', createFailure('displaced').message],
    [{ type: 'store.died', failure: createFailure('storeDied') }, 'lost', createFailure('storeDied').message],
    [crashed, 'failed', createFailure('workerCrashed').message],
  ])('by $type', (event, outcome, reason) => {
    expect(executionEnd(context(), event)).toMatchObject({
      outcome,
      reason,
      stateLost: true,
      request: request(1),
    })
  })

  test('by its own report it is what it says', () => {
    const output = end({ outcome: 'succeeded' })
    const event = { type: 'xstate.done.actor.execution', output, actorId: 'execution' } as AgentEvent
    expect(executionEnd(context(), event)).toBe(output)
  })
})
