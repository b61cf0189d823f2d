import type { ElkExtendedEdge, ElkNode } from 'elkjs/lib/elk-api.js'
import type { DiagramEdge } from './diagram-edge.js'
import type { GraphState, MachineGraph } from './machine-graph.js'
import { boxMetrics, stateBox, type StateBox } from './state-box.js'

const INITIAL_SIZE = 10
const MARGIN = 12

const LEVEL_OPTIONS: Record<string, string> = {
  'elk.layered.layering.strategy': 'LONGEST_PATH_SOURCE',
  'elk.layered.nodePlacement.strategy': 'NETWORK_SIMPLEX',
  'elk.spacing.nodeNode': '28',
  'elk.spacing.edgeNode': '18',
  'elk.spacing.edgeEdge': '14',
  'elk.spacing.edgeLabel': '0',
  'elk.layered.spacing.nodeNodeBetweenLayers': '26',
  'elk.layered.spacing.edgeNodeBetweenLayers': '18',
  'elk.layered.spacing.edgeEdgeBetweenLayers': '12',
}

const DRAWING_OPTIONS: Record<string, string> = {
  ...LEVEL_OPTIONS,
  'elk.algorithm': 'layered',
  'elk.direction': 'DOWN',
  'elk.hierarchyHandling': 'INCLUDE_CHILDREN',
  'elk.edgeRouting': 'ORTHOGONAL',
  'elk.randomSeed': '1',
  'elk.json.edgeCoords': 'ROOT',
  'elk.json.shapeCoords': 'ROOT',
  'elk.padding': `[top=${MARGIN},left=${MARGIN},bottom=${MARGIN},right=${MARGIN}]`,
}

const LABEL_OPTIONS = { 'elk.edgeLabels.inline': 'true', 'elk.edgeLabels.placement': 'CENTER' }

/**
 * The question put to ELK: boxes with their sizes, nested as the states are, and edges with the sizes of
 * their labels.
 *
 * An edge that leads back to an earlier state is put to ELK the other way round: then every edge points
 * down the document order, and the happy path of a machine reads from top to bottom. Coordinates in the answer count from the corner of the drawing, in pixels.
 */
export function elkGraph(
  graph: MachineGraph,
  boxes: ReadonlyMap<GraphState, StateBox>,
  edges: readonly DiagramEdge[],
): ElkNode {
  const withInitial = graph.states.filter((state) => state.initial !== undefined)
  const withAnyState = new Set(edges.filter((edge) => edge.startsInside).map((edge) => edge.source))
  const initialPaths = new Set(withInitial.map((state) => state.path))
  return {
    id: 'drawing',
    layoutOptions: DRAWING_OPTIONS,
    children: [elkState(graph.root, boxes, withAnyState)],
    edges: [...withInitial.map(elkInitialEdge), ...edges.map((edge) => elkEdge(edge, initialPaths))],
  }
}

/** ELK's id of a state. */
export const stateId = (path: string): string => `state:${path}`

/** ELK's id of the initial dot within a state. */
export const initialId = (path: string): string => `initial:${path}`

/** ELK's id of the line from the initial dot. */
export const initialEdgeId = (path: string): string => `initial-edge:${path}`

/** ELK's id of the mark "any state" within a state. */
export const anyStateId = (path: string): string => `any:${path}`

function elkState(
  state: GraphState,
  boxes: ReadonlyMap<GraphState, StateBox>,
  withAnyState: ReadonlySet<string>,
): ElkNode {
  const { width, height } = boxes.get(state) ?? stateBox(state, [])
  if (state.children.length === 0) return { id: stateId(state.path), width, height }
  const dot = { id: initialId(state.path), width: INITIAL_SIZE, height: INITIAL_SIZE }
  const anyState = { id: anyStateId(state.path), ...boxMetrics.anyState }
  return {
    id: stateId(state.path),
    layoutOptions: compoundOptions(width, height),
    children: [
      ...(state.initial === undefined ? [] : [dot]),
      ...state.children.map((child) => elkState(child, boxes, withAnyState)),
      ...(withAnyState.has(state.path) ? [anyState] : []),
    ],
  }
}

function compoundOptions(width: number, height: number): Record<string, string> {
  const side = boxMetrics.padding * 2
  return {
    ...LEVEL_OPTIONS,
    'elk.padding': `[top=${height + boxMetrics.padding},left=${side},bottom=${side},right=${side}]`,
    'elk.nodeSize.constraints': 'MINIMUM_SIZE',
    'elk.nodeSize.minimum': `(${width}, ${height})`,
  }
}

function elkInitialEdge({ path, initial = '' }: GraphState): ElkExtendedEdge {
  return { id: initialEdgeId(path), sources: [initialId(path)], targets: [stateId(initial)] }
}

function elkEdge(edge: DiagramEdge, initialPaths: ReadonlySet<string>): ElkExtendedEdge {
  const { id, source, target, width, height } = edge
  const toDot = edge.endsInside && initialPaths.has(target)
  const from = edge.startsInside ? anyStateId(source) : stateId(source)
  const to = toDot ? initialId(target) : stateId(target)
  return {
    id,
    sources: [edge.leadsBack ? to : from],
    targets: [edge.leadsBack ? from : to],
    labels: [{ text: id, width, height, layoutOptions: LABEL_OPTIONS }],
  }
}
