/** The public API: the registry, its factory, what they are configured with, and the notebook's store. */
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
export { estimateWaitMs, queue$, type QueuedExecution } from './livestore/queue-queries.js'
export { readLastFailure, type StoredFailure } from './livestore/stored-failure.js'
export {
  closeNotebookStore,
  openNotebookStore,
  type NotebookStoreOptions,
} from './livestore/open-notebook-store.js'
export { createExternalExecutionHandler } from './registry/external-handler.js'
export { RegistryAgent } from './registry/registry-agent.js'
export { RuntimeAgentFactory, type RuntimeAgentFactoryOptions } from './registry/runtime-agent-factory.js'
export { RuntimeAgentRegistry } from './registry/runtime-agent-registry.js'
export type {
  AgentOptions,
  RuntimeAgentRegistryConfig,
  RuntimeType,
  RuntimeTypeConfig,
} from './registry/runtime-types.js'
export type {
  ExecutionContext,
  ExecutionHandler,
  ExecutionResult,
  RuntimeAgentOptions,
  RuntimeCapabilities,
} from '@runtimed/agent-core'
