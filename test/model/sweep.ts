import type { AnyStateMachine, AnyTransitionDefinition } from 'xstate'
import type { RegistryMachines } from '../../src/registry/runtime-types.js'
import { labelOf, labelText, nodesOf, transitionsOf } from '../../src/testing/transitions.js'
import type { ModelCheck } from './model-check.js'
import {
  withInvertedGuard,
  withoutAction,
  withoutStateAction,
  withoutTransition,
  withTarget,
} from './mutant.js'
import type { Mutation } from './mutations.js'

/**
 * Every small bug that a machine can have: each transition left out, each sent to another state, each action of a transition or
 * of a state forgotten, each guard turned round.
 */
export function everyMutation(check: ModelCheck): Mutation[] {
  const { machine, name } = check
  const made = (description: string, mutant: AnyStateMachine, touches: readonly string[]): Mutation => ({
    check: name,
    description,
    machines: { [`${name}Machine`]: mutant } as Partial<RegistryMachines>,
    touches,
  })
  const transitions = transitionsOf(machine)
  const text = (one: AnyTransitionDefinition) => labelText(labelOf(one))
  const dropped = transitions.map((one) =>
    made(`without ${text(one)}`, withoutTransition(machine, labelOf(one)), [text(one)]),
  )
  const retargeted = transitions.flatMap((one) => {
    const target = one.target?.[0]?.key
    const other = otherState(machine, [target, one.source.key])
    if (target === undefined || other === undefined) return []
    return [made(`${text(one)} goes to ${other}`, withTarget(machine, labelOf(one), other), [text(one)])]
  })
  const forgotten = transitions.flatMap((one) =>
    actionNames(one.actions).map((action) =>
      made(`${text(one)} does not "${action}"`, withoutAction(machine, labelOf(one), action), [text(one)]),
    ),
  )
  const unentered = nodesOf(machine).flatMap((node) =>
    (['entry', 'exit'] as const).flatMap((moment) =>
      actionNames(node[moment]).map((action) =>
        made(
          `${moment} of ${node.key} does not "${action}"`,
          withoutStateAction(machine, node.key, moment, action),
          transitions.filter((one) => leadsThrough(one, node.key, moment)).map(text),
        ),
      ),
    ),
  )
  const guards = new Set(transitions.map((one) => labelOf(one).guard).filter((guard) => guard !== '-'))
  const inverted = [...guards].map((guard) =>
    made(
      `the guard "${guard}" says the opposite`,
      withInvertedGuard(machine, guard),
      transitions.filter((one) => sharesEvent(one, guard, transitions)).map(text),
    ),
  )
  return [...dropped, ...retargeted, ...forgotten, ...unentered, ...inverted]
}

const otherState = (machine: AnyStateMachine, taken: readonly (string | undefined)[]) =>
  Object.keys(machine.states).find((state) => !taken.includes(state))

const actionNames = (actions: readonly unknown[]): string[] =>
  actions.flatMap((action) => {
    if (typeof action === 'string') return [action]
    return typeof action === 'object' && action !== null && 'type' in action ? [String(action.type)] : []
  })

const leadsThrough = (
  { source, target }: AnyTransitionDefinition,
  state: string,
  moment: 'entry' | 'exit',
) => (moment === 'entry' ? target?.[0]?.key === state : source.key === state && target !== undefined)

/** A guard decides over all branches of its event in its state. */
const sharesEvent = (
  { source, eventType }: AnyTransitionDefinition,
  guard: string,
  transitions: readonly AnyTransitionDefinition[],
) =>
  transitions.some(
    (one) => one.source === source && one.eventType === eventType && labelOf(one).guard === guard,
  )
