import { logger, type ExecutionResult } from '@runtimed/agent-core'
import { StrictMode, useEffect, type ReactNode } from 'react'
import { createRoot } from 'react-dom/client'
import { onTestFinished } from 'vitest'
import type { Store } from '@runtimed/schema'
import { defineExecutionHandler } from '../../src/execution/handler.js'
import { closeNotebookStore } from '../../src/livestore/open-notebook-store.js'
import { useRuntimeAgent, type RuntimeAgentHandle, type RuntimeTypeConfig } from '../../src/react/index.js'
import type { RegistryAgent } from '../../src/registry/registry-agent.js'
import { RuntimeAgentRegistry } from '../../src/registry/runtime-agent-registry.js'
import { breakMachine } from '../support/break-machine.js'
import { openTestNotebook } from '../support/notebooks.js'

logger.configure({ console: false })

/** An in-memory notebook that is closed when the test is over. */
export async function openNotebook(sources: readonly string[] = []): Promise<Store> {
  const store = await openTestNotebook(sources)
  onTestFinished(() => closeNotebookStore(store))
  return store
}

/** A registry that is closed when the test is over. */
export function createRegistry(...types: RuntimeTypeConfig[]): RuntimeAgentRegistry {
  const registry = new RuntimeAgentRegistry()
  for (const type of types) registry.registerRuntimeType(type)
  onTestFinished(() => registry.close())
  return registry
}

export interface Mounted {
  readonly container: HTMLElement
  /** What components threw while rendering. */
  readonly errors: unknown[]
  /** True from when the effects of the tree have run until they have been cleaned up. */
  isMounted(): boolean
  render(node: ReactNode): void
  unmount(): void
  /** Clicks the button of this text. */
  press(label: string): void
}

/** Mounts a tree without `act`: it renders when React schedules it, as in an app. */
export function mount(node: ReactNode, { strict = false } = {}): Mounted {
  const container = document.createElement('div')
  const errors: unknown[] = []
  const root = createRoot(container, { onUncaughtError: (error) => void errors.push(error) })
  let effects = 0
  function Marker({ children }: { children: ReactNode }) {
    useEffect(() => {
      effects++
      return () => void effects--
    }, [])
    return children
  }
  const wrap = (child: ReactNode) => {
    const marked = <Marker>{child}</Marker>
    return strict ? <StrictMode>{marked}</StrictMode> : marked
  }
  const render = (child: ReactNode) => root.render(wrap(child))
  let hasRoot = true
  const unmount = () => {
    if (hasRoot) root.unmount()
    hasRoot = false
  }
  onTestFinished(unmount)
  render(node)
  const press = (label: string) =>
    [...container.querySelectorAll('button')].find((button) => button.textContent === label)!.click()
  return { container, errors, isMounted: () => effects > 0, render, unmount, press }
}

export interface Probe {
  readonly Probe: () => ReactNode
  /** What the hook returned, one entry per render. */
  readonly renders: RuntimeAgentHandle[]
  readonly last: () => RuntimeAgentHandle | undefined
}

/** A component that keeps what `useRuntimeAgent` returns. */
export function probeOf(notebookId: string): Probe {
  const renders: RuntimeAgentHandle[] = []
  function Probe() {
    const handle = useRuntimeAgent(notebookId)
    renders.push(handle)
    return <output>{handle.state ?? 'none'}</output>
  }
  return { Probe, renders, last: () => renders.at(-1) }
}

export interface SteeredType {
  readonly config: RuntimeTypeConfig
  /** Instances that were made. */
  readonly created: () => number
  /** Instances that were made and not yet disposed. */
  readonly alive: () => number
  /** What happened to the instances, in order: `create 1`, `dispose 1`, … */
  readonly log: readonly string[]
  /** Cells that run. */
  readonly running: () => number
  /** Lets all starts that wait, and all later ones, go on. */
  readonly release: () => void
}

/**
 * A runtime type whose starts wait until they are released, whose cells run until they are interrupted, and whose instances
 * are disposed once `disposal` has resolved.
 */
export function steeredType(type = 'steered', disposal: Promise<void> = Promise.resolve()): SteeredType {
  const capabilities = { canExecuteCode: true, canExecuteSql: false, canExecuteAi: false }
  const instances = new Set<number>()
  const log: string[] = []
  let created = 0
  let running = 0
  let release = () => undefined as void
  const released = new Promise<void>((resolve) => (release = resolve))
  const executionHandler = defineExecutionHandler({
    name: type,
    capabilities,
    repeatable: true,
    create: () => {
      const id = ++created
      instances.add(id)
      log.push(`create ${id}`)
      let interrupt = () => undefined as void
      return {
        start: () => released,
        execute: async () => {
          running++
          const result = await new Promise<ExecutionResult>((resolve) => {
            interrupt = () => resolve({ success: false, error: 'interrupted' })
          })
          running--
          return result
        },
        interrupt: () => interrupt(),
        dispose: async () => {
          interrupt()
          await disposal
          if (instances.delete(id)) log.push(`dispose ${id}`)
        },
      }
    },
  })
  const config = configOf(type, executionHandler)
  return {
    config,
    created: () => created,
    alive: () => instances.size,
    log,
    running: () => running,
    release: () => release(),
  }
}

/** A runtime type that never starts, and is not tried again. */
export function brokenType(message: string): RuntimeTypeConfig {
  const capabilities = { canExecuteCode: true, canExecuteSql: false, canExecuteAi: false }
  const executionHandler = defineExecutionHandler({
    name: 'broken',
    capabilities,
    create: () => ({
      start: () => Promise.reject(new Error(message)),
      execute: () => Promise.resolve({ success: true }),
      dispose: () => Promise.resolve(),
    }),
  })
  return { ...configOf('broken', executionHandler), settings: { restart: 'temporary' } }
}

/** A runtime type around a handler. */
export const configOf = (
  type: string,
  executionHandler: RuntimeTypeConfig['executionHandler'],
): RuntimeTypeConfig => ({
  type,
  displayName: type,
  description: `The ${type} type of a test`,
  icon: '',
  capabilities: { canExecuteCode: true, canExecuteSql: false, canExecuteAi: false },
  priority: 1,
  isAvailable: true,
  executionHandler,
})

/** Ends the agent's actor by a bug in its machine, which is what supervision is for. */
export const crash = (agent: RegistryAgent) => breakMachine(agent.actorRef)
