/**
 * The contract between an agent and the code that performs its executions.
 * A handler knows nothing of machines, stores or other handlers: it gets one `ExecutionContext` per execution,
 * writes outputs to it and returns one `ExecutionResult`.
 */
import type {
  ExecutionContext,
  ExecutionHandler,
  ExecutionResult,
  RuntimeCapabilities,
} from '@runtimed/agent-core'

/** What a handler reports when its runtime has broken and this instance can do nothing more. */
export interface HandlerCrash {
  /** Stable word, for example `workerCrashed` or `outOfMemory`. */
  code: string
  /** One or two sentences for a person: what happened, to what, what to do. */
  message: string
  /** JSON only. */
  details?: Record<string, unknown>
}

/**
 * One life of one handler in one agent. Made by `HandlerDefinition.create`, never shared between sessions.
 * Executions come one at a time.
 */
export interface HandlerInstance {
  /** Loads what is needed, once. Rejects with a message that says what is missing and how to get it. */
  start?(): Promise<void>
  /** Proves that code can really be executed, without output. Rejects when it cannot. */
  probe?(): Promise<void>
  /**
   * Performs one execution. A cell that fails is a result (`success: false`), not a rejection; a rejection means that
   * the runtime broke. When `context.abortSignal` fires, it settles promptly and writes nothing more.
   */
  execute(context: ExecutionContext): Promise<ExecutionResult>
  /** The language of its cells as Jupyter tells it, JSON only; asked once it has started. Default: not known. */
  language?(): Readonly<Record<string, unknown>> | undefined
  /** Asks the running execution to stop; its promise settles soon with a result. Without one running: no effect. */
  interrupt?(): void
  /** Ends workers and frees memory. Idempotent. With `force` nothing is waited for. A running execution rejects. */
  dispose(force?: boolean): Promise<void>
}

/** What an instance is told when it is made. */
export interface HandlerStartOptions {
  notebookId: string
  /** The session that this instance lives in; a restarted agent has a new one. */
  sessionId: string
  /** Bytes of text that one stream of one execution may show; what is more need not be handed over. Default: the handler's own. */
  streamBytes?: number | undefined
  /** Called at most once, when the runtime dies by itself; never after `dispose`. */
  onCrash(failure: HandlerCrash): void
}

/** A kind of handler, as data plus a way to make instances. */
export interface HandlerDefinition {
  /** Unique, lower case, for example `python`. */
  name: string
  capabilities: RuntimeCapabilities
  /** True when running a cell a second time does no harm, so that a claim need not be durable. Default: false. */
  repeatable?: boolean
  /** Milliseconds that `start` and `probe` may take together. Default: decided by the agent. */
  startTimeoutMs?: number
  create(options: HandlerStartOptions): HandlerInstance
}

/** An `ExecutionHandler` that also carries its definition, and can end the instances it made by itself. */
export interface DefinedExecutionHandler {
  (context: ExecutionContext): Promise<ExecutionResult>
  readonly definition: HandlerDefinition
  /** Ends the instances that plain calls created: one session's, or all. Instances made by an agent are not touched. */
  dispose(sessionId?: string): Promise<void>
}

/**
 * Makes a handler from its definition. Called as a plain function it creates and starts one instance per session on
 * first use, so that it works with any agent that knows only `ExecutionHandler`; an instance that crashed or failed to
 * start is replaced on the next call.
 */
export function defineExecutionHandler(definition: HandlerDefinition): DefinedExecutionHandler {
  const instances = new Map<string, Promise<HandlerInstance>>()
  const run = async (context: ExecutionContext): Promise<ExecutionResult> => {
    const instance = await startedInstance(definition, instances, context)
    return instance.execute(context)
  }
  const dispose = async (sessionId?: string): Promise<void> => {
    const ended = sessionId === undefined ? [...instances.keys()] : [sessionId]
    await Promise.all(ended.map((session) => endInstance(instances, session)))
  }
  return Object.assign(run, { definition, dispose })
}

/**
 * The definition of any handler: a defined handler's own, or a wrapper around a plain function, which is asked for anew with each
 * execution. The wrapper settles with a rejection when the abort signal fires, whatever the function does.
 */
export function toHandlerDefinition(
  current: () => ExecutionHandler,
  defaults: Omit<HandlerDefinition, 'create'>,
): HandlerDefinition {
  const handler = current()
  if (isDefinedExecutionHandler(handler)) return handler.definition
  return {
    ...defaults,
    create: () => ({
      execute: (context) => settleOnAbort(context.abortSignal, async () => current()(context)),
      dispose: async () => {},
    }),
  }
}

/** True for what `defineExecutionHandler` returned. */
export function isDefinedExecutionHandler(handler: unknown): handler is DefinedExecutionHandler {
  return typeof handler === 'function' && 'definition' in handler
}

/** Runs `work`; rejects with the signal's reason as soon as the signal fires. A later outcome of `work` is ignored. */
export function settleOnAbort<Value>(signal: AbortSignal, work: () => Promise<Value>): Promise<Value> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(new Error('Execution cancelled', { cause: signal.reason }))
    if (signal.aborted) return abort()
    signal.addEventListener('abort', abort, { once: true })
    work()
      .then(resolve, reject)
      .finally(() => signal.removeEventListener('abort', abort))
  })
}

function startedInstance(
  definition: HandlerDefinition,
  instances: Map<string, Promise<HandlerInstance>>,
  context: ExecutionContext,
): Promise<HandlerInstance> {
  const sessionId = context.sessionId
  const known = instances.get(sessionId)
  if (known) return known
  const forget = (): boolean => instances.delete(sessionId)
  const instance = definition.create({
    notebookId: context.store.storeId,
    sessionId,
    onCrash: forget,
  })
  const started = Promise.resolve(instance.start?.()).then(() => instance)
  instances.set(sessionId, started)
  started.catch(forget)
  return started
}

async function endInstance(
  instances: Map<string, Promise<HandlerInstance>>,
  sessionId: string,
): Promise<void> {
  const started = instances.get(sessionId)
  instances.delete(sessionId)
  const instance = await started?.catch(() => undefined)
  await instance?.dispose()
}
