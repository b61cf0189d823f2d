/**
 * Rules of the execution machine.
 *
 *   E1  The request is claimed first; the handler starts only when the claim is won.
 *   E2  A request that is gone ends as cancelled, one that is refused as failed, a claim that breaks as lost; none is claimed.
 *   E3  The handler's result decides between succeeded and failed; a crash is a failure that lost the runtime's state.
 *   E4  A cancellation before the claim ends at once; an interrupt waits for the claim, so that the end can be recorded.
 *   E5  Cancel, interrupt and the time limit tell the handler to stop, once; a cancellation of another execution is ignored.
 *   E6  A cancelled or timed-out handler ends so whatever it still returns; an interrupted one that succeeded has succeeded.
 *   E7  A handler that does not stop within the grace, or that is forced, is ended by force; the runtime's state is lost.
 *   E8  The time limit does not count while a person is asked; 0 means no limit.
 *   E9  The output tells the whole story, and exactly one outcome.
 */
import { describe, expect, test } from 'vitest'
import type { CellData } from '@runtimed/schema'
import { createActor, fromCallback, fromPromise, type EventObject } from 'xstate'
import {
  createFailure,
  executionMachine,
  type ClaimResult,
  type ExecutionEnd,
  type ExecutionInput,
  type HandlerCommand,
  type HandlerInput,
} from '../../machines/index.js'
import { requestOf } from './agent-walk.js'
import { Walk } from './walk.js'

const input: ExecutionInput = {
  agentId: 'agent:notebook',
  epoch: 1,
  sessionId: 'session',
  request: requestOf('q1'),
  timeoutMs: 5_000,
  forceOfferMs: 5_000,
  stalledAfterMs: 0,
  interruptGraceMs: 2_000,
}

const executionWalk = (options: Partial<ExecutionInput> = {}) =>
  new Walk<typeof executionMachine, never>(executionMachine, { ...input, ...options })
type ExecutionWalk = ReturnType<typeof executionWalk>

const claim = (output: ClaimResult) => ({ type: 'xstate.done.actor.claim', actorId: 'claim', output })
const claimed = claim({ status: 'claimed' })
const gone = claim({ status: 'gone', reason: 'another session took it' })
const refused = claim({ status: 'refused', failure: createFailure('notCapable') })
const claimBroke = (error: unknown) => ({ type: 'xstate.error.actor.claim', actorId: 'claim', error })
const success = { type: 'handler.settled', result: { success: true } }
const failure = { type: 'handler.settled', result: { success: false, error: 'NameError: x' } }
const crashed = { type: 'handler.crashed', failure: createFailure('outOfMemory') }
const cancel = { type: 'execution.cancel', executionId: 'q1', reason: 'not needed' }
const interrupt = { type: 'execution.interrupt', reason: 'enough' }
const force = { type: 'execution.force' }
const asked = { type: 'approval.requested' }
const answered = { type: 'approval.responded' }
const timeLimit = { type: 'xstate.after.execution timeout.execution.handling' }
const graceOver = { type: 'xstate.after.interrupt grace.execution.interrupting' }

const handling = (options: Partial<ExecutionInput> = {}) => executionWalk(options).send(claimed)
const after = (...events: EventObject[]) => handling().send(...events)
const endOf = (walk: ExecutionWalk) => walk.snapshot.output as ExecutionEnd | undefined
const toHandler = (walk: ExecutionWalk) => walk.sent.map(({ to, event }) => `${to}: ${event.type}`)

describe('claiming', () => {
  test('E1 a new execution claims, and starts no handler', () => {
    const execution = executionWalk()
    expect([execution.state, execution.started]).toEqual(['preparing', ['claimExecution']])
  })

  test('E1 a claim that is won starts the handler', () => {
    const execution = handling()
    expect([execution.state, execution.started]).toEqual(['handling', ['runHandler']])
    expect(execution.context.claimed).toBe(true)
  })

  test('E1 the handler is started with the cell as it was claimed', async () => {
    const cell = { id: 'c1', source: '6 * 7' } as CellData
    const given = await new Promise<HandlerInput>((resolve) => {
      const claimExecution = fromPromise<ClaimResult, ExecutionInput>(async () => ({
        status: 'claimed',
        cell,
      }))
      const runHandler = fromCallback<HandlerCommand, HandlerInput>(({ input }) => resolve(input))
      createActor(executionMachine.provide({ actors: { claimExecution, runHandler } }), { input }).start()
    })
    expect(given).toMatchObject({ ...input, cell })
  })

  test.each([
    ['is gone', gone, { outcome: 'cancelled', reason: 'another session took it' }],
    [
      'is refused',
      refused,
      {
        outcome: 'failed',
        reason: createFailure('notCapable').message,
        failure: createFailure('notCapable'),
      },
    ],
    [
      'cannot be claimed',
      claimBroke(new Error('closed')),
      {
        outcome: 'lost',
        reason: 'closed',
        failure: createFailure('storeDied', { message: 'closed' }),
      },
    ],
    [
      'cannot be claimed for a named reason',
      claimBroke({ failure: createFailure('storeStalled') }),
      {
        outcome: 'lost',
        reason: createFailure('storeStalled').message,
        failure: createFailure('storeStalled'),
      },
    ],
  ])('E2 E9 a request that %s ends unclaimed', (_, event, expected) => {
    const execution = executionWalk().send(event)
    expect(execution.started).toEqual([])
    expect(endOf(execution)).toEqual({
      request: input.request,
      claimed: false,
      stateLost: false,
      ...expected,
    })
  })

  test('E4 a cancellation before the claim ends at once', () => {
    const execution = executionWalk().send(cancel)
    expect(endOf(execution)).toMatchObject({ outcome: 'cancelled', claimed: false, reason: 'not needed' })
  })

  test('E4 an interrupt before the claim ends as cancelled once the claim is won, and no handler starts', () => {
    const execution = executionWalk().send(interrupt)
    expect(execution.state).toBe('preparing')
    execution.send(claimed)
    expect(execution.started).toEqual([])
    expect(endOf(execution)).toMatchObject({ outcome: 'cancelled', claimed: true, reason: 'enough' })
  })

  test('E4 an interrupt before a claim that is not won changes nothing', () => {
    const execution = executionWalk().send(interrupt, gone)
    expect(endOf(execution)).toMatchObject({ outcome: 'cancelled', claimed: false })
  })
})

describe('handling', () => {
  test.each([
    ['succeeds', success, { outcome: 'succeeded', stateLost: false }],
    ['fails', failure, { outcome: 'failed', stateLost: false, reason: 'NameError: x' }],
    [
      'crashes',
      crashed,
      {
        outcome: 'failed',
        stateLost: true,
        reason: 'The runtime ran out of memory.',
        failure: createFailure('outOfMemory'),
      },
    ],
  ])('E3 E9 a handler that %s decides the outcome, asked or not', (_, event, expected) => {
    for (const execution of [handling(), handling().send(asked)]) {
      execution.send(event)
      expect(endOf(execution)).toEqual({ request: input.request, claimed: true, ...expected })
    }
  })

  test('E3 the failure that a result carries is kept', () => {
    const broken = createFailure('handlerError', { message: 'oh' })
    const execution = after({
      type: 'handler.settled',
      result: { success: false, error: 'oh', failure: broken },
    } as EventObject)
    expect(endOf(execution)?.failure).toEqual(broken)
  })

  test('E8 the time limit runs while the handler does, stops for a question and starts anew', () => {
    const execution = handling()
    expect(execution.timers.map(({ delayMs }) => delayMs)).toEqual([5_000])
    execution.send(asked)
    expect([execution.state, execution.timers]).toEqual(['awaitingApproval', []])
    expect(execution.cancelledTimers).toEqual(['silence', timeLimit.type])
    execution.send(answered)
    expect([execution.state, execution.started]).toEqual(['handling', []])
    expect(execution.timers.map(({ delayMs }) => delayMs)).toEqual([5_000])
  })

  test('E8 a limit of 0 is no limit', () => {
    expect(handling({ timeoutMs: 0 }).timers.map(({ delayMs }) => delayMs)).toEqual([2_147_483_647])
  })

  test('E7 force without an interrupt before it does nothing', () => {
    const execution = after(force)
    expect([execution.state, execution.sent]).toEqual(['handling', []])
  })
})

describe('interrupting', () => {
  test.each([
    ['cancellation', cancel],
    ['interrupt', interrupt],
  ])('E5 a %s tells the handler to stop, once, also while a person is asked', (_, event) => {
    for (const execution of [handling(), handling().send(asked)]) {
      execution.send(event)
      expect(execution.state).toBe('interrupting')
      expect(toHandler(execution)).toEqual(['handler: handler.interrupt'])
      expect(execution.timers.map(({ delayMs }) => delayMs)).toEqual([5_000, 2_000])
      expect(execution.send(event).sent).toEqual([])
    }
  })

  test('E5 the time limit tells the handler to stop and says so', () => {
    const execution = after(timeLimit)
    expect(toHandler(execution)).toEqual(['handler: handler.interrupt'])
    expect(execution.context.reason).toBe('The execution took longer than its limit of 5 s.')
  })

  test.each([
    ['preparing', []],
    ['handling', [claimed]],
    ['awaitingApproval', [claimed, asked]],
    ['interrupting', [claimed, interrupt]],
  ])('E5 a cancellation of another execution is ignored in %s', (state, events) => {
    const execution = executionWalk().send(...events)
    const before = execution.context
    const cancelOther = { ...cancel, executionId: 'q2' }
    execution.send(cancelOther)
    expect([execution.state, execution.sent]).toEqual([state, []])
    expect(execution.context).toEqual(before)
  })

  const ends: readonly [string, EventObject[], Partial<ExecutionEnd>][] = [
    ['cancelled, then succeeds', [cancel, success], { outcome: 'cancelled', reason: 'not needed' }],
    ['cancelled, then fails', [cancel, failure], { outcome: 'cancelled', reason: 'not needed' }],
    ['interrupted, then succeeds', [interrupt, success], { outcome: 'succeeded', isInterrupted: true }],
    [
      'interrupted, then fails',
      [interrupt, failure],
      { outcome: 'cancelled', reason: 'enough', isInterrupted: true },
    ],
    [
      'interrupted without a reason, then fails',
      [{ type: 'execution.interrupt' }, failure],
      { outcome: 'cancelled', reason: 'interrupted', isInterrupted: true },
    ],
    [
      'interrupted, then cancelled, then succeeds',
      [interrupt, cancel, success],
      { outcome: 'cancelled', reason: 'not needed', isInterrupted: true },
    ],
    [
      'stopped by its limit, then succeeds',
      [timeLimit, success],
      {
        outcome: 'timedOut',
        reason: 'The execution took longer than its limit of 5 s.',
        failure: createFailure('executionTimeout', {
          message: 'The execution took longer than its limit of 5 s.',
        }),
      },
    ],
  ]

  test.each(ends)('E6 E9 a handler that is %s', (_, events, expected) => {
    const end = endOf(after(...events))
    expect(end).toEqual({ request: input.request, claimed: true, stateLost: false, ...expected })
  })

  test.each([
    ['the grace is over', graceOver],
    ['it is forced', force],
  ])('E7 a handler that does not stop is ended by force when %s', (_, event) => {
    const execution = after(interrupt, event)
    expect(execution.state).toBe('interrupting')
    expect(toHandler(execution)).toEqual(['handler: handler.force'])
    execution.send(crashed)
    expect(endOf(execution)).toMatchObject({
      outcome: 'cancelled',
      stateLost: true,
      failure: createFailure('forcedStop'),
    })
  })

  test('E7 a handler that crashes while it is told to stop lost its state as well', () => {
    expect(endOf(after(cancel, crashed))).toMatchObject({ outcome: 'cancelled', stateLost: true })
    expect(endOf(after(timeLimit, crashed))).toMatchObject({
      outcome: 'timedOut',
      stateLost: true,
      failure: { code: 'executionTimeout' },
    })
  })

  test('E7 a success that arrives after the force does not count', () => {
    expect(endOf(after(interrupt, force, success))).toMatchObject({ outcome: 'cancelled', stateLost: true })
  })
})

describe('signs for a person', () => {
  const silence = { type: 'silence.noticed' }
  const spoke = { type: 'handler.output' }
  const forceOffer = { type: 'xstate.after.force offer.execution.interrupting' }

  test('E11 a handler that writes nothing for long is marked as stalled, and nothing is ended', () => {
    const execution = handling({ stalledAfterMs: 60_000 })
    expect(execution.timers).toContainEqual({ event: 'silence.noticed', delayMs: 60_000, id: 'silence' })
    expect(execution.send(silence).context.isStalled).toBe(true)
    expect([execution.state, execution.sent, execution.facts]).toEqual(['handling', [], []])
  })

  test('E11 output takes the mark away and begins the wait anew', () => {
    const execution = handling({ stalledAfterMs: 60_000 }).send(silence, spoke)
    expect(execution.context.isStalled).toBe(false)
    expect(execution.cancelledTimers).toContain('silence')
    expect(execution.timers.map(({ delayMs }) => delayMs)).toEqual([60_000])
  })

  test('E11 nobody is called stalled who waits for a person, or was told to stop', () => {
    for (const event of [asked, interrupt]) {
      const execution = handling({ stalledAfterMs: 60_000 }).send(silence, event)
      expect(execution.cancelledTimers).toContain('silence')
      expect(execution.context.isStalled).toBe(false)
    }
  })

  test('E12 force is offered to a person before it comes by itself', () => {
    const execution = handling().send(interrupt)
    expect(execution.context.isForceOffered).toBe(false)
    execution.send(forceOffer)
    expect([execution.state, execution.context.isForceOffered, execution.sent]).toEqual([
      'interrupting',
      true,
      [],
    ])
  })

  test('E13 a cell has its own time limit, and may be allowed to fail', () => {
    const claimed = {
      type: 'xstate.done.actor.claim',
      actorId: 'claim',
      output: { status: 'claimed', options: { timeoutMs: 700, mayFail: true } },
    } as EventObject
    const execution = new Walk<typeof executionMachine, never>(executionMachine, input).send(claimed)
    expect(execution.timers.map(({ delayMs }) => delayMs)).toContain(700)
    execution.send({ type: 'handler.settled', result: { success: false, error: 'no' } } as EventObject)
    expect(execution.snapshot.output).toMatchObject({ outcome: 'failed', mayFail: true })
  })
})
