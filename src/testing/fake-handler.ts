import type { ExecutionContext, ExecutionResult } from '@runtimed/agent-core'
import {
  defineExecutionHandler,
  type DefinedExecutionHandler,
  type HandlerCrash,
  type HandlerInstance,
} from '../execution/handler.js'

/** What a {@link fakeHandler} is like. */
export interface FakeHandlerOptions {
  /** Default `fake`. */
  readonly name?: string
  /** Running a cell twice does no harm. Default false. */
  readonly repeatable?: boolean
  /** How many of its next starts fail, with this message each. Default none. */
  readonly failingStarts?: readonly string[]
  /** What a cell does. Default: writes its source to stdout and succeeds. */
  readonly execute?: (context: ExecutionContext) => Promise<ExecutionResult>
}

/** A runtime that does what the test says. */
export interface FakeHandler {
  readonly handler: DefinedExecutionHandler
  /** Ids of the executions that ran, in order; one that ran twice stands there twice. */
  readonly runs: readonly string[]
  /** Runtimes that were made, and those of them that were not disposed yet. */
  readonly created: () => number
  readonly alive: () => number
  /** Interrupts that arrived. */
  readonly interrupts: () => number
  /** Ends the newest runtime by itself. Default `workerCrashed`. */
  crash(crash?: Partial<HandlerCrash>): void
}

/** A handler for tests of agents: counts what runs, and starts, fails and crashes when it is told to. */
export function fakeHandler(options: FakeHandlerOptions = {}): FakeHandler {
  const { name = 'fake', repeatable = false, execute = echo } = options
  const capabilities = { canExecuteCode: true, canExecuteSql: false, canExecuteAi: false }
  const failing = [...(options.failingStarts ?? [])]
  const runs: string[] = []
  const alive = new Set<number>()
  let created = 0
  let interrupts = 0
  let crash: (crash: HandlerCrash) => void = () => undefined
  const create = (onCrash: (crash: HandlerCrash) => void): HandlerInstance => {
    const id = ++created
    let abort = new AbortController()
    alive.add(id)
    crash = (failure) => {
      if (alive.delete(id)) onCrash(failure)
    }
    return {
      start: () => {
        const message = failing.shift()
        return message === undefined ? Promise.resolve() : Promise.reject(new Error(message))
      },
      execute: (context) => {
        runs.push(context.queueEntry.id)
        abort = new AbortController()
        return execute({ ...context, abortSignal: AbortSignal.any([context.abortSignal, abort.signal]) })
      },
      interrupt: () => {
        interrupts += 1
        abort.abort(new Error('interrupted'))
      },
      dispose: () => {
        alive.delete(id)
        return Promise.resolve()
      },
    }
  }
  return {
    handler: defineExecutionHandler({
      name,
      capabilities,
      repeatable,
      create: ({ onCrash }) => create((failure) => onCrash(failure)),
    }),
    runs,
    created: () => created,
    alive: () => alive.size,
    interrupts: () => interrupts,
    crash: (failure) => crash({ code: 'workerCrashed', message: 'The fake runtime crashed.', ...failure }),
  }
}

function echo({ cell, stdout }: ExecutionContext): Promise<ExecutionResult> {
  stdout(`${cell.source}\n`)
  return Promise.resolve({ success: true })
}
