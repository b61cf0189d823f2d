import type { AnyTransitionDefinition, InspectionEvent } from 'xstate'

/** One step of a machine, as an inspection observer is told of it. */
export type Microstep = Extract<InspectionEvent, { type: '@xstate.microstep' }>

/**
 * The transitions that a machine took in a step; none for its start. XState tells them to inspection observers in a member that it
 * does not document, and nothing else that it offers names the guard: this is the one place that reads it.
 *
 * @throws TypeError when the member is gone: then this version of XState is one that the package was not made for.
 */
export function transitionsOfStep({ _transitions }: Microstep): readonly AnyTransitionDefinition[] {
  if (Array.isArray(_transitions)) return _transitions
  throw new TypeError(
    'XState no longer tells inspection observers which transitions a machine has taken ("_transitions" of "@xstate.microstep"). ' +
      'Install xstate 5.33, and report the version that you have.',
  )
}
