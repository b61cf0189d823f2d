import type { ExecutionContext, ExecutionResult } from '@runtimed/agent-core'
import {
  defineExecutionHandler,
  type DefinedExecutionHandler,
  type HandlerInstance,
  type HandlerStartOptions,
} from '../../src/execution/handler.js'
import type { RuntimeTypeConfig } from '../../src/registry/runtime-types.js'

export interface Deferred<Value> {
  readonly promise: Promise<Value>
  readonly resolve: (value: Value) => void
  readonly reject: (reason: unknown) => void
}

/** One life of the controlled runtime; each promise is settled by the test. */
export interface Life {
  readonly options: HandlerStartOptions
  readonly start: Deferred<void>
  /** The execution that runs, by its id. */
  running: { readonly id: string; readonly end: Deferred<ExecutionResult> } | undefined
  interrupts: number
  /** It was told to go at once. */
  isForced: boolean
}

export interface ControlledRuntime {
  readonly handler: DefinedExecutionHandler
  readonly lives: readonly Life[]
  /** Lets everything go that waits to be disposed. */
  release(): void
  /** From now on nothing waits. */
  releaseForGood(): void
}

export const capabilities = { canExecuteCode: true, canExecuteSql: false, canExecuteAi: false }

export function deferred<Value>(): Deferred<Value> {
  let resolve: Deferred<Value>['resolve'] = () => undefined
  let reject: Deferred<Value>['reject'] = () => undefined
  const promise = new Promise<Value>((onResolve, onReject) => {
    resolve = onResolve
    reject = onReject
  })
  return { promise, resolve, reject }
}

/** A handler that does nothing by itself: it starts, ends, crashes and goes away when the test says so. */
export function createControlledRuntime(): ControlledRuntime {
  const lives: Life[] = []
  let held: Deferred<void>[] = []
  let holds = true
  const release = () => {
    for (const disposal of held.splice(0)) disposal.resolve()
  }
  const dispose = (): Promise<void> => {
    if (!holds) return Promise.resolve()
    const disposal = deferred<void>()
    held = [...held, disposal]
    return disposal.promise
  }
  const create = (options: HandlerStartOptions): HandlerInstance => {
    const life: Life = { options, start: deferred(), running: undefined, interrupts: 0, isForced: false }
    lives.push(life)
    return {
      start: () => life.start.promise,
      execute: (context: ExecutionContext) => {
        life.running = { id: context.queueEntry.id, end: deferred() }
        return life.running.end.promise
      },
      interrupt: () => void life.interrupts++,
      dispose: (force) => {
        life.isForced ||= force === true
        return dispose()
      },
    }
  }
  return {
    handler: defineExecutionHandler({ name: 'controlled', capabilities, create }),
    lives,
    release,
    releaseForGood: () => {
      holds = false
      release()
    },
  }
}

/** The runtime type of a controlled runtime, with the settings that a model has. */
export const controlledType = (
  { handler }: ControlledRuntime,
  settings: NonNullable<RuntimeTypeConfig['settings']>,
): RuntimeTypeConfig => ({
  type: 'controlled',
  displayName: 'Controlled',
  description: 'Does what the test says',
  icon: '',
  capabilities,
  priority: 1,
  isAvailable: true,
  executionHandler: handler,
  settings,
})
