import type { NotebookOutput } from '../notebook/index.js'

/** An output, or the text that was appended to one, as a hand-written registry tells of it. */
export interface LegacyOutput {
  readonly cellId: string
  /** What it says as plain text: the text of a stream, the plain representation of a result, name and message of an error. */
  readonly text: string
  /** The same as nbformat has it; text of a stream comes in pieces. */
  readonly output: NotebookOutput
}

/** The runtime of one notebook, as a hand-written registry hands it out. */
export interface LegacyRuntime {
  /** Resolves when it is up; without effect when it is. Rejects when it does not come up. */
  start(): Promise<void>
  /** Resolves when it is down; without effect when it is. */
  stop(): Promise<void>
  /** True while it takes work. */
  isRunning(): boolean
  /** Calls back with what cells put out from now on, until the returned function is called. */
  onOutput(listener: (output: LegacyOutput) => void): () => void
}

/** A hand-written registry, seen from outside. */
export interface LegacyRegistry {
  /** The runtime of a notebook, started or not. */
  getRuntime(notebookId: string, runtimeType: string): LegacyRuntime
}
