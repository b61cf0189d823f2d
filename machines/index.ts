export { agentMachine, type AgentActorRef, type AgentSnapshot, type AgentState } from './agent.machine.js'
export {
  sessionIdOf,
  type AgentCommand,
  type AgentContext,
  type AgentEvent,
  type AgentFact,
  type AgentInput,
  type AgentReport,
  type RuntimeInput,
} from './agent-types.js'
export {
  executionMachine,
  type CellOptions,
  type ClaimResult,
  type ExecutionActorRef,
  type ExecutionCommand,
  type ExecutionContext,
  type ExecutionEvent,
  type ExecutionInput,
  type ExecutionSnapshot,
  type HandlerCommand,
  type HandlerInput,
  type HandlerReport,
  type HandlerResult,
} from './execution.machine.js'
export { followedExecutionMachine, toFollower, type FollowReport } from './follower.machine.js'
export { createFailure, failureCodes, FailureError, nextActionFor, toFailure } from './failure.js'
export {
  registryMachine,
  type RegistryActorRef,
  type RegistryCommand,
  type RegistryContext,
  type RegistryEvent,
  type RegistryFact,
  type RegistryInput,
  type RegistrySnapshot,
} from './registry.machine.js'
export { executionOf, executionRefOf, queuePositionOf } from './selectors.js'
export { backoffDelay, decideRestart, type RestartDecision } from './restart-policy.js'
export {
  defaultAgentSettings,
  type AgentSettings,
  type ErrorPolicy,
  type ExecutionEnd,
  type ExecutionOutcome,
  type ExecutionRequest,
  type Failure,
  type FailureCode,
  type LimitPolicy,
  type RestartKind,
  type RetryPolicy,
  type StopReason,
} from './vocabulary.js'
