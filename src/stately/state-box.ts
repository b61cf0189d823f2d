import {
  staysInside,
  inPlaceLabel,
  type GraphState,
  type GraphTransition,
  type MachineGraph,
} from './machine-graph.js'
import { textWidth, wrapText } from './text-measure.js'

/** Pixels; the drawing and the layout must agree on all of them. */
export const boxMetrics = {
  titleSize: 13,
  textSize: 11,
  lineHeight: 15,
  titleHeight: 26,
  padding: 10,
  transitionGap: 4,
  wrapWidth: 270,
  anyState: { width: 76, height: 20 },
} as const

/** One line inside the box of a state. */
export interface BoxLine {
  readonly kind: 'description' | 'invoke' | 'entry' | 'exit' | 'tags' | 'initial' | 'transition'
  readonly text: string
  /** Set on the first and the continued lines of a transition that stays inside the state. */
  readonly transition?: GraphTransition
}

/** What stands in the box of a state, and how much room it needs. */
export interface StateBox {
  readonly title: string
  readonly lines: readonly BoxLine[]
  readonly width: number
  readonly height: number
}

/** The box of every state of a machine, in document order. */
export function stateBoxes(graph: MachineGraph): ReadonlyMap<GraphState, StateBox> {
  return new Map(graph.states.map((state) => [state, stateBox(state, graph.transitions)]))
}

/** Builds the text of a state's box: what it runs, its actions and tags, and the events it handles in place. */
export function stateBox(state: GraphState, transitions: readonly GraphTransition[]): StateBox {
  const lines = [...ownLines(state), ...inPlaceLines(state, transitions)]
  const { padding, titleHeight, lineHeight, titleSize, textSize } = boxMetrics
  const textWidths = lines.map((line) => textWidth(line.text, textSize, line.kind === 'transition'))
  const title = titleOf(state)
  const width = Math.max(textWidth(title, titleSize, true), ...textWidths) + 2 * padding
  const height = titleHeight + (lines.length === 0 ? 0 : lines.length * lineHeight + padding / 2)
  return { title, lines, width: Math.max(width, 60), height }
}

function titleOf(state: GraphState): string {
  if (state.type !== 'history') return state.key
  return `${state.history === 'deep' ? 'H*' : 'H'} ${state.key}`
}

function ownLines(state: GraphState): BoxLine[] {
  const described = state.description === undefined ? [] : [state.description]
  const tags = state.tags.length === 0 ? [] : [`tags: ${state.tags.join(', ')}`]
  return [
    ...described.flatMap((text) => wrapped('description', text)),
    ...state.invokes.flatMap((source) => wrapped('invoke', `invoke: ${source}`)),
    ...state.initialActions.flatMap((action) => wrapped('initial', `initial / ${action}`)),
    ...state.entry.flatMap((action) => wrapped('entry', `entry / ${action}`)),
    ...state.exit.flatMap((action) => wrapped('exit', `exit / ${action}`)),
    ...tags.flatMap((text) => wrapped('tags', text)),
  ]
}

function inPlaceLines(state: GraphState, transitions: readonly GraphTransition[]): BoxLine[] {
  return transitions
    .filter((transition) => transition.source === state.path && staysInside(transition))
    .flatMap((transition) =>
      wrapped('transition', inPlaceLabel(transition)).map((line) => ({ ...line, transition })),
    )
}

function wrapped(kind: BoxLine['kind'], text: string): BoxLine[] {
  const lines = wrapText(text, boxMetrics.wrapWidth, boxMetrics.textSize)
  return lines.map((line, index) => ({
    kind,
    text: index === 0 || kind === 'description' ? line : `\u2003${line}`,
  }))
}
