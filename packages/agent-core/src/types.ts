import type { CellData, ExecutionQueueData, OutputType, Store } from '@runtimed/schema'

/** Values of one output by MIME type, as a handler hands them over (not yet made safe for the event log). */
export interface RawOutputData {
  [mimeType: string]: unknown
}

/** What a language model can do. */
export type ModelCapability = 'completion' | 'tools' | 'vision' | 'thinking'

/** A language model that a runtime offers to `ai` cells. */
export interface AiModel {
  name: string
  displayName: string
  provider: string
  capabilities: ModelCapability[]
  metadata?: { parameterSize?: string; modelType?: string; contextLength?: number }
  /** True for a model that is no longer offered (spelling fixed by existing clients). */
  decomissioned?: boolean
}

/** Which kinds of cells a runtime executes. Cells of other kinds are refused with an error output. */
export interface RuntimeCapabilities {
  canExecuteCode: boolean
  canExecuteSql: boolean
  canExecuteAi: boolean
  availableAiModels?: AiModel[]
}

/** Describes an uploaded file to the artifact service. */
export interface ArtifactSubmissionOptions {
  notebookId: string
  authToken: string
  /** Media type of the bytes. Default: not sent (the service answers with `application/octet-stream`). */
  mimeType?: string
  /** Name in three-step storage. Default `artifact.bin`. */
  filename?: string
  /** Ends the upload and its retries early. Default: none. */
  signal?: AbortSignal
}

/** Where uploaded bytes are found again. */
export interface ArtifactSubmissionResult {
  artifactId: string
  /** Address of the bytes; only three-step storage gives one. */
  fileUrl?: string
}

/** What an agent needs from an artifact service; {@link ArtifactClient} is the HTTP implementation. */
export interface IArtifactClient {
  submitContent(data: Uint8Array, options: ArtifactSubmissionOptions): Promise<ArtifactSubmissionResult>
  getArtifactUrl(container: { artifactId: string; metadata?: Record<string, unknown> }): string
}

/** Options of `RuntimeConfig`: who the runtime is, and which notebook it serves. */
export interface RuntimeAgentOptions {
  /** Stable name of the runtime; also part of `clearedBy`. */
  readonly runtimeId: string
  /** Kind of runtime, for example `python3` or `html`. */
  readonly runtimeType: string
  readonly capabilities: Readonly<RuntimeCapabilities>
  /**
   * Absolute address of the sync backend (`ws:`, `wss:`, `http:` or `https:`); artifacts go to the same host. Default: none, and
   * then nothing leaves the machine.
   */
  readonly syncUrl?: string
  readonly authToken: string
  /** Also the LiveStore `storeId`. */
  readonly notebookId: string
  /** Images, sound, video, PDF and archives with more bytes than this are uploaded. Default 6144; 0 uploads all. */
  readonly imageArtifactThresholdBytes?: number
  /** Default: an `ArtifactClient` for the host of `syncUrl`; without one outputs of any size stay in the notebook. */
  readonly artifactClient?: IArtifactClient
  /** Default client only: upload in three steps through project storage. Default false. */
  readonly useProjectsArtifacts?: boolean
  /** The notebook's store. It stays the caller's: an agent never closes it. */
  readonly store: Store
  readonly userId: string
}

/**
 * What a handler gets for one execution: the cell, and the ways to write outputs.
 *
 * Outputs reach the store in the order of the calls. Text of one stream is collected for a few
 * milliseconds and written together. Values that the event log cannot hold are made safe first. No
 * method throws, and after the end of the execution all of them are ignored.
 */
export interface ExecutionContext {
  /** The cell as it was when the execution was claimed. */
  cell: CellData
  /** The queue row as it was when the execution was claimed. */
  queueEntry: ExecutionQueueData
  store: Store
  sessionId: string
  runtimeId: string
  /** Fires when the execution is cancelled or the agent shuts down; the handler should then return soon. */
  abortSignal: AbortSignal
  /** Throws `Error('Execution cancelled')` once `abortSignal` has fired. */
  checkCancellation(): void
  stdout(text: string): void
  stderr(text: string): void
  /** Appends to a terminal output, as a delta, which not every client reads; `stdout` is for all. Returns the id of the delta. */
  appendTerminal(outputId: string, delta: string, sequenceNumber: number): string
  /** Adds a markdown output; returns its id for `appendMarkdown`. */
  markdown(content: string, metadata?: Record<string, unknown>): string
  /** Appends to a markdown output; returns the id of the delta. */
  appendMarkdown(outputId: string, delta: string, sequenceNumber: number): string
  /** Adds a display; resolves when it was handed to the store, image uploads included. `metadata` is by MIME type. */
  display(data: RawOutputData, metadata?: Record<string, unknown>, displayId?: string): Promise<void>
  /** Replaces the content of every display with this id. */
  updateDisplay(displayId: string, data: RawOutputData, metadata?: Record<string, unknown>): Promise<void>
  /** Adds the execution's result. */
  result(data: RawOutputData, metadata?: Record<string, unknown>): Promise<void>
  error(ename: string, evalue: string, traceback: string[]): void
  /** Removes the cell's outputs: at once, or with `wait` when the next output arrives. Default false. */
  clear(wait?: boolean): void
  /**
   * Resolves when what was handed to the store so far is recorded. Who may write without end waits for it now and then, so that
   * outputs do not gather in memory. Absent where nobody knows.
   */
  drained?(): Promise<void>
}

/** How an execution ended. A failure is a value (`success: false`), not a rejection. */
export interface ExecutionResult {
  success: boolean
  /** Written as one more output, also when `success` is false. */
  data?: RawOutputData
  /** Metadata of `data`, by MIME type. */
  metadata?: Record<string, unknown>
  /** Why it failed; becomes an error output unless the handler wrote one itself. */
  error?: string
  /** How `data` is written: as a display, as terminal or markdown text, otherwise as a result (the default). */
  outputType?: OutputType
}

/** Runs one cell. Must end soon after `context.abortSignal` fires. */
export type ExecutionHandler = (context: ExecutionContext) => Promise<ExecutionResult>

/** Told that a running execution was stopped, for example to interrupt an interpreter. Failures are logged. */
export type CancellationHandler = (queueId: string, cellId: string, reason: string) => void | Promise<void>

/** Told about an agent's life. A callback that throws or rejects is logged; only `onStartup` can stop a start. */
export interface RuntimeAgentEventHandlers {
  /** Before anything is written; a rejection makes `start()` reject. */
  onStartup?(): void | Promise<void>
  /** Once, when the agent shuts down, for whatever cause. */
  onShutdown?(): void | Promise<void>
  /** After the session was announced as ready in the local store. */
  onConnected?(): void | Promise<void>
  /** When a start failed, when another session took over, or when the store was closed. */
  onDisconnected?(error?: Error): void | Promise<void>
  /** When a handler threw, before the execution is recorded as failed. */
  onExecutionError?(error: Error, context: ExecutionContext): void | Promise<void>
}

/** An error that says which execution was cancelled. */
export interface CancellationError extends Error {
  name: 'CancellationError'
  queueId: string
  cellId: string
}

/** Stages in the life of an agent. */
export type AgentStatus = 'starting' | 'ready' | 'busy' | 'error' | 'shutting-down'
