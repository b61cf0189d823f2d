import type { ElkExtendedEdge, ElkNode } from 'elkjs/lib/elk-api.js'
import { diagramEdges, type DiagramEdge } from './diagram-edge.js'
import { anyStateId, elkGraph, initialEdgeId, initialId, stateId } from './elk-graph.js'
import type { GraphState, MachineGraph } from './machine-graph.js'
import { stateBoxes, type StateBox } from './state-box.js'

/** A rectangle in pixels from the top left corner of the drawing. */
export interface Rectangle {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

/** A point in pixels from the top left corner of the drawing. */
export interface Point {
  readonly x: number
  readonly y: number
}

/** A state with its text and its place. */
export interface PlacedState extends Rectangle {
  readonly state: GraphState
  readonly box: StateBox
}

/** A drawn edge: its line, and where its label stands. */
export interface PlacedEdge {
  readonly edge: DiagramEdge
  readonly points: readonly Point[]
  readonly label: Rectangle
}

/** A mark inside a state: the initial dot, or the start of transitions that leave any state within it. */
export interface PlacedMark extends Rectangle {
  /** Path of the state that it stands in. */
  readonly parent: string
}

/** The dot that marks where a compound state begins, and the line from it to the initial state. */
export interface PlacedInitial extends PlacedMark {
  readonly points: readonly Point[]
}

/** A machine with a place for everything, ready to draw. */
export interface MachineLayout {
  readonly width: number
  readonly height: number
  /** Parents before children, so that drawing in this order puts children on top. */
  readonly states: readonly PlacedState[]
  readonly edges: readonly PlacedEdge[]
  readonly initials: readonly PlacedInitial[]
  readonly anyStates: readonly PlacedMark[]
}

/**
 * Places the states, edges and labels of a machine with ELK's layered algorithm. The same graph always gets
 * the same layout. elkjs is a development dependency and loaded here only.
 */
export async function layoutMachine(graph: MachineGraph): Promise<MachineLayout> {
  const boxes = stateBoxes(graph)
  const edges = diagramEdges(graph)
  const elk = await import('elkjs/lib/elk.bundled.js')
  const laidOut = await new elk.default.default().layout(elkGraph(graph, boxes, edges))
  return readLayout(boxes, edges, laidOut)
}

function readLayout(
  boxes: ReadonlyMap<GraphState, StateBox>,
  edges: readonly DiagramEdge[],
  laidOut: ElkNode,
): MachineLayout {
  const nodes = new Map(flatten(laidOut).map((node) => [node.id, node]))
  const lines = new Map((laidOut.edges ?? []).map((edge) => [edge.id, edge]))
  const states = [...boxes.keys()]
  const marks = (idOf: (path: string) => string) =>
    states
      .filter(({ path }) => nodes.has(idOf(path)))
      .map(({ path }) => ({ parent: path, ...rectangle(nodes.get(idOf(path))) }))
  return {
    width: Math.ceil(laidOut.width ?? 0),
    height: Math.ceil(laidOut.height ?? 0),
    states: [...boxes].map(([state, box]) => ({ state, box, ...rectangle(nodes.get(stateId(state.path))) })),
    edges: edges.map((edge) => ({ edge, ...line(lines.get(edge.id), edge.leadsBack) })),
    initials: marks(initialId).map((mark) => ({
      ...mark,
      points: line(lines.get(initialEdgeId(mark.parent))).points,
    })),
    anyStates: marks(anyStateId),
  }
}

function flatten(node: ElkNode): ElkNode[] {
  return [node, ...(node.children ?? []).flatMap(flatten)]
}

function rectangle(shape: Partial<Rectangle> | undefined): Rectangle {
  const { x = 0, y = 0, width = 0, height = 0 } = shape ?? {}
  return { x: round(x), y: round(y), width: round(width), height: round(height) }
}

function line(edge: ElkExtendedEdge | undefined, isReversed = false): { points: Point[]; label: Rectangle } {
  const points = (edge?.sections ?? []).flatMap((section) => [
    section.startPoint,
    ...(section.bendPoints ?? []),
    section.endPoint,
  ])
  const ordered = isReversed ? points.toReversed() : points
  return {
    points: ordered.map((point) => ({ x: round(point.x), y: round(point.y) })),
    label: rectangle(edge?.labels?.[0]),
  }
}

function round(coordinate: number): number {
  return Math.round(coordinate * 10) / 10
}
