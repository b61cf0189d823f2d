import { logger, LogLevel } from '@runtimed/agent-core'
import type { AgentSettings } from '../../machines/index.js'
import {
  defineExecutionHandler,
  RuntimeAgentRegistry,
  type DefinedExecutionHandler,
  type ExecutionHandler,
  type HandlerInstance,
  type HandlerStartOptions,
  type RuntimeAgentRegistryConfig,
} from '../../src/index.js'

const capabilities = { canExecuteCode: true, canExecuteSql: false, canExecuteAi: false }

/** Name of the one runtime type of a fault registry. */
export const faultType = 'fault'

export interface FaultRegistryOptions {
  /** What each instance does; what is left out succeeds at once. */
  readonly instance?: (options: HandlerStartOptions) => Partial<HandlerInstance>
  /** Stands in for the handler that `instance` describes. */
  readonly handler?: DefinedExecutionHandler | ExecutionHandler
  readonly settings?: Partial<AgentSettings>
  readonly config?: RuntimeAgentRegistryConfig
}

/** A registry with one runtime type, `fault`. Quiet: what fails is looked up in states and rows. */
export function createFaultRegistry(options: FaultRegistryOptions = {}): RuntimeAgentRegistry {
  logger.configure({ level: LogLevel.ERROR, console: false })
  const registry = new RuntimeAgentRegistry(options.config)
  registry.registerRuntimeType({
    type: faultType,
    displayName: 'Fault',
    description: 'Breaks as the check says',
    icon: '',
    capabilities,
    priority: 1,
    isAvailable: true,
    settings: options.settings ?? {},
    executionHandler: options.handler ?? defineFaultHandler(options.instance),
  })
  return registry
}

const defineFaultHandler = (instance?: FaultRegistryOptions['instance']) =>
  defineExecutionHandler({
    name: faultType,
    capabilities,
    create: (start) => ({
      execute: () => Promise.resolve({ success: true }),
      dispose: () => Promise.resolve(),
      ...instance?.(start),
    }),
  })
