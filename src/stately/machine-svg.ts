import type { EdgeEntry } from './diagram-edge.js'
import type {
  MachineLayout,
  PlacedEdge,
  PlacedInitial,
  PlacedMark,
  PlacedState,
  Point,
} from './machine-layout.js'
import type { GraphTransition } from './machine-graph.js'
import { boxMetrics, type BoxLine } from './state-box.js'

const CORNER = 8

const STYLE = `
.machine-diagram text { font-family: ui-sans-serif, system-ui, "Segoe UI", Helvetica, Arial, "DejaVu Sans", sans-serif; font-size: ${boxMetrics.textSize}px; fill: #334155; }
.machine-diagram .paper { fill: #f8fafc; stroke: #cbd5e1; }
.machine-diagram .box { fill: #ffffff; stroke: #64748b; stroke-width: 1.2; }
.machine-diagram .compound > .box, .machine-diagram .parallel > .box { fill: #f1f5f9; }
.machine-diagram .region > .box { stroke-dasharray: 6 4; }
.machine-diagram .inner-border { fill: none; stroke: #64748b; }
.machine-diagram .title { font-size: ${boxMetrics.titleSize}px; font-weight: 700; fill: #0f172a; }
.machine-diagram .divider { stroke: #cbd5e1; }
.machine-diagram .description { font-style: italic; fill: #64748b; }
.machine-diagram .invoke { fill: #7c3aed; }
.machine-diagram .tags { fill: #0f766e; }
.machine-diagram .line { fill: none; stroke: #475569; stroke-width: 1.2; stroke-linejoin: round; }
.machine-diagram .dot { fill: #0f172a; }
.machine-diagram .mark { fill: #f8fafc; stroke: #64748b; stroke-dasharray: 2 3; }
.machine-diagram .any-state text { font-style: italic; }
.machine-diagram .label { fill: #e0ecff; stroke: #bfd3f5; }
.machine-diagram .transition text, .machine-diagram text.transition { fill: #1e3a8a; }
.machine-diagram .trigger { font-weight: 700; }
.machine-diagram .active > .box { fill: #dbeafe; stroke: #2563eb; stroke-width: 2.5; }
.machine-diagram .taken > .line { stroke: #2563eb; stroke-width: 2.5; }
`.trim()

/**
 * Draws a laid out machine as a stand-alone SVG on a light sheet of its own, which reads on any page.
 *
 * Every state is a group with `data-state="path"`, the machine itself with an empty path; every transition
 * carries `data-source`, `data-event` and, when it moves, `data-target`. A viewer lights the active states
 * by giving their groups the class `active`, and an edge by the class `taken`.
 */
export function machineSvg(layout: MachineLayout): string {
  const name = escapeText(layout.states[0]?.state.key ?? '')
  const { width, height } = layout
  const size = `viewBox="0 0 ${width} ${height}" width="${width}" height="${height}"`
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" class="machine-diagram" ${size} role="img">`,
    `<title>State machine ${name}</title>`,
    `<style>${STYLE}</style>`,
    '<defs><marker id="arrow" viewBox="0 0 8 8" refX="8" refY="4" markerUnits="userSpaceOnUse" markerWidth="10" markerHeight="10" orient="auto"><path d="M0 0L8 4L0 8z" fill="#475569"/></marker></defs>',
    `<rect class="paper" x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="${CORNER}"/>`,
    ...layout.states.map((placed) => drawState(placed, layout.states)),
    ...layout.initials.map(drawInitial),
    ...layout.anyStates.map(drawAnyState),
    ...layout.edges.map(drawLine),
    ...layout.edges.map(drawLabel),
    '</svg>',
    '',
  ].join('\n')
}

function drawState(placed: PlacedState, all: readonly PlacedState[]): string {
  const { state, box, x, y, width, height } = placed
  const isRegion = all.some(
    (other) => other.state.type === 'parallel' && other.state.children.includes(state),
  )
  const classes = ['state', state.type, ...(isRegion ? ['region'] : [])].join(' ')
  return [
    `<g class="${classes}" data-state="${escapeText(state.path)}" data-id="${escapeText(state.id)}">`,
    ...(state.description === undefined ? [] : [`<title>${escapeText(state.description)}</title>`]),
    rectangle('box', x, y, width, height),
    ...(state.type === 'final' ? [rectangle('inner-border', x + 3, y + 3, width - 6, height - 6)] : []),
    `<text class="title" x="${x + boxMetrics.padding}" y="${y + 18}">${escapeText(box.title)}</text>`,
    ...(box.lines.length > 0 ? [divider(placed)] : []),
    ...box.lines.map((line, index) => drawBoxLine(line, placed, index)),
    '</g>',
  ].join('\n')
}

function divider(placed: PlacedState): string {
  const y = placed.y + boxMetrics.titleHeight
  return `<path class="divider" d="M${placed.x} ${y}H${round(placed.x + placed.width)}"/>`
}

function drawBoxLine(line: BoxLine, placed: PlacedState, index: number): string {
  const x = placed.x + boxMetrics.padding
  const y = placed.y + boxMetrics.titleHeight + (index + 1) * boxMetrics.lineHeight - 2
  const data = line.transition ? ` ${transitionData(line.transition)}` : ''
  return `<text class="${line.kind}"${data} x="${round(x)}" y="${round(y)}">${withBoldTrigger(line.text, line.transition)}</text>`
}

function drawInitial(initial: PlacedInitial): string {
  const radius = initial.width / 2
  return [
    `<g class="initial" data-parent="${escapeText(initial.parent)}">`,
    `<circle class="dot" cx="${round(initial.x + radius)}" cy="${round(initial.y + radius)}" r="${radius}"/>`,
    `<path class="line" marker-end="url(#arrow)" d="${pathData(initial.points)}"/>`,
    '</g>',
  ].join('\n')
}

function drawAnyState({ parent, x, y, width, height }: PlacedMark): string {
  return [
    `<g class="any-state" data-parent="${escapeText(parent)}">`,
    rectangle('mark', x, y, width, height),
    `<text x="${x + 8}" y="${y + 14}">any state</text>`,
    '</g>',
  ].join('\n')
}

function drawLine({ edge, points }: PlacedEdge): string {
  const ends = `data-source="${escapeText(edge.source)}" data-target="${escapeText(edge.target)}"`
  return `<g class="edge" ${ends}><path class="line" marker-end="url(#arrow)" d="${pathData(points)}"/></g>`
}

function drawLabel({ edge, label }: PlacedEdge): string {
  const { lineHeight, transitionGap } = boxMetrics
  let top = label.y + 3
  const entries = edge.entries.map((entry) => {
    const drawn = drawEntry(entry, edge.target, label.x + 6, top)
    top += entry.lines.length * lineHeight + transitionGap
    return drawn
  })
  return [rectangle('label', label.x, label.y, label.width, label.height), ...entries].join('\n')
}

function drawEntry(entry: EdgeEntry, target: string, x: number, top: number): string {
  const data = transitionData(entry.transition, target)
  const lines = entry.lines.map((text, index) => {
    const y = top + (index + 1) * boxMetrics.lineHeight - 4
    return `<text x="${round(x)}" y="${round(y)}">${withBoldTrigger(text, entry.transition)}</text>`
  })
  return `<g class="transition" ${data}>${lines.join('')}</g>`
}

function withBoldTrigger(text: string, transition: GraphTransition | undefined): string {
  const trigger = transition?.trigger
  if (trigger === undefined || !text.startsWith(trigger)) return escapeText(text)
  return `<tspan class="trigger">${escapeText(trigger)}</tspan>${escapeText(text.slice(trigger.length))}`
}

function transitionData(transition: GraphTransition, target = transition.targets[0]): string {
  const source = `data-source="${escapeText(transition.source)}" data-event="${escapeText(transition.event)}"`
  return target === undefined ? source : `${source} data-target="${escapeText(target)}"`
}

function rectangle(name: string, x: number, y: number, width: number, height: number): string {
  const place = `x="${round(x)}" y="${round(y)}" width="${round(width)}" height="${round(height)}"`
  return `<rect class="${name}" ${place} rx="${name === 'label' ? 4 : CORNER}"/>`
}

function pathData(points: readonly Point[]): string {
  return points.map((point, index) => `${index === 0 ? 'M' : 'L'}${point.x} ${point.y}`).join('')
}

function round(coordinate: number): number {
  return Math.round(coordinate * 10) / 10
}

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }

function escapeText(text: string): string {
  return text.replace(/[&<>"]/g, (character) => ESCAPES[character] ?? character)
}
