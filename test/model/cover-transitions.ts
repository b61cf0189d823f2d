import { transition, type AnyMachineSnapshot, type AnyStateMachine, type EventObject } from 'xstate'
import { getAdjacencyMap } from 'xstate/graph'

/** How a model is walked. */
export interface CoverOptions<Event extends EventObject> {
  readonly machine: AnyStateMachine
  readonly initial: AnyMachineSnapshot
  readonly events: readonly Event[]
  /** Two snapshots with the same key take the same transitions from here on. */
  readonly keyOf: (snapshot: AnyMachineSnapshot) => string
  /** What the step covers; undefined when the model does not allow the event there. */
  readonly labelOf: (snapshot: AnyMachineSnapshot, event: Event) => string | undefined
  /** Steps after which a path is ended and a new one begun. */
  readonly maxLength: number
  /** Labels that need no covering. */
  readonly covered?: ReadonlySet<string>
}

export interface Cover<Event extends EventObject> {
  /** Each path begins at the initial state. */
  readonly paths: readonly (readonly Event[])[]
  readonly states: number
  readonly edges: number
  /** Everything that can be covered. */
  readonly labels: ReadonlySet<string>
}

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
  const graph = exploredGraph(options)
  const edges = [...graph.values()].flat()
  const labels = new Set(edges.map((edge) => edge.label))
  const open = new Set([...labels].filter((label) => !options.covered?.has(label)))
  const paths: Event[][] = []
  for (;;) {
    const path = nextPath(graph, options.keyOf(options.initial), open, options.maxLength)
    if (path.length === 0) break
    paths.push(path.map((edge) => edge.event))
  }
  return { paths, states: graph.size, edges: edges.length, labels }
}

function exploredGraph<Event extends EventObject>(options: CoverOptions<Event>): Graph<Event> {
  const { machine, initial, events, keyOf, labelOf } = options
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
