/** The form of a handler's `examples.ts`: what the contract suite runs on every handler. */

/** One cell and what must come of it. */
export interface HandlerExample {
  /** Ends the sentence "it …". */
  title: string
  source: string
  /** Default: `code`. */
  cellType?: string
  success: boolean
  /** Text that must occur in the recorded outputs, written as JSON. */
  shows: readonly string[]
}

/** What the suite knows about a handler besides its definition. */
export interface HandlerExamples {
  examples: readonly HandlerExample[]
  /** A cell of a supported type that cannot be executed, if the language has such. */
  badSource?: string
  /** A cell that shows text and then does not end by itself, if the language has such. */
  endless?: { source: string; shows: string }
  /** A cell that keeps a value and one that shows it, if the language has state. */
  state?: { set: string; get: string; value: string }
}
