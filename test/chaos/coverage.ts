import type { AnyTransitionDefinition, InspectionEvent } from 'xstate'
import { agentMachine, executionMachine, registryMachine } from '../../machines/index.js'
import { labelOf, labelText, transitionsOf } from '../../src/testing/transitions.js'

const machines = [registryMachine, agentMachine, executionMachine]

const nameOf = (transition: AnyTransitionDefinition): string =>
  `${transition.source.machine.id}: ${labelText(labelOf(transition))}`

/** Every branch of every transition of the three machines. */
export const allTransitions: readonly string[] = machines.flatMap((machine) =>
  transitionsOf(machine).map(nameOf),
)

/** Notes which transitions were taken. */
export class Coverage {
  readonly taken = new Set<string>()
  readonly #seen = new WeakSet<object>()

  /** An inspection observer. */
  readonly inspect = (event: InspectionEvent): void => {
    if (event.type !== '@xstate.microstep') return
    for (const transition of event._transitions) {
      if (this.#seen.has(transition)) continue
      this.#seen.add(transition)
      this.taken.add(nameOf(transition))
    }
  }

  get missing(): string[] {
    return allTransitions.filter((name) => !this.taken.has(name))
  }
}
