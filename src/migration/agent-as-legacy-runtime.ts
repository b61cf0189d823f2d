import type { RegistryAgent } from '../registry/registry-agent.js'
import type { RuntimeAgentRegistry } from '../registry/runtime-agent-registry.js'
import type { AgentOptions, RuntimeType } from '../registry/runtime-types.js'
import type { LegacyOutput, LegacyRuntime } from './legacy-runtime.js'
import { watchOutputs } from './output-watch.js'

/** What {@link agentAsLegacyRuntime} needs; `agent.store` is the notebook's store. */
export interface AgentAsLegacyRuntimeOptions {
  readonly registry: RuntimeAgentRegistry
  readonly notebookId: string
  readonly runtimeType: RuntimeType
  readonly agent: AgentOptions & Required<Pick<AgentOptions, 'store'>>
}

/**
 * The agent of a notebook behind the interface that a hand-written registry's runtimes have, for components that have not moved
 * yet. It keeps no state: whatever else starts or stops the agent shows here, too. `start` rejects as `getOrCreateAgent` does.
 */
export function agentAsLegacyRuntime({
  registry,
  notebookId,
  runtimeType,
  agent: options,
}: AgentAsLegacyRuntimeOptions): LegacyRuntime {
  return {
    start: async () => {
      const agent = await registry.getOrCreateAgent(notebookId, runtimeType, options)
      await agent.start()
    },
    stop: async () => {
      await registry.getAgent(notebookId)?.shutdown()
    },
    isRunning: () => isUp(registry.getAgent(notebookId)),
    onOutput: (listener: (output: LegacyOutput) => void) => watchOutputs(options.store, listener),
  }
}

const isUp = (agent: RegistryAgent | undefined) => agent?.getSnapshot().hasTag('up') === true
