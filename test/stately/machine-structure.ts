import type { AnyStateMachine, AnyStateNode, AnyTransitionDefinition } from 'xstate'

/** One transition as XState itself resolved it. */
export interface TransitionFact {
  readonly source: string
  readonly event: string
  readonly targets: readonly string[]
  readonly guard: string | undefined
  readonly actions: readonly string[]
  readonly reenter: boolean
}

/** Every state node of a machine, parents first, as XState holds them. */
export function stateNodes(machine: AnyStateMachine): AnyStateNode[] {
  const below = (node: AnyStateNode): AnyStateNode[] => [node, ...Object.values(node.states).flatMap(below)]
  return below(machine.root)
}

/** Every transition of a machine as XState resolved it: `always` has the empty event. */
export function transitionFacts(machine: AnyStateMachine): TransitionFact[] {
  return stateNodes(machine).flatMap((node) =>
    [...(node.always ?? []), ...[...node.transitions.values()].flat()].map(toFact),
  )
}

/** What must survive a round trip through JSON, as one comparable value. */
export function machineStructure(machine: AnyStateMachine): unknown {
  return stateNodes(machine).map((node) => ({
    id: node.id,
    path: node.path,
    type: node.type,
    history: node.history,
    description: node.description,
    tags: node.tags,
    initial: node.type === 'compound' ? node.initial.target.map((target) => target.id) : undefined,
    entry: node.entry.map(nameOf),
    exit: node.exit.map(nameOf),
    invoke: node.invoke.map(({ id, src }) => ({ id, src })),
    events: node.ownEvents,
    transitions: [...(node.always ?? []), ...[...node.transitions.values()].flat()].map(toFact),
  }))
}

function toFact(transition: AnyTransitionDefinition): TransitionFact {
  return {
    source: transition.source.path.join('.'),
    event: transition.eventType,
    targets: (transition.target ?? []).map((target) => target.path.join('.')),
    guard: transition.guard === undefined ? undefined : nameOf(transition.guard),
    actions: transition.actions.map(nameOf),
    reenter: transition.reenter,
  }
}

function nameOf(value: unknown): string {
  if (typeof value === 'string') return value
  if (typeof value === 'function') return nameOfFunction(value as NamedFunction)
  return (value as { type: string }).type
}

interface NamedFunction {
  readonly name: string
  readonly type?: string
  readonly guards?: readonly unknown[]
}

function nameOfFunction({ name, type, guards }: NamedFunction): string {
  return guards ? `${name}(${guards.map(nameOf).join(', ')})` : (type ?? name)
}
