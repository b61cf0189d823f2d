import { useId } from 'react'
import { activePaths, stateText, type StateValue } from './active-paths.js'
import { arrowHead, pathData } from './chart-geometry.js'
import type { ChartEdge, ChartLayout, ChartState } from './chart-layout.js'
import { machineLayouts, type MachineName } from './machine-layouts.js'

/** A transition that was taken. A transition that stays in its state has the same path twice. */
export interface TakenTransition {
  /** Path of the state that was left. */
  readonly from: string
  /** Path of the state that was entered. */
  readonly to: string
  /** Type of the event, as XState names it. */
  readonly event: string
}

interface ChartOfMachine {
  /** One of this project's machines, by its id. */
  readonly machine: MachineName
  readonly layout?: undefined
}

interface ChartOfLayout {
  /** The layout of any machine; see `chartLayout`. */
  readonly layout: ChartLayout
  readonly machine?: undefined
}

/** What {@link StateChart} draws. */
export type StateChartProps = (ChartOfMachine | ChartOfLayout) & {
  /** The value of a snapshot: its leaf states and those around them are lit. Undefined: nothing is lit. */
  readonly value: StateValue | undefined
  /** The transition that led here; its line and its event are highlighted. */
  readonly last?: TakenTransition | undefined
}

/**
 * The state chart of a machine as an image: the active states lit, the last transition highlighted. Colours are custom
 * properties of `state-chart.css`, which the page has to include; they follow the page's `color-scheme`.
 */
export function StateChart(props: StateChartProps) {
  const id = useId()
  const layout: ChartLayout = props.layout ?? machineLayouts[props.machine]
  const active = activePaths(props.value)
  const { width, height } = layout
  const last = layout.edges.find((edge) => isTaken(edge, props.last))
  return (
    <svg
      className="state-chart"
      viewBox={`0 0 ${width} ${height}`}
      width={width}
      height={height}
      role="img"
      aria-labelledby={`${id}-title ${id}-description`}
    >
      <title id={`${id}-title`}>{`State chart of ${layout.machine}`}</title>
      <desc id={`${id}-description`}>{describe(props.value, props.last)}</desc>
      {layout.states.map((state) => (
        <State key={state.path} state={state} isActive={active.has(state.path)} />
      ))}
      {layout.initials.map(({ x, y, width: size, points }) => (
        <g key={`${x} ${y}`} className="initial">
          <circle cx={x + size / 2} cy={y + size / 2} r={size / 2} />
          <Line points={points} />
        </g>
      ))}
      {layout.anyStates.map((mark) => (
        <g key={`${mark.x} ${mark.y}`} className="any-state">
          <rect {...mark} rx={4} />
          <text x={mark.x + mark.width / 2} y={mark.y + mark.height / 2}>
            any state
          </text>
        </g>
      ))}
      {inFront(layout.edges, last).map((edge) => (
        <g key={keyOf(edge)} className="edge" data-last={edge === last || undefined}>
          <Line points={edge.points} />
        </g>
      ))}
      {inFront(layout.edges, last).map((edge) => (
        <Label key={keyOf(edge)} edge={edge} last={edge === last ? props.last : undefined} />
      ))}
    </svg>
  )
}

function State({ state, isActive }: { readonly state: ChartState; readonly isActive: boolean }) {
  const { path, name, type, description, invokes, x, y, width, height } = state
  return (
    <g className={`state ${type}`} data-state={path} data-active={isActive || undefined}>
      {description === undefined ? null : <title>{description}</title>}
      <rect className="box" x={x} y={y} width={width} height={height} rx={8} />
      {type === 'final' ? (
        <rect className="inner" x={x + 3} y={y + 3} width={width - 6} height={height - 6} rx={5} />
      ) : null}
      <text className="name" x={x + 10} y={y + 18}>
        {name}
      </text>
      {invokes.map((source, index) => (
        <text key={source} className="invoke" x={x + 10} y={y + 38 + index * 15}>
          {`invoke: ${source}`}
        </text>
      ))}
    </g>
  )
}

function Label({ edge, last }: { readonly edge: ChartEdge; readonly last: TakenTransition | undefined }) {
  const { x, y, width, height } = edge.label
  const row = height / edge.events.length
  return (
    <g className="label" data-last={last !== undefined || undefined}>
      <rect x={x} y={y} width={width} height={height} rx={4} />
      {edge.events.map(({ type, text }, index) => (
        <text
          key={type}
          x={x + width / 2}
          y={y + row * (index + 0.5)}
          data-last={(last && matches(type, last.event)) || undefined}
        >
          {text}
        </text>
      ))}
    </g>
  )
}

function Line({ points }: Pick<ChartEdge, 'points'>) {
  return (
    <>
      <path className="line" d={pathData(points)} />
      <path className="head" d={arrowHead(points)} />
    </>
  )
}

const keyOf = ({ source, target }: ChartEdge) => JSON.stringify([source, target])

/** The edge to be seen is drawn last. */
const inFront = (edges: readonly ChartEdge[], last: ChartEdge | undefined): readonly ChartEdge[] =>
  last === undefined ? edges : [...edges.filter((edge) => edge !== last), last]

/** An edge may start at a state around the one that was left, and end at one around the one that was entered. */
function isTaken({ source, target, events }: ChartEdge, last: TakenTransition | undefined): boolean {
  if (last === undefined || last.from === last.to) return false
  const isSource = source === last.from || isAround(source, last.from)
  const isTarget = target === last.to || isAround(target, last.to)
  return isSource && isTarget && events.some(({ type }) => matches(type, last.event))
}

const isAround = (outer: string, path: string) => outer === '' || path.startsWith(`${outer}.`)

const matches = (descriptor: string, event: string) =>
  descriptor === event ||
  descriptor === '*' ||
  (descriptor.endsWith('.*') && event.startsWith(descriptor.slice(0, -1)))

function describe(value: StateValue | undefined, last: TakenTransition | undefined): string {
  const now = value === undefined ? 'No current state.' : `Current state: ${stateText(value)}.`
  if (last === undefined) return now
  return `${now} Last transition: ${last.from} to ${last.to}, on ${last.event || 'no event'}.`
}
