import { createExternalExecutionHandler } from '../registry/external-handler.js'
import type { RuntimeTypeConfig } from '../registry/runtime-types.js'
import type { LegacyRegistry } from './legacy-runtime.js'

/**
 * A runtime type whose agents are the runtimes of a hand-written registry, for components that have moved already: the agent's
 * start starts the runtime there, its end stops it, and between them it follows the session that the runtime writes into the
 * notebook. Cells are run by the hand-written registry, not by the agent.
 */
export const legacyRuntimeType = (
  legacy: LegacyRegistry,
  config: Omit<RuntimeTypeConfig, 'executionHandler'>,
): RuntimeTypeConfig => ({
  ...config,
  executionHandler: createExternalExecutionHandler({
    start: (notebookId) => legacy.getRuntime(notebookId, config.type).start(),
    stop: (notebookId) => legacy.getRuntime(notebookId, config.type).stop(),
  }),
})
