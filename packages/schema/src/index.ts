export {
  createStorePromise,
  Events,
  makeSchema,
  queryDb,
  Schema,
  SessionIdSymbol,
  signal,
  sql,
  State,
  Store as LiveStore,
} from '@livestore/livestore'
export type { Adapter, BootStatus } from '@livestore/livestore'

export { events } from './events.js'
export { materializers, schema, type Store } from './schema.js'
export {
  tables,
  type CellData,
  type ExecutionQueueData,
  type FileData,
  type NotebookMetadataData,
  type OutputData,
  type RuntimeSessionData,
  type UiStateData,
} from './tables.js'

export {
  CellTypeSchema,
  cellTypes,
  ExecutionStateSchema,
  OutputTypeSchema,
  type CellType,
  type CellTypeNoRaw,
  type ExecutionState,
  type OutputType,
} from './cell-types.js'
export { QueueStatusSchema, type QueueStatus } from './execution-types.js'
export {
  ActorTypeSchema,
  RUNTIME_SESSION_TIMEOUT_MS,
  RuntimeStatusSchema,
  type ActorType,
  type RuntimeStatus,
} from './runtime-types.js'

export {
  AI_TOOL_CALL_MIME_TYPE,
  AI_TOOL_MIME_TYPES,
  AI_TOOL_RESULT_MIME_TYPE,
  APPLICATION_MIME_TYPES,
  IMAGE_MIME_TYPES,
  isAiToolMimeType,
  isApplicationMimeType,
  isImageMimeType,
  isJsonMimeType,
  isJupyterMimeType,
  isKnownMimeType,
  isTextBasedMimeType,
  isTextMimeType,
  JUPYTER_MIME_TYPES,
  KNOWN_MIME_TYPES,
  SAFE_MIME_TYPES,
  TEXT_MIME_TYPES,
  type AiToolMimeType,
  type ApplicationMimeType,
  type ImageMimeType,
  type JupyterMimeType,
  type KnownMimeType,
  type TextMimeType,
} from './mime-types.js'
export { validateMediaBundle, type MediaBundle } from './media-bundle.js'
export {
  isArtifactContainer,
  isInlineContainer,
  MediaRepresentationSchema,
  type ArtifactContainer,
  type InlineContainer,
  type MediaContainer,
} from './media.js'
export {
  isAiToolCallData,
  isAiToolResultData,
  isErrorOutput,
  isRichOutput,
  type AiToolCallData,
  type AiToolResultData,
  type ErrorOutputData,
  type RichOutputData,
} from './output-data.js'
export { getNotebookInfo, getNotebookMetadata } from './notebook-info.js'

export * as queries from './queries.js'
export {
  adjacentCells,
  applyDeltas,
  cellFractionalIndex,
  cellIDs$,
  cellList$,
  cellOrdering$,
  cellPositionInfo,
  cellQuery,
  cellReferences$,
  cells$,
  cellsAfter,
  cellsBefore,
  cellsInRange,
  cellsWithIndices$,
  firstCell$,
  getAdjacentCells,
  getFinalContent,
  lastCell$,
  maxAiIterations$,
  neighboringCells,
  notebookMetadata$,
  outputDeltas$,
  outputDeltasQuery,
  runtimeSessions$,
} from './queries.js'

export { createTestJitterProvider, defaultJitterProvider, type JitterProvider } from './ordering/jitter.js'
export {
  fractionalIndexBetween,
  generateFractionalIndices,
  initialFractionalIndex,
  isValidFractionalIndex,
  validateFractionalIndexOrder,
} from './ordering/fractional-index.js'
export {
  fractionalIndexBetweenWithFallback,
  needsRebalancing,
  rebalanceCellIndices,
  type RebalanceOptions,
  type RebalanceResult,
} from './ordering/rebalance.js'
export type { CellReference } from './ordering/cell-reference.js'
export {
  createCellBetween,
  moveCellBetween,
  moveCellBetweenWithRebalancing,
  moveCellWithRebalancing,
  type CellOperationResult,
  type MoveOperationResult,
} from './ordering/cell-operations.js'
export { createCellBetweenAndCommit, moveCellBetweenAndCommit } from './ordering/commit-operations.js'
