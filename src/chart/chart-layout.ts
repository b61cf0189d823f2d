/** A point in pixels from the top left corner of the chart. */
export interface ChartPoint {
  readonly x: number
  readonly y: number
}

/** A rectangle in pixels from the top left corner of the chart. */
export interface ChartRectangle extends ChartPoint {
  readonly width: number
  readonly height: number
}

/** One state of a chart. */
export interface ChartState extends ChartRectangle {
  /** Keys from the root joined with dots; the empty string for the machine itself. */
  readonly path: string
  readonly name: string
  /** `atomic`, `compound`, `parallel`, `final` or `history`. */
  readonly type: string
  readonly description?: string
  /** The actors that run while the state is active. */
  readonly invokes: readonly string[]
}

/** One event on an edge, by XState's name of it and as a person reads it. */
export interface ChartEvent {
  readonly type: string
  readonly text: string
}

/** All transitions from one state to another: one line with one label. */
export interface ChartEdge {
  readonly source: string
  readonly target: string
  readonly events: readonly ChartEvent[]
  readonly points: readonly ChartPoint[]
  readonly label: ChartRectangle
}

/**
 * A state chart with a place for everything, as JSON: what `stately/NAME.layout.json` holds and `StateChart` draws.
 * It shows states and events; guards and actions are in the diagrams of `stately/`.
 */
export interface ChartLayout {
  /** The machine's own id. */
  readonly machine: string
  readonly width: number
  readonly height: number
  /** Parents before children, the machine itself first. */
  readonly states: readonly ChartState[]
  readonly edges: readonly ChartEdge[]
  /** The dots where compound states begin, with the line to the state that is entered first. */
  readonly initials: readonly (ChartRectangle & { readonly points: readonly ChartPoint[] })[]
  /** Where the transitions start that leave any state within a compound one. */
  readonly anyStates: readonly ChartRectangle[]
}
