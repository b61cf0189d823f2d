import {
  initialTransition,
  transition,
  type AnyMachineSnapshot,
  type AnyStateMachine,
  type AnyTransitionDefinition,
  type EventFrom,
  type EventObject,
  type InputFrom,
  type SnapshotFrom,
} from 'xstate'
import { getAdjacencyMap } from 'xstate/graph'
import { RegistryError } from '../errors.js'
import { labelOf, labelText } from './transitions.js'

/** How a machine is walked. */
export interface CoverOptions<Machine extends AnyStateMachine> {
  /** A machine without actors and timers of its own: what the world does are its events. */
  readonly machine: Machine
  readonly input?: InputFrom<Machine>
  /** Every event that paths are made of. */
  readonly events: readonly EventFrom<Machine>[]
  /** Two snapshots with the same key take the same transitions from here on. Default: state and context. */
  readonly keyOf?: (snapshot: SnapshotFrom<Machine>) => string
  /**
   * What a step covers; undefined when the machine does not allow the event there. Default: the transition that the event
   * selects, as `state | event | guard`.
   */
  readonly labelOf?: (snapshot: SnapshotFrom<Machine>, event: EventFrom<Machine>) => string | undefined
  /** Steps after which a path is ended and a new one begun. Default 30. */
  readonly maxLength?: number
  /** Most states to explore. Default 100000; the agent's own model has some 600. */
  readonly maxStates?: number
  /** Labels that need no covering. */
  readonly covered?: ReadonlySet<string>
}

/** One step of a path: what happens, what it covers, and where the machine stands then. */
export interface CoverStep<Machine extends AnyStateMachine> {
  readonly event: EventFrom<Machine>
  readonly label: string
  readonly after: SnapshotFrom<Machine>
}

export interface Cover<Machine extends AnyStateMachine> {
  /** Each path begins at the initial state. */
  readonly paths: readonly (readonly CoverStep<Machine>[])[]
  /** States explored, by key. */
  readonly states: number
  readonly edges: number
  /** Everything that can be covered. */
  readonly labels: ReadonlySet<string>
}

interface Edge {
  readonly event: EventObject
  readonly label: string
  readonly to: string
}

type Graph = ReadonlyMap<string, readonly Edge[]>

interface Walk {
  readonly machine: AnyStateMachine
  readonly events: readonly EventObject[]
  readonly keyOf: (snapshot: AnyMachineSnapshot) => string
  readonly labelOf: (snapshot: AnyMachineSnapshot, event: EventObject) => string | undefined
  readonly maxStates: number
}

/**
 * Paths through a machine that take every one of its transitions (branches of guards, not edges of the state space) at least
 * once: each path goes on to the nearest transition that is not covered yet, until there is none within reach. The number of
 * states must be finite: bound counters with guards, or leave them out of `keyOf`. Throws `INVALID_OPTION` when there are more than
 * `maxStates`, naming the field that grows, and when `keyOf` leaves out what decides which transition is taken.
 */
export function coverTransitions<Machine extends AnyStateMachine>(
  options: CoverOptions<Machine>,
): Cover<Machine> {
  const { machine, events, maxLength = 30 } = options
  const walk: Walk = {
    machine,
    events,
    keyOf: (options.keyOf as Walk['keyOf'] | undefined) ?? defaultKey,
    labelOf: (options.labelOf as Walk['labelOf'] | undefined) ?? transitionLabel,
    maxStates: options.maxStates ?? 100_000,
  }
  const [initial] = initialTransition(machine, options.input as never)
  const graph = exploredGraph(walk, initial)
  const edges = [...graph.values()].flat()
  const labels = new Set(edges.map((edge) => edge.label))
  const open = new Set([...labels].filter((label) => !options.covered?.has(label)))
  const paths: CoverStep<Machine>[][] = []
  for (;;) {
    const path = nextPath(graph, walk.keyOf(initial), open, maxLength)
    if (path.length === 0) return { paths, states: graph.size, edges: edges.length, labels }
    paths.push(replayed(walk, initial, path))
  }
}

const defaultKey = ({ value, context }: AnyMachineSnapshot) => JSON.stringify([value, context])

function transitionLabel(snapshot: AnyMachineSnapshot, event: EventObject): string | undefined {
  if (snapshot.status !== 'active') return undefined
  const taken: readonly AnyTransitionDefinition[] =
    snapshot.machine.getTransitionData(snapshot as never, event) ?? []
  return taken.length === 0 ? undefined : taken.map((one) => labelText(labelOf(one))).join(' & ')
}

function exploredGraph(walk: Walk, initial: AnyMachineSnapshot): Graph {
  const { machine, events, labelOf: label, maxStates } = walk
  const seen = new Map<string, AnyMachineSnapshot>()
  const keyOf = (snapshot: AnyMachineSnapshot): string => {
    const key = walk.keyOf(snapshot)
    seen.set(key, snapshot)
    if (seen.size > maxStates) throw tooManyStates(machine, maxStates, [...seen.values()])
    return key
  }
  const adjacency = getAdjacencyMap(machine, {
    events: [...events],
    fromState: initial,
    serializeState: keyOf as never,
    filterEvents: (snapshot: AnyMachineSnapshot, event: EventObject) => label(snapshot, event) !== undefined,
  } as never)
  const snapshots = Object.values(adjacency).map(({ state }) => state as AnyMachineSnapshot)
  return new Map(
    snapshots.map((snapshot) => [
      keyOf(snapshot),
      events.flatMap((event) => {
        const covers = label(snapshot, event)
        if (covers === undefined) return []
        const [next] = transition(machine, snapshot, event)
        return [{ event, label: covers, to: keyOf(next as AnyMachineSnapshot) }]
      }),
    ]),
  )
}

function tooManyStates(
  { id }: AnyStateMachine,
  maxStates: number,
  seen: readonly AnyMachineSnapshot[],
): RegistryError {
  const distinct = (field: string) =>
    new Set(seen.map(({ context }) => JSON.stringify((context as Record<string, unknown>)[field]))).size
  const counts = Object.keys(seen[0]?.context ?? {}).map((field) => ({ field, values: distinct(field) }))
  const [grown] = counts.toSorted((left, right) => right.values - left.values)
  const culprit = grown ? ` The field "${grown.field}" of the context has taken ${grown.values} values.` : ''
  return new RegistryError(
    'INVALID_OPTION',
    `Machine "${id}" has more than ${maxStates} states, so its paths have no end.${culprit} Bound it by a guard, leave it out ` +
      'of keyOf, or raise maxStates.',
  )
}

function nextPath(graph: Graph, initial: string, open: Set<string>, maxLength: number): Edge[] {
  const path: Edge[] = []
  for (;;) {
    const leg = shortestLeg(graph, path.at(-1)?.to ?? initial, open)
    if (!leg || (path.length > 0 && path.length + leg.length > maxLength)) return path
    for (const edge of leg) open.delete(edge.label)
    path.push(...leg)
  }
}

/** The shortest way from a state over a transition that is still open, that one last. */
function shortestLeg(graph: Graph, from: string, open: ReadonlySet<string>): Edge[] | undefined {
  const legs = new Map<string, Edge[]>([[from, []]])
  for (const [key, leg] of legs) {
    for (const edge of graph.get(key) ?? []) {
      if (open.has(edge.label)) return [...leg, edge]
      if (!legs.has(edge.to)) legs.set(edge.to, [...leg, edge])
    }
  }
  return undefined
}

function replayed<Machine extends AnyStateMachine>(
  { machine, labelOf: labelAt }: Walk,
  initial: AnyMachineSnapshot,
  path: readonly Edge[],
): CoverStep<Machine>[] {
  let snapshot = initial
  return path.map(({ event, label }) => {
    const now = labelAt(snapshot, event)
    if (now !== label) {
      throw new RegistryError(
        'INVALID_OPTION',
        `keyOf leaves out something that decides what happens: in state ${JSON.stringify(snapshot.value)} the event ` +
          `"${event.type}" should take "${label}", but takes "${now ?? 'nothing'}". Add to the key what the guards read.`,
      )
    }
    ;[snapshot] = transition(machine, snapshot, event) as unknown as [AnyMachineSnapshot]
    return { event, label, after: snapshot } as CoverStep<Machine>
  })
}
