import type { ChartEdge, ChartLayout } from '../chart/chart-layout.js'
import type { StateDefinition } from './machine-definition.js'
import { machineGraph, staysInside, type GraphState, type GraphTransition } from './machine-graph.js'
import { layoutMachine, type PlacedEdge } from './machine-layout.js'

/**
 * Lays out the chart of a machine for a viewer: its states and what leads from one to the other, small enough to be read
 * as a whole. Guards, actions and what a state handles without leaving it stay in the diagrams.
 *
 * @throws Error when a target names no state of the machine.
 */
export async function chartLayout(definition: StateDefinition): Promise<ChartLayout> {
  const { root, transitions } = machineGraph(definition)
  const bare = bareState(root)
  const graph = { root: bare, states: withChildren(bare), transitions: bareTransitions(transitions) }
  const { width, height, states, edges, initials, anyStates } = await layoutMachine(graph)
  return {
    machine: root.id,
    width,
    height,
    states: states.map(({ state, x, y, width: across, height: down }) => ({
      path: state.path,
      name: state.key,
      type: state.type,
      ...descriptionOf(root, state.path),
      invokes: state.invokes,
      x,
      y,
      width: across,
      height: down,
    })),
    edges: edges.map(toChartEdge),
    initials: initials.map(({ x, y, width: across, height: down, points }) => ({
      x,
      y,
      width: across,
      height: down,
      points,
    })),
    anyStates: anyStates.map(({ x, y, width: across, height: down }) => ({
      x,
      y,
      width: across,
      height: down,
    })),
  }
}

/** The text of `NAME.layout.json`. */
export async function chartLayoutJson(definition: StateDefinition): Promise<string> {
  return `${JSON.stringify(await chartLayout(definition), null, 1)}\n`
}

function bareState(state: GraphState): GraphState {
  const { path, key, id, type, history, initial, invokes, children } = state
  return {
    path,
    key,
    id,
    type,
    ...(history === undefined ? {} : { history }),
    ...(initial === undefined ? {} : { initial }),
    initialActions: [],
    tags: [],
    invokes,
    entry: [],
    exit: [],
    children: children.map(bareState),
  }
}

const withChildren = (state: GraphState): GraphState[] => [state, ...state.children.flatMap(withChildren)]

function bareTransitions(transitions: readonly GraphTransition[]): GraphTransition[] {
  const bare = new Map<string, GraphTransition>()
  for (const { source, event, trigger, targets, reenter } of transitions) {
    const transition = { source, event, trigger, targets, reenter, actions: [] }
    if (!staysInside(transition)) bare.set(JSON.stringify([source, event, targets]), transition)
  }
  return [...bare.values()]
}

function descriptionOf(state: GraphState, path: string): { description?: string } {
  const found = withChildren(state).find((candidate) => candidate.path === path)
  return found?.description === undefined ? {} : { description: found.description }
}

function toChartEdge({ edge, points, label }: PlacedEdge): ChartEdge {
  const events = edge.entries.map(({ transition }) => ({ type: transition.event, text: transition.trigger }))
  return { source: edge.source, target: edge.target, events, points, label }
}
