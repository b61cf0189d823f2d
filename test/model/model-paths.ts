import {
  initialTransition,
  transition,
  type AnyMachineSnapshot,
  type AnyStateMachine,
  type EventFrom,
  type EventObject,
  type SnapshotFrom,
} from 'xstate'
import { coverTransitions } from '../../src/testing/cover-transitions.js'
import type { ModelPath, ModelStep } from './walk-path.js'

export interface PathOptions<Machine extends AnyStateMachine> {
  readonly model: Machine
  /** Paths are made for the first one, then for each further one what it adds. */
  readonly inputs: readonly object[]
  readonly events: readonly EventFrom<Machine>[]
  /** The transitions that the real machine is expected to take; undefined when the event cannot happen now. */
  readonly labelsOf: (
    snapshot: SnapshotFrom<Machine>,
    event: EventFrom<Machine>,
  ) => readonly string[] | undefined
  /** Tells apart ways to take the same transitions that are worth a step each. */
  readonly variantOf: (snapshot: SnapshotFrom<Machine>, event: EventFrom<Machine>) => string
  readonly keyOf?: (snapshot: SnapshotFrom<Machine>) => string
  readonly isHalf?: (after: SnapshotFrom<Machine>) => boolean
  /** Makes a path that ends with half a step whole. */
  readonly otherHalf?: (after: SnapshotFrom<Machine>) => EventFrom<Machine>
  readonly maxLength: number
}

export interface ModelPaths {
  readonly paths: readonly ModelPath[]
  readonly states: number
  readonly edges: number
}

/** Paths that take every transition of a model, with what the real machine has to do for each step. */
export function modelPaths<Machine extends AnyStateMachine>(options: PathOptions<Machine>): ModelPaths {
  const { model, inputs, events, labelsOf, variantOf, keyOf, maxLength } = options
  const covered = new Set<string>()
  const covers = inputs.map((input) => {
    const cover = coverTransitions<Machine>({
      machine: model,
      input: input as never,
      events,
      ...(keyOf && { keyOf }),
      labelOf: (snapshot, event) => {
        const labels = labelsOf(snapshot, event)
        return (
          labels && `${labels.join(', ')} <- ${(event as EventObject).type} ${variantOf(snapshot, event)}`
        )
      },
      maxLength,
      covered,
    })
    for (const label of cover.labels) covered.add(label)
    return { input, cover }
  })
  return {
    paths: covers.flatMap(({ input, cover }) => cover.paths.map((steps) => toPath(options, input, steps))),
    states: covers.reduce((sum, { cover }) => sum + cover.states, 0),
    edges: covers.reduce((sum, { cover }) => sum + cover.edges, 0),
  }
}

function toPath<Machine extends AnyStateMachine>(
  { model, labelsOf, isHalf, otherHalf }: PathOptions<Machine>,
  input: object,
  covered: readonly { event: EventFrom<Machine>; after: SnapshotFrom<Machine> }[],
): ModelPath {
  const last = covered.at(-1)
  const other = last && isHalf?.(last.after) ? otherHalf?.(last.after) : undefined
  const rest =
    last && other
      ? [{ event: other, after: transition(model, last.after, other)[0] as SnapshotFrom<Machine> }]
      : []
  let [before] = initialTransition(model, input as never) as [SnapshotFrom<Machine>, unknown]
  const steps = [...covered, ...rest].map(({ event, after }): ModelStep => {
    const labels = labelsOf(before, event) ?? []
    before = after
    return { event, labels, after: after as AnyMachineSnapshot, isHalf: isHalf?.(after) ?? false }
  })
  return { input, steps }
}
