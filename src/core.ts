/** The part of the public API that runs everywhere: the registry, its factory, and what they are configured with. */
export * from '../machines/index.js'
export {
  InvalidEventError,
  RegistryError,
  StoreDiedError,
  StoreInUseError,
  StoreUnavailableError,
} from './errors.js'
export {
  defineExecutionHandler,
  type DefinedExecutionHandler,
  type HandlerCrash,
  type HandlerDefinition,
  type HandlerInstance,
  type HandlerStartOptions,
} from './execution/handler.js'
export { createHtmlExecutionHandler } from './handlers/html/handler.js'
export { closeNotebookStore, type CloseNotebookStoreOptions } from './livestore/close-notebook-store.js'
export type {
  CommitEvents,
  CommitJournal,
  CommitterOptions,
  StoreEvent,
  StoreFailure,
  Submission,
} from './livestore/committer.js'
export type { CodeCell } from './livestore/execution-plan.js'
export { NotebookWriter, type CellPlace } from './livestore/notebook-writer.js'
export type { NotebookStoreOptions } from './livestore/notebook-store-options.js'
export { agentHistory$, readAgentHistory, type AgentTransition } from './livestore/agent-history.js'
export { estimateWaitMs, queue$, type QueuedExecution } from './livestore/queue-queries.js'
export { readExecutionEnd, type StoredEnd } from './livestore/stored-end.js'
export { readLastFailure, type StoredFailure } from './livestore/stored-failure.js'
export { createExternalExecutionHandler } from './registry/external-handler.js'
export { RegistryAgent } from './registry/registry-agent.js'
export { RuntimeAgent, RuntimeConfig } from './registry/runtime-agent.js'
export { RuntimeAgentFactory, type RuntimeAgentFactoryOptions } from './registry/runtime-agent-factory.js'
export { RuntimeAgentRegistry } from './registry/runtime-agent-registry.js'
export type {
  AgentOptions,
  RegistryMachines,
  RuntimeAgentRegistryConfig,
  RuntimeType,
  RuntimeTypeConfig,
} from './registry/runtime-types.js'
export type {
  ExecutionContext,
  ExecutionHandler,
  ExecutionResult,
  RuntimeAgentEventHandlers,
  RuntimeAgentOptions,
  RuntimeCapabilities,
} from '@runtimed/agent-core'
export {
  actionOf,
  agentStatus,
  executionStatus,
  registryStatus,
  statusOf,
  type Status,
  type StatusSubject,
} from './status/index.js'
