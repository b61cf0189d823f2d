import {
  inPlaceLabel,
  staysInside,
  transitionLabel,
  type GraphState,
  type MachineGraph,
} from './machine-graph.js'
import { diagramEdges, type DiagramEdge } from './diagram-edge.js'
import { stateBox } from './state-box.js'

const RESERVED = new Set([
  'as',
  'choice',
  'class',
  'direction',
  'end',
  'fork',
  'join',
  'note',
  'state',
  'style',
])

/** The id that stands for a state in the Mermaid text: its path with underscores; the machine is `machine`. */
export function mermaidId(path: string): string {
  const id = path.replace(/\W/g, '_')
  if (id === '') return 'machine'
  return RESERVED.has(id.toLowerCase()) || id === 'machine' ? `${id}_` : id
}

/**
 * Escapes text for a label. Mermaid reads a colon or semicolon as the end of a label, and `#` as the start of
 * an entity; angle brackets would become HTML.
 */
export function mermaidText(text: string): string {
  return text.replace(/[:;#<>"&{}]/g, (character) => `#${character.codePointAt(0)};`)
}

/**
 * Writes a machine as Mermaid `stateDiagram-v2`, which GitHub draws wherever Markdown is shown.
 *
 * Mermaid draws no line between states of different composites, nor from a composite to its own inside. So a
 * transition that crosses borders ends at the border, and its label says `(from …)` or `(to …)`; one that any
 * state of a composite may take starts at a box named `any state`, which also lists what the composite itself
 * runs and handles in place. Arrows say `event [guard]`; their actions, which would make Mermaid lay labels over
 * each other, are in the SVG and the JSON.
 */
export function machineMermaid(graph: MachineGraph): string {
  const writer: Writer = { graph, edges: diagramEdges(graph) }
  const { root } = graph
  const body = root.children.length === 0 ? stateLines(root, writer) : compositeBody(root, writer)
  return ['---', `title: ${root.key}`, '---', 'stateDiagram-v2', ...indent(body), ''].join('\n')
}

interface Writer {
  readonly graph: MachineGraph
  readonly edges: readonly DiagramEdge[]
}

function stateLines(state: GraphState, writer: Writer): string[] {
  const id = mermaidId(state.path)
  if (state.children.length > 0) {
    return [`state "${mermaidText(state.key)}" as ${id} {`, ...indent(compositeBody(state, writer)), '}']
  }
  const title = state.type === 'history' ? stateBox(state, []).title : state.key
  const end = state.type === 'final' ? [`${id} --> [*]`] : []
  return [`${id} : ${mermaidText(title)}`, ...detailLines(id, state, writer), ...end]
}

function compositeBody(state: GraphState, writer: Writer): string[] {
  const separator = state.type === 'parallel' ? ['--'] : []
  const regions = [...state.children.map((child) => stateLines(child, writer)), anyStateLines(state, writer)]
  const inner = regions
    .filter((lines) => lines.length > 0)
    .flatMap((lines, index) => (index === 0 ? lines : [...separator, ...lines]))
  const initial = state.initial === undefined ? [] : [`[*] --> ${mermaidId(state.initial)}`]
  return [...initial, ...inner, ...edgeLines(state, writer)]
}

function anyStateLines(state: GraphState, writer: Writer): string[] {
  const id = anyStateId(state.path)
  const details = detailLines(id, state, writer)
  const isSource = writer.edges.some((edge) => edge.startsInside && edge.source === state.path)
  return details.length > 0 || isSource ? [`${id} : any state`, ...details] : []
}

function detailLines(id: string, state: GraphState, { graph }: Writer): string[] {
  const inPlace = graph.transitions
    .filter((transition) => transition.source === state.path && staysInside(transition))
    .map(inPlaceLabel)
  const details = [
    ...(state.description === undefined ? [] : [state.description]),
    ...state.invokes.map((source) => `invoke: ${source}`),
    ...state.initialActions.map((action) => `initial / ${action}`),
    ...state.entry.map((action) => `entry / ${action}`),
    ...state.exit.map((action) => `exit / ${action}`),
    ...(state.tags.length === 0 ? [] : [`tags: ${state.tags.join(', ')}`]),
    ...inPlace,
  ]
  return details.map((text) => `${id} : ${mermaidText(text)}`)
}

function edgeLines(scope: GraphState, { edges }: Writer): string[] {
  return edges
    .filter((edge) => commonAncestor(edge.source, edge.target) === scope.path)
    .map((edge) => edgeLine(edge, scope.path))
}

function edgeLine(edge: DiagramEdge, scope: string): string {
  const source = edge.startsInside ? anyStateId(edge.source) : mermaidId(lift(edge.source, scope))
  const target = edge.endsInside ? mermaidId(scope) : mermaidId(lift(edge.target, scope))
  const from = edge.startsInside || lift(edge.source, scope) === edge.source ? undefined : edge.source
  const to = edge.endsInside || lift(edge.target, scope) === edge.target ? undefined : edge.target
  const ends = [from && `from ${from}`, to && `to ${to}`].filter(Boolean).join(', ')
  const labels = edge.entries.map(({ transition }) => {
    const label = transitionLabel({ ...transition, actions: [] })
    return mermaidText(ends === '' ? label : `${label} (${ends})`)
  })
  return `${source} --> ${target} : ${labels.join('<br/>')}`
}

function anyStateId(path: string): string {
  return `any_state_of_${mermaidId(path)}`
}

/** The part of a path that is a direct child of the scope. */
function lift(path: string, scope: string): string {
  const depth = scope === '' ? 1 : scope.split('.').length + 1
  return path.split('.').slice(0, depth).join('.')
}

function commonAncestor(first: string, second: string): string {
  const left = first === '' ? [] : first.split('.')
  const right = second === '' ? [] : second.split('.')
  const length = left.findIndex((key, index) => key !== right[index])
  return left.slice(0, length === -1 ? left.length : length).join('.')
}

function indent(lines: readonly string[]): string[] {
  return lines.map((line) => `  ${line}`)
}
