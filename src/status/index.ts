/** The words for states: from a machine's state and a failure to text, icon, tone and actions, the same for every interface. */
export {
  agentStatus,
  agentStatusStates,
  type AgentAction,
  type AgentStatusOptions,
  type AgentStatusState,
} from './agent-status.js'
export {
  executionStatus,
  executionStatusStates,
  type ExecutionAction,
  type ExecutionState,
  type ExecutionStatusOptions,
  type ExecutionStatusState,
} from './execution-status.js'
export {
  registryStatus,
  registryStatusStates,
  type RegistryAction,
  type RegistryState,
} from './registry-status.js'
export { actionOf, type Status, type StatusAction, type StatusIcon, type StatusTone } from './status.js'
export { statusOf, type StatusSubject } from './status-of.js'
