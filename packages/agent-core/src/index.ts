/**
 * `@runtimed/agent-core`: a runtime agent for notebooks that live in a LiveStore store, and what writes the outputs of its cells.
 */
export { RuntimeAgent } from './runtime-agent.js'
export { registerRuntimeDriver } from './runtime-driver.js'
export type { RuntimeDriver } from './runtime-driver.js'
export { DEFAULT_CONFIG, RuntimeConfig } from './config.js'
export { Logger, LogLevel, logger } from './logger.js'
export type { LoggerConfig, LogLevelValue } from './logger.js'
export { withQuietLogging } from './quiet-logging.js'
export { ArtifactClient, createArtifactClient, PngProcessor } from './artifact-client.js'
export type { ArtifactClientOptions } from './artifact-client.js'
export type { RequestPolicy } from './artifact-request.js'
export { uploadArtifactViaProjects } from './projects-upload.js'
export type { ProjectsArtifactUploadParams, ProjectsArtifactUploadResult } from './projects-upload.js'
export { createStorePromise } from './store.js'
export type { CreateStoreConfig } from './store.js'
export {
  createRuntimeSyncPayload,
  createUserSyncPayload,
  isRuntimeSyncPayload,
  isUserSyncPayload,
} from './sync-payload.js'
export type { BaseSyncPayload, RuntimeSyncPayload, SyncPayload, UserSyncPayload } from './sync-payload.js'
export { guarded } from './errors.js'
export { toJsonSafe } from './json-safe.js'
export { fromStorableMembers, toStorableMembers } from './reserved-members.js'
export { callHandler, writeOutcome } from './execution-outcome.js'
export type { Completion, HandlerOutcome } from './execution-outcome.js'
export { clearedByRuntime, createExecutionRun } from './execution-run.js'
export type { ExecutionContextOptions, ExecutionRun } from './execution-run.js'
export { systemClock } from './clock.js'
export type { OutputClock } from './clock.js'
export { defaultOutputLimits } from './output-limits.js'
export type { OutputLimits } from './output-limits.js'
export type { OutputEvent, OutputSink, StreamName } from './output-event.js'
export type { ArtifactTarget } from './images.js'
export type {
  AgentStatus,
  AiModel,
  ArtifactSubmissionOptions,
  ArtifactSubmissionResult,
  CancellationError,
  CancellationHandler,
  ExecutionContext,
  ExecutionHandler,
  ExecutionResult,
  IArtifactClient,
  ModelCapability,
  RawOutputData,
  RuntimeAgentEventHandlers,
  RuntimeAgentOptions,
  RuntimeCapabilities,
} from './types.js'
