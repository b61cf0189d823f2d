import {
  initialTransition,
  transition,
  type AnyMachineSnapshot,
  type AnyStateMachine,
  type EventObject,
} from 'xstate'
import { getAdjacencyMap } from 'xstate/graph'

/** How a machine is walked. */
export interface CoverOptions<Event extends EventObject> {
  /** A pure machine: what it would wait for are events, and nothing happens by itself. */
  readonly machine: AnyStateMachine
  /** Every event that may happen, with its payload; one of several payloads is an event of its own. */
  readonly events: readonly Event[]
  /** Input of the machine. */
  readonly input?: unknown
  /** Where paths begin. Default: the initial state for the input. */
  readonly initial?: AnyMachineSnapshot
  /**
   * Two snapshots with the same key take the same transitions from here on. Default: state and context as JSON, which ends only
   * when the context has finitely many values.
   */
  readonly keyOf?: (snapshot: AnyMachineSnapshot) => string
  /** What the step covers; undefined when the event cannot happen there. Default: the transition that the machine takes. */
  readonly labelOf?: (snapshot: AnyMachineSnapshot, event: Event) => string | undefined
  /** Steps after which a path is ended and a new one begun. Default 50. */
  readonly maxLength?: number
  /** Labels that need no covering. */
  readonly covered?: ReadonlySet<string>
}

/** Paths, and what they cover. */
export interface Cover<Event extends EventObject> {
  /** Each path begins at the initial state. */
  readonly paths: readonly (readonly Event[])[]
  /** States of the walk, by `keyOf`. */
  readonly states: number
  readonly edges: number
  /** Everything that can be covered. */
  readonly labels: ReadonlySet<string>
}

type Walk<Event extends EventObject> = CoverOptions<Event> &
  Required<Pick<CoverOptions<Event>, 'initial' | 'keyOf' | 'labelOf' | 'maxLength'>>

interface Edge<Event> {
  readonly event: Event
  readonly label: string
  readonly to: string
}

type Graph<Event> = ReadonlyMap<string, readonly Edge<Event>[]>

/**
 * Paths through a model that take every one of its transitions (branches of guards, not edges of the state space) at least
 * once: each path goes on to the nearest transition that is not covered yet, until there is none within reach.
 */
export function coverTransitions<Event extends EventObject>(options: CoverOptions<Event>): Cover<Event> {
  const walk: Walk<Event> = {
    initial: initialTransition(options.machine, options.input as never)[0],
    keyOf: ({ value, context }) => JSON.stringify([value, context]),
    labelOf: (snapshot, event) => takenTransition(options.machine, snapshot, event),
    maxLength: 50,
    ...options,
  }
  const graph = exploredGraph(walk)
  const edges = [...graph.values()].flat()
  const labels = new Set(edges.map((edge) => edge.label))
  const open = new Set([...labels].filter((label) => !options.covered?.has(label)))
  const paths: Event[][] = []
  for (;;) {
    const path = nextPath(graph, walk.keyOf(walk.initial), open, walk.maxLength)
    if (path.length === 0) break
    paths.push(path.map((edge) => edge.event))
  }
  return { paths, states: graph.size, edges: edges.length, labels }
}

/** `state | event | target`, and which of several candidates it is; undefined when the event changes nothing. */
function takenTransition(
  machine: AnyStateMachine,
  snapshot: AnyMachineSnapshot,
  event: EventObject,
): string | undefined {
  const taken = machine.getTransitionData(snapshot, event)
  if (taken.length === 0) return undefined
  return taken
    .map(({ source, eventType, target, guard }) => {
      const targets = target?.map(({ key }) => key).join() ?? '-'
      const name = typeof guard === 'object' && 'type' in guard ? guard.type : guard
      const position = source.transitions.get(eventType)?.findIndex((candidate) => candidate.guard === guard)
      return [source.path.join('.'), eventType, targets, typeof name === 'string' ? name : position].join(
        ' | ',
      )
    })
    .join('; ')
}

function exploredGraph<Event extends EventObject>(walk: Walk<Event>): Graph<Event> {
  const { machine, initial, events, keyOf, labelOf } = walk
  const adjacency = getAdjacencyMap(machine, {
    events: [...events],
    fromState: initial,
    serializeState: keyOf as never,
    filterEvents: (snapshot: AnyMachineSnapshot, event: EventObject) => snapshot.can(event),
  } as never)
  const snapshots = Object.values(adjacency).map(({ state }) => state as AnyMachineSnapshot)
  return new Map(
    snapshots.map((snapshot) => [
      keyOf(snapshot),
      events.flatMap((event) => {
        const label = labelOf(snapshot, event)
        if (label === undefined) return []
        const [next] = transition(machine, snapshot, event)
        return [{ event, label, to: keyOf(next as AnyMachineSnapshot) }]
      }),
    ]),
  )
}

function nextPath<Event>(
  graph: Graph<Event>,
  initial: string,
  open: Set<string>,
  maxLength: number,
): Edge<Event>[] {
  const path: Edge<Event>[] = []
  for (;;) {
    const leg = shortestLeg(graph, path.at(-1)?.to ?? initial, open)
    if (!leg || (path.length > 0 && path.length + leg.length > maxLength)) return path
    for (const edge of leg) open.delete(edge.label)
    path.push(...leg)
  }
}

/** The shortest way from a state over a transition that is still open, that one last. */
function shortestLeg<Event>(
  graph: Graph<Event>,
  from: string,
  open: ReadonlySet<string>,
): Edge<Event>[] | undefined {
  const legs = new Map<string, Edge<Event>[]>([[from, []]])
  for (const [key, leg] of legs) {
    for (const edge of graph.get(key) ?? []) {
      if (open.has(edge.label)) return [...leg, edge]
      if (!legs.has(edge.to)) legs.set(edge.to, [...leg, edge])
    }
  }
  return undefined
}
