import { enqueueActions, sendTo, setup, type EventObject } from 'xstate'
import type { agentMachine } from './agent.machine.js'
import { sessionIdOf } from './agent-types.js'
import {
  newExecution,
  type ExecutionCommand,
  type ExecutionContext,
  type ExecutionInput,
  type executionMachine,
} from './execution.machine.js'
import { callbackNotProvided } from './not-provided.js'
import type { ExecutionEnd } from './vocabulary.js'

/** What follows an execution reports: the end that its session has recorded. */
export interface FollowReport {
  readonly type: 'session.ended'
  readonly end: Pick<ExecutionEnd, 'outcome' | 'reason' | 'failure'>
}

const followSetup = setup({
  types: {
    input: {} as ExecutionInput,
    context: {} as ExecutionContext,
    events: {} as ExecutionCommand | FollowReport,
    output: {} as ExecutionEnd,
    tags: {} as 'busy' | 'interruptible',
  },
  actors: { followSession: callbackNotProvided<EventObject, ExecutionInput>('followSession') },
  actions: { 'ask the session to stop': sendTo('session', { type: 'session.interrupt' }) },
})

/**
 * One execution that a session elsewhere runs. It claims nothing, runs nothing and has no limits: it ends when that session has
 * recorded an end, as what is recorded. Whoever interrupts it asks the session, and waits on.
 */
export const followedExecutionMachine = followSetup.createMachine({
  id: 'followedExecution',
  context: ({ input }) => ({ ...newExecution(input), claimed: true }),
  output: ({ event }) => event.output as ExecutionEnd,
  invoke: { id: 'session', src: 'followSession', input: ({ context }) => context },
  initial: 'handling',
  on: { 'session.ended': '.ended' },
  states: {
    handling: {
      description: 'A session elsewhere runs it.',
      tags: ['busy', 'interruptible'],
      on: { 'execution.cancel': 'interrupting', 'execution.interrupt': 'interrupting' },
    },
    interrupting: {
      description: 'The session was asked to stop it, and has not recorded an end yet.',
      tags: 'busy',
      entry: 'ask the session to stop',
      on: { 'execution.force': { actions: 'ask the session to stop' } },
    },
    ended: {
      type: 'final',
      description: 'The session has recorded its end.',
      output: ({ context, event }) => ({
        request: context.request,
        claimed: true,
        stateLost: false,
        ...('end' in event && event.end),
      }),
    },
  },
})

/** The agent that follows a runtime elsewhere: it announces the ends that were recorded, and no others when it stops looking. */
export const toFollower = (agent: typeof agentMachine, execution: typeof followedExecutionMachine) =>
  agent.provide({
    actors: { execution: execution as unknown as typeof executionMachine },
    actions: {
      'announce the end of the execution': enqueueActions(({ context, event, enqueue }) => {
        if (event.type !== 'xstate.done.actor.execution') return
        enqueue.emit({ type: 'execution.finished', sessionId: sessionIdOf(context), end: event.output })
      }),
    },
  })
