import type { SnapshotFrom } from 'xstate'
import { agentMachine } from '../../machines/index.js'
import { createAgentModel } from '../../src/testing/index.js'
import { labelText } from '../../src/testing/transitions.js'
import { AgentUnderTest } from './agent-under-test.js'
import {
  agentModel,
  type ModelEvent,
  type ModelInput,
  type ModelMeta,
} from '../../src/testing/agent.model.js'
import type { ModelCheck } from './model-check.js'
import { modelPaths } from './model-paths.js'

const { events, keyOf } = createAgentModel()

export type AgentModelSnapshot = SnapshotFrom<typeof agentModel>

/** The agent's transition that the model expects for an event. */
export function labelsOf(snapshot: AgentModelSnapshot, event: ModelEvent): string[] | undefined {
  const [taken] = snapshot.machine.getTransitionData(snapshot as never, event) ?? []
  if (!taken) return undefined
  const { meta, source } = taken as unknown as { meta: ModelMeta; source: { path: string[] } }
  if (meta.event === '') return []
  return [labelText({ ...meta, state: meta.ofAnyState ? '' : source.path.join('.') })]
}

const endings: readonly string[] = [
  'HANDLER_ERROR',
  'HANDLER_CRASHED',
  'CRASH',
  'STOP',
  'RESTART',
  'HANDLER_GONE',
  'EXECUTION_BROKE',
] satisfies ModelEvent['type'][]

/** A running handler can have been told different things, what ends it meets a queue or none, and a store dies at any time. */
function variantOf({ context }: AgentModelSnapshot, { type }: ModelEvent): string {
  const meets = endings.includes(type) && context.rows.includes('pending') ? 'others wait' : ''
  const lived = type === 'STORE_DIED' && context.lives > 0 ? 'has lived' : ''
  const before = type === 'RESTART' && context.isShaky ? 'has backed off' : ''
  return `told ${context.ending}, ${meets}${lived}${before}`
}

/** Paths first with restarts, then what is left without. */
export const agentCheck: ModelCheck = {
  name: 'agent',
  machine: agentMachine,
  ...modelPaths({
    model: agentModel,
    inputs: [{ restart: 'transient' }, { restart: 'temporary' }] satisfies ModelInput[],
    events,
    labelsOf,
    variantOf,
    keyOf,
    maxLength: 14,
  }),
  open: ({ input }, machines) => AgentUnderTest.open(input as ModelInput, machines),
}
