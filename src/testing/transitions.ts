import type { AnyStateMachine, AnyStateNode, AnyTransitionDefinition, InspectionEvent } from 'xstate'
import { transitionsOfStep } from '../../machines/transitions-of-step.js'

/** One branch of one transition as a person would say it: state, event, guard. Unique within a machine. */
export interface TransitionLabel {
  /** Path of the state, empty for the machine itself. */
  readonly state: string
  readonly event: string
  readonly guard: string
}

const done = /^xstate\.(done|error)\.actor\.(.*)$/
const after = /^xstate\.after\.(.*?)\.[^.]+\.[^.]+$/

/** `xstate.done.actor.runtime` is `done(runtime)`, `xstate.after.start timeout.agent.starting` is `after(start timeout)`. */
export function eventName(eventType: string): string {
  const ended = done.exec(eventType)
  if (ended) return `${ended[1]}(${ended[2]})`
  const timer = after.exec(eventType)
  return timer ? `after(${timer[1]})` : eventType || 'always'
}

export const labelOf = ({ source, eventType, guard }: AnyTransitionDefinition): TransitionLabel => ({
  state: source.path.join('.'),
  event: eventName(eventType),
  guard: guardName(guard),
})

function guardName(guard: AnyTransitionDefinition['guard']): string {
  if (guard === undefined) return '-'
  if (typeof guard === 'string') return guard
  return 'type' in guard ? guard.type : guard.name
}

/** `running | runtime.crashed | restart is allowed` */
export const labelText = ({ state, event, guard }: TransitionLabel): string =>
  `${state || '(any)'} | ${event} | ${guard}`

/** All state nodes of a machine, itself included. */
export function nodesOf(machine: AnyStateMachine): AnyStateNode[] {
  const collect = (node: AnyStateNode): AnyStateNode[] => [
    node,
    ...Object.values(node.states).flatMap(collect),
  ]
  return collect(machine.root)
}

/** Every branch of every `on`, `after`, `invoke.onDone`, `invoke.onError` and `always` of a machine. */
export const transitionsOf = (machine: AnyStateMachine): AnyTransitionDefinition[] =>
  nodesOf(machine).flatMap((node) => [...[...node.transitions.values()].flat(), ...(node.always ?? [])])

/**
 * Every branch of every transition of a machine in words: `running | runtime.crashed | restart is allowed`, that is state,
 * event and guard; `(any)` for the machine itself, `-` without a guard. What a test of a machine has to take.
 */
export const machineTransitions = (machine: AnyStateMachine): string[] =>
  transitionsOf(machine).map((transition) => labelText(labelOf(transition)))

/**
 * The transitions that an inspection event tells of, in the words of {@link machineTransitions}; empty for any other event, and for
 * the start of a machine. For an `inspect` observer of a test that wants to know what its paths have taken.
 */
export function takenTransitions(event: InspectionEvent): string[] {
  if (event.type !== '@xstate.microstep') return []
  return transitionsOfStep(event)
    .filter(({ eventType }) => typeof eventType === 'string')
    .map((transition) => labelText(labelOf(transition)))
}
