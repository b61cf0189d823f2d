import { agentStatus, type AgentStatusOptions, type AgentStatusState } from './agent-status.js'
import {
  executionStatus,
  type ExecutionStatusOptions,
  type ExecutionStatusState,
} from './execution-status.js'
import { registryStatus, type RegistryState } from './registry-status.js'
import type { Status } from './status.js'

/** A machine and the state it is in. */
export type StatusSubject =
  | { readonly machine: 'registry'; readonly state: RegistryState }
  | ({ readonly machine: 'agent'; readonly state: AgentStatusState } & AgentStatusOptions)
  | ({ readonly machine: 'execution'; readonly state: ExecutionStatusState } & ExecutionStatusOptions)

/** What to show of any machine; for callers that handle all of them alike. */
export function statusOf(subject: StatusSubject): Status {
  switch (subject.machine) {
    case 'registry':
      return registryStatus(subject.state)
    case 'agent':
      return agentStatus(subject.state, subject)
    case 'execution':
      return executionStatus(subject.state, subject)
  }
}
