import type { AnyStateMachine } from 'xstate'
import { agentMachine, executionMachine, registryMachine } from '../../machines/index.js'
import type { RegistryMachines } from '../../src/registry/runtime-types.js'
import { labelText, type TransitionLabel } from '../../src/testing/transitions.js'
import type { ModelCheck } from './model-check.js'
import { withInvertedGuard, withoutAction, withoutGuard, withoutTransition, withTarget } from './mutant.js'

/** A deliberate bug in one machine. */
export interface Mutation {
  readonly check: ModelCheck['name']
  readonly description: string
  readonly machines: Partial<RegistryMachines>
  /** Transitions, as text or the beginning of it, that behave differently. */
  readonly touches: readonly string[]
}

const label = (state: string, event: string, guard = '-'): TransitionLabel => ({ state, event, guard })

function mutation<Machine extends AnyStateMachine>(
  check: Mutation['check'],
  toStandIn: (machine: Machine) => Partial<RegistryMachines>,
  original: Machine,
) {
  const made = (description: string, machine: Machine, touches: readonly string[]): Mutation => ({
    check,
    description,
    machines: toStandIn(machine),
    touches,
  })
  return {
    drop: (one: TransitionLabel) =>
      made(`without ${labelText(one)}`, withoutTransition(original, one), [labelText(one)]),
    retarget: (one: TransitionLabel, target: string) =>
      made(`${labelText(one)} goes to ${target}`, withTarget(original, one, target), [labelText(one)]),
    forget: (one: TransitionLabel, action: string) =>
      made(`${labelText(one)} does not "${action}"`, withoutAction(original, one, action), [labelText(one)]),
    unguard: (guard: string, ...touches: string[]) =>
      made(`the guard "${guard}" lets everything pass`, withoutGuard(original, guard), touches),
    invert: (guard: string, ...touches: string[]) =>
      made(`the guard "${guard}" says the opposite`, withInvertedGuard(original, guard), touches),
  }
}

const registry = mutation('registry', (machine) => ({ registryMachine: machine }), registryMachine)
const agent = mutation('agent', (machine) => ({ agentMachine: machine }), agentMachine)
const execution = mutation('execution', (machine) => ({ executionMachine: machine }), executionMachine)

/** Bugs that the models must find, by name. */
export const mutations: Readonly<Record<string, Mutation>> = {
  'registry-ends-too-early': registry.invert('no agent is left', 'active | registry.drain'),
  'registry-ignores-the-limit': registry.invert('limit is reached', 'active | agent.spawn'),
  'registry-forgets-who-waits': registry.forget(label('', 'done(*)'), 'spawn those that wait'),
  'registry-counts-the-crashed': registry.forget(label('', 'error(*)'), 'release the agent'),
  'registry-evicts-nobody': registry.forget(
    label('active', 'agent.spawn', 'limit is reached, and an idle agent can go'),
    'stop the idle agent',
  ),
  'registry-spawns-while-draining': registry.drop(label('draining', 'agent.spawn')),
  'registry-keeps-its-dead': registry.forget(label('', 'done(*)'), 'release the agent'),
  'agent-cannot-be-stopped': agent.drop(label('running', 'agent.stop')),
  'agent-gives-up-at-once': agent.retarget(
    label('running', 'runtime.crashed', 'restart is allowed'),
    'failed',
  ),
  'agent-believes-old-reports': agent.invert('report is from another life', 'running | runtime.crashed'),
  'agent-counts-forgotten-restarts': agent.unguard('restart still counts', '(any) | restart.forgotten'),
  'agent-refuses-while-there-is-room': agent.invert('queue is full', 'starting | execution.request'),
  'agent-leaves-its-session-open': agent.forget(
    label('running', 'idle.over'),
    'announce the end of the session',
  ),
  'agent-goes-on-after-an-error': agent.forget(
    label('executing', 'done(execution)', 'end of this cell ends the queue'),
    'abandon the queue',
  ),
  'execution-cannot-be-cancelled': execution.drop(
    label('handling', 'execution.cancel', 'event is for this execution'),
  ),
  'execution-hides-its-time-limit': execution.retarget(
    label('interrupting', 'handler.settled', 'time limit caused the interrupt'),
    'cancelled',
  ),
  'execution-cancels-what-is-refused': execution.retarget(
    label('preparing', 'done(claim)', 'claim is refused'),
    'cancelled',
  ),
  'execution-forgets-its-claim': execution.forget(
    label('preparing', 'done(claim)', 'claim is won'),
    'remember the claim',
  ),
  'execution-spares-its-handler': execution.forget(
    label('interrupting', 'execution.force'),
    'end handler by force',
  ),
  'execution-turns-results-round': execution.invert('result is a success', 'handling | handler.settled'),
}
