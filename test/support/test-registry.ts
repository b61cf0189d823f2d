import type { ExecutionContext, ExecutionResult } from '@runtimed/agent-core'
import type { Store } from '@runtimed/schema'
import { afterEach } from 'vitest'
import type { AgentFact, AgentSettings } from '../../machines/index.js'
import {
  defineExecutionHandler,
  type HandlerInstance,
  type HandlerStartOptions,
} from '../../src/execution/handler.js'
import { closeNotebookStore } from '../../src/livestore/open-notebook-store.js'
import { RuntimeAgentRegistry } from '../../src/registry/runtime-agent-registry.js'
import type { RuntimeAgentRegistryConfig } from '../../src/registry/runtime-types.js'
import { openTestNotebook } from './notebooks.js'

const cleanups: (() => Promise<unknown>)[] = []

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

/** Runs after the test, last registered first. */
export const cleanUp = (cleanup: () => Promise<unknown>) => void cleanups.push(cleanup)

/** A notebook in memory that the test does not have to close. */
export async function openNotebook(
  sources: readonly string[],
  cellType?: 'code' | 'markdown' | 'sql',
): Promise<Store> {
  const store = await openTestNotebook(sources, cellType)
  cleanUp(() => closeNotebookStore(store).catch(() => undefined))
  return store
}

export interface TestRegistryOptions {
  /** The handler of type `test`. Default: succeeds at once. */
  readonly execute?: (context: ExecutionContext) => Promise<ExecutionResult>
  /** More of each instance: `start`, `probe`, `interrupt`, …. */
  readonly instance?: (options: HandlerStartOptions) => Partial<HandlerInstance>
  readonly repeatable?: boolean
  readonly settings?: Partial<AgentSettings>
  readonly config?: RuntimeAgentRegistryConfig
}

/** A registry with one runtime type, `test`; closed after the test. */
export function createTestRegistry(options: TestRegistryOptions = {}): RuntimeAgentRegistry {
  const registry = new RuntimeAgentRegistry(options.config)
  cleanUp(() => registry.close())
  const capabilities = { canExecuteCode: true, canExecuteSql: false, canExecuteAi: false }
  const execute = options.execute ?? (() => Promise.resolve({ success: true }))
  registry.registerRuntimeType({
    type: 'test',
    displayName: 'Test',
    description: 'Does what the test says',
    icon: '',
    capabilities,
    priority: 1,
    isAvailable: true,
    settings: options.settings ?? {},
    executionHandler: defineExecutionHandler({
      name: 'test',
      capabilities,
      repeatable: options.repeatable ?? false,
      create: (start) => ({ execute, dispose: () => Promise.resolve(), ...options.instance?.(start) }),
    }),
  })
  return registry
}

/** Facts of an agent from now on. */
export function recordFacts(agent: {
  actorRef: { on(type: '*', listener: (fact: AgentFact) => void): unknown }
}): AgentFact[] {
  const facts: AgentFact[] = []
  agent.actorRef.on('*', (fact) => facts.push(fact))
  return facts
}

/** Resolves when the signal fires, as a cooperative handler does. */
export const untilAborted = (signal: AbortSignal) =>
  new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
