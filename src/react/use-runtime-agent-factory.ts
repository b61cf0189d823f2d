import type { RuntimeAgentFactory } from '../registry/runtime-agent-factory.js'
import { useRuntimeAgentContext } from './runtime-agent-context.js'

/**
 * The factory of the nearest provider; null only while there is no store. Renders again when it is another one: with another
 * store, user, token or registry. Throws `NO_PROVIDER` outside a `RuntimeAgentProvider`.
 */
export const useRuntimeAgentFactory = (): RuntimeAgentFactory | null =>
  useRuntimeAgentContext('useRuntimeAgentFactory').factory
