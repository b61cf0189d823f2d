/** React bindings: a provider, and hooks that show and steer the runtime agent of a notebook. */
export type { RuntimeAgent } from '@runtimed/agent-core'
export { RuntimeAgentFactory } from '../registry/runtime-agent-factory.js'
export type { RuntimeType, RuntimeTypeConfig } from '../registry/runtime-types.js'
export {
  AgentErrorBoundary,
  type AgentErrorBoundaryProps,
  type AgentErrorDetails,
} from './agent-error-boundary.js'
export type { AgentView, QueuedExecution } from './agent-view.js'
export type { CellExecution } from './cell-execution.js'
export { RuntimeAgentProvider, type RuntimeAgentProviderProps } from './runtime-agent-provider.js'
export { StoreProvider, useStore, type StoreProviderProps } from './store-provider.js'
export { useAgents } from './use-agents.js'
export { useExecution, type ExecutionHandle } from './use-execution.js'
export { useQueue, type QueueHandle } from './use-queue.js'
export type { QueueEntry } from './queue-source.js'
export { useRuntimeAgent, type RuntimeAgentHandle } from './use-runtime-agent.js'
export { useRuntimeAgentFactory } from './use-runtime-agent-factory.js'
export { useRuntimeSessions } from './use-runtime-sessions.js'
