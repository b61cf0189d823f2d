/**
 * Every machine answers every event in every state: with a transition, or with silence that was decided on.
 *
 * The events are those that the machine has a transition for in any state, and those that others may send it by its types. A
 * new state or a new event makes a test fail until it has a transition or a line in the table of what is ignored.
 */
import { describe, expect, test } from 'vitest'
import type { AnyStateMachine } from 'xstate'
import {
  agentMachine,
  executionMachine,
  registryMachine,
  type AgentCommand,
  type AgentReport,
  type ExecutionCommand,
  type HandlerReport,
  type RegistryEvent,
} from '../../machines/index.js'
import { eventName, nodesOf } from '../../src/testing/transitions.js'

/** By event, then by reason: the states that ignore it. */
type Ignored = Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>

interface Decisions {
  readonly machine: AnyStateMachine
  readonly states: readonly string[]
  /** What others may send; an event of the types that is missing here does not compile. */
  readonly sent: Readonly<Record<string, true>>
  readonly ignored: Ignored
}

const isShutDown = 'It is shut down: nothing revives it, and what waits is left to the next session.'
const nothingRuns = 'Nothing runs.'
const nothingWaits = 'Nothing waits in it; the row itself is cancelled in the notebook.'
const belongsToOthers =
  'Leaving the state ends the timer or actor that it comes from, so it can only be late.'

const agent: Decisions = {
  machine: agentMachine,
  states: ['idle', 'starting', 'running', 'executing', 'restarting', 'failed', 'shuttingDown', 'stopped'],
  sent: {
    'agent.start': true,
    'agent.stop': true,
    'agent.restart': true,
    'agent.keep': true,
    'agent.pin': true,
    'agent.unpin': true,
    'execution.request': true,
    'execution.cancel': true,
    'execution.interrupt': true,
    'execution.force': true,
    'runtime.crashed': true,
    'session.displaced': true,
    'store.died': true,
  } satisfies Record<AgentCommand['type'] | AgentReport['type'], true>,
  ignored: {
    'agent.start': {
      'It is up, or about to be.': ['starting', 'running', 'executing'],
      [isShutDown]: ['shuttingDown'],
    },
    'agent.restart': {
      'A new life is just beginning.': ['starting'],
      [isShutDown]: ['shuttingDown'],
    },
    'agent.keep': {
      'Only a runtime that is up and idle is about to be culled.': [
        'idle',
        'starting',
        'executing',
        'restarting',
        'failed',
        'shuttingDown',
      ],
    },
    'idle.noticed': {
      [belongsToOthers]: ['idle', 'starting', 'executing', 'restarting', 'failed', 'shuttingDown'],
    },
    'idle.over': {
      [belongsToOthers]: ['idle', 'starting', 'executing', 'restarting', 'failed', 'shuttingDown'],
    },
    'restart.tick': {
      [belongsToOthers]: ['idle', 'starting', 'running', 'executing', 'failed', 'shuttingDown'],
    },
    'agent.stop': { 'It is on its way down already.': ['shuttingDown'] },
    'agent.stable': {
      'Only a runtime that is up can be stable; one that is down keeps its failure.': [
        'idle',
        'starting',
        'restarting',
        'failed',
        'shuttingDown',
      ],
    },
    'execution.request': { [isShutDown]: ['shuttingDown'] },
    'execution.cancel': { [nothingWaits]: ['idle', 'running', 'failed', 'shuttingDown'] },
    'execution.interrupt': {
      [nothingRuns]: ['idle', 'starting', 'running', 'restarting', 'failed', 'shuttingDown'],
    },
    'execution.force': {
      [nothingRuns]: ['idle', 'starting', 'running', 'restarting', 'failed', 'shuttingDown'],
    },
    'store.died': {
      'It is down, and its failure came first.': ['failed'],
      'It is on its way down, and can record nothing more.': ['shuttingDown'],
    },
    'done(runtime)': {
      'The runtime is down, as it should be.': ['restarting', 'failed'],
      [belongsToOthers]: ['idle', 'running', 'executing'],
    },
    'error(runtime)': { [belongsToOthers]: ['idle', 'running', 'executing'] },
    'done(execution)': {
      [belongsToOthers]: ['idle', 'starting', 'running', 'restarting', 'failed', 'shuttingDown'],
    },
    'error(execution)': {
      [belongsToOthers]: ['idle', 'starting', 'running', 'restarting', 'failed', 'shuttingDown'],
    },
    'after(start timeout)': {
      [belongsToOthers]: ['idle', 'running', 'executing', 'restarting', 'failed', 'shuttingDown'],
    },
    'after(restart delay)': {
      [belongsToOthers]: ['idle', 'starting', 'running', 'executing', 'failed', 'shuttingDown'],
    },
    'after(stop timeout)': {
      [belongsToOthers]: ['idle', 'starting', 'running', 'executing', 'restarting', 'failed'],
    },
  },
}

const noHandlerYet = 'No handler runs yet.'
const toldAlready = 'The handler was told already.'

const execution: Decisions = {
  machine: executionMachine,
  states: [
    'preparing',
    'handling',
    'awaitingApproval',
    'interrupting',
    'succeeded',
    'failed',
    'cancelled',
    'timedOut',
    'lost',
  ],
  sent: {
    'execution.cancel': true,
    'execution.interrupt': true,
    'execution.force': true,
    'handler.settled': true,
    'handler.crashed': true,
    'handler.output': true,
    'approval.requested': true,
    'approval.responded': true,
  } satisfies Record<ExecutionCommand['type'] | HandlerReport['type'], true>,
  ignored: {
    'execution.interrupt': { [toldAlready]: ['interrupting'] },
    'execution.force': {
      'Only a handler that was interrupted can be forced.': ['preparing', 'handling', 'awaitingApproval'],
    },
    'handler.settled': { [noHandlerYet]: ['preparing'] },
    'handler.crashed': { [noHandlerYet]: ['preparing'] },
    'handler.output': {
      [noHandlerYet]: ['preparing'],
      'It shows that the handler is not stalled, and nobody asks that now.': [
        'awaitingApproval',
        'interrupting',
      ],
    },
    'silence.noticed': { [belongsToOthers]: ['preparing', 'awaitingApproval', 'interrupting'] },
    'approval.requested': {
      [noHandlerYet]: ['preparing'],
      'A person is being asked already.': ['awaitingApproval'],
      'The handler is to stop; nobody is asked any more.': ['interrupting'],
    },
    'approval.responded': {
      [noHandlerYet]: ['preparing'],
      'Nobody was asked.': ['handling'],
      'The handler is to stop; the answer comes too late.': ['interrupting'],
    },
    'done(claim)': { [belongsToOthers]: ['handling', 'awaitingApproval', 'interrupting'] },
    'error(claim)': { [belongsToOthers]: ['handling', 'awaitingApproval', 'interrupting'] },
    'after(execution timeout)': { [belongsToOthers]: ['preparing', 'awaitingApproval', 'interrupting'] },
    'after(force offer)': { [belongsToOthers]: ['preparing', 'handling', 'awaitingApproval'] },
    'after(interrupt grace)': { [belongsToOthers]: ['preparing', 'handling', 'awaitingApproval'] },
  },
}

const registry: Decisions = {
  machine: registryMachine,
  states: ['active', 'draining', 'stopped'],
  sent: {
    'agent.spawn': true,
    'registry.drain': true,
  } satisfies Record<Exclude<RegistryEvent['type'], `xstate.${string}`>, true>,
  ignored: { 'registry.drain': { 'It is draining already.': ['draining'] } },
}

const leavesOf = (machine: AnyStateMachine) => nodesOf(machine).filter((node) => node.type === 'atomic')

const ownEvents = (node: { transitions: Map<string, unknown> }) => [...node.transitions.keys()].map(eventName)

const eventsOf = ({ machine, sent }: Decisions): string[] => [
  ...new Set([...nodesOf(machine).flatMap(ownEvents), ...Object.keys(sent)]),
]

function handledEvents(node: ReturnType<typeof leavesOf>[number]): Set<string> {
  const inherited = node.parent ? handledEvents(node.parent) : []
  return new Set([...ownEvents(node), ...inherited])
}

const ignoredPairs = (ignored: Ignored): string[] =>
  Object.entries(ignored).flatMap(([event, reasons]) =>
    Object.values(reasons).flatMap((states) => states.map((state) => `${state}: ${event}`)),
  )

describe.each(Object.entries({ agent, execution, registry }))('%s', (_, decisions) => {
  const { machine, states, ignored } = decisions
  const leaves = leavesOf(machine)
  const unhandled = leaves.flatMap((node) => {
    const handled = handledEvents(node)
    return eventsOf(decisions)
      .filter((event) => !handled.has(event))
      .map((event) => `${node.path.join('.')}: ${event}`)
  })

  test('has the states that were decided on', () => {
    expect(Object.keys(machine.root.states)).toEqual(states)
  })

  test('handles or ignores every event in every state, and ignores nothing that it handles', () => {
    expect(unhandled.toSorted()).toEqual(ignoredPairs(ignored).toSorted())
  })

  test('has no wildcard that swallows what is unknown', () => {
    expect(nodesOf(machine).flatMap(ownEvents)).not.toContain('*')
  })

  test('leaves a final state with no event', () => {
    const finals = nodesOf(machine).filter((node) => node.type === 'final')
    expect(finals.flatMap(ownEvents)).toEqual([])
  })
})

test('every reason for ignoring an event is a sentence', () => {
  const reasons = [agent, execution, registry].flatMap(({ ignored }) =>
    Object.values(ignored).flatMap((entry) => Object.keys(entry)),
  )
  expect(reasons.filter((reason) => !/^[A-Z].{8,}\.$/.test(reason))).toEqual([])
})
