/** What one page measures. */
export interface FrameFigures {
  /** Time from frame to frame, in milliseconds. */
  readonly frames: readonly number[]
  readonly transitionsPerSecond: number
  /** Rows whose agents changed. */
  readonly rowsTouched: number
  /** Rows that rendered although their agents did not change. */
  readonly rowsRenderedUntouched: number
  readonly rendersPerTransition: number
}
