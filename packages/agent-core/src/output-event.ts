import type { events } from '@runtimed/schema'

type EventNamed<Name extends keyof typeof events> = ReturnType<(typeof events)[Name]>

/** Every event that an execution writes about its outputs. */
export type OutputEvent =
  | EventNamed<'terminalOutputAdded'>
  | EventNamed<'terminalOutputAppended'>
  | EventNamed<'terminalOutputAppended2'>
  | EventNamed<'markdownOutputAdded'>
  | EventNamed<'markdownOutputAppended2'>
  | EventNamed<'multimediaDisplayOutputAdded'>
  | EventNamed<'multimediaDisplayOutputUpdated'>
  | EventNamed<'multimediaResultOutputAdded'>
  | EventNamed<'errorOutputAdded'>
  | EventNamed<'cellOutputsCleared'>

/**
 * Takes output events in order, to commit or to batch them; a promise settles when they, and all before them, are recorded or lost.
 * Never throws.
 */
export interface OutputSink {
  (events: readonly OutputEvent[]): unknown
}

/** The two streams of an execution. */
export type StreamName = 'stdout' | 'stderr'
