import type { DefinedExecutionHandler } from '../../execution/handler.js'
import {
  createHtmlExecutionHandler,
  RuntimeAgentRegistry,
  type RuntimeAgentRegistryConfig,
  type RuntimeTypeConfig,
} from '../../index.js'

const capabilities = { canExecuteCode: true, canExecuteSql: false, canExecuteAi: false }

const runtimeTypes = (python: DefinedExecutionHandler): RuntimeTypeConfig[] => [
  {
    type: 'python',
    displayName: 'Python',
    description: 'Python in this process, through Pyodide',
    icon: '🐍',
    capabilities,
    priority: 100,
    isAvailable: true,
    executionHandler: python,
  },
  {
    type: 'html',
    displayName: 'HTML',
    description: 'Shows the source of code cells as HTML',
    icon: '🌐',
    capabilities,
    priority: 90,
    isAvailable: true,
    executionHandler: createHtmlExecutionHandler(),
  },
]

/** A registry with every runtime that a run can use. */
export function createRunRegistry(
  python: DefinedExecutionHandler,
  inspect?: RuntimeAgentRegistryConfig['inspect'],
): RuntimeAgentRegistry {
  const registry = new RuntimeAgentRegistry(inspect && { inspect })
  for (const type of runtimeTypes(python)) registry.registerRuntimeType(type)
  return registry
}
