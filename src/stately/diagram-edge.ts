import { staysInside, transitionLabel, type GraphTransition, type MachineGraph } from './machine-graph.js'
import { boxMetrics } from './state-box.js'
import { textWidth, wrapText } from './text-measure.js'

/** One transition in the label of an edge, broken into lines. */
export interface EdgeEntry {
  readonly transition: GraphTransition
  readonly lines: readonly string[]
}

/** All transitions from one state to another, drawn as one line with their labels stacked. */
export interface DiagramEdge {
  readonly id: string
  /** Path of the state that it leaves. */
  readonly source: string
  /** Path of the state that it enters. */
  readonly target: string
  /** Whether a state leads to a state within it: drawn from a mark "any state" inside, not from its border. */
  readonly startsInside: boolean
  /** Whether a state leads to a state around it: drawn to the initial dot inside, where entering it begins. */
  readonly endsInside: boolean
  /** Whether the target stands before the source in the machine's document order. */
  readonly leadsBack: boolean
  readonly entries: readonly EdgeEntry[]
  /** Size of the label in pixels. */
  readonly width: number
  readonly height: number
}

/** Groups the transitions of a machine into edges. Those that stay inside their state get no edge. */
export function diagramEdges(graph: MachineGraph): DiagramEdge[] {
  const order = graph.states.map((state) => state.path)
  const groups = new Map<string, GraphTransition[]>()
  for (const transition of graph.transitions.filter((candidate) => !staysInside(candidate))) {
    for (const target of transition.targets) {
      const key = JSON.stringify([transition.source, target])
      groups.set(key, [...(groups.get(key) ?? []), transition])
    }
  }
  return [...groups].map(([key, transitions], index) => {
    const [source, target] = JSON.parse(key) as [string, string]
    const leadsBack = order.indexOf(target) < order.indexOf(source)
    const ends = { startsInside: isWithin(target, source), endsInside: isWithin(source, target) }
    return { id: `edge:${index}`, source, target, ...ends, leadsBack, ...label(transitions) }
  })
}

function isWithin(path: string, ancestor: string): boolean {
  return path !== ancestor && (ancestor === '' || path.startsWith(`${ancestor}.`))
}

function label(transitions: readonly GraphTransition[]): Pick<DiagramEdge, 'entries' | 'width' | 'height'> {
  const { wrapWidth, textSize, lineHeight, transitionGap } = boxMetrics
  const entries = transitions.map((transition) => ({
    transition,
    lines: wrapText(transitionLabel(transition), wrapWidth, textSize).map((text, index) =>
      index === 0 ? text : `\u2003${text}`,
    ),
  }))
  const lines = entries.flatMap((entry) => entry.lines)
  const width = Math.max(...lines.map((line) => textWidth(line, textSize, true))) + 12
  const height = lines.length * lineHeight + (entries.length - 1) * transitionGap + 6
  return { entries, width, height }
}
