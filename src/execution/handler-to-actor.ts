import type { ExecutionResult, ExecutionRun } from '@runtimed/agent-core'
import { fromCallback } from 'xstate'
import {
  createFailure,
  FailureError,
  toFailure,
  type ExecutionInput,
  type Failure,
  type HandlerCommand,
  type HandlerResult,
} from '../../machines/index.js'
import type { HandlerInstance } from './handler.js'

/** Everything one call of a handler needs; whoever owns the runtime makes it. */
export interface HandlerCall {
  readonly instance: HandlerInstance
  readonly run: ExecutionRun
  /** How many error outputs reached the notebook so far. */
  errorOutputs(): number
  /** Behind `run.context.abortSignal`. */
  readonly abort: AbortController
  /** Calls back whenever the handler has written output. */
  onOutput(listener: () => void): void
  /** Hears of the death of this instance; returns the function that stops listening. */
  onCrash(listener: (failure: Failure) => void): () => void
  /** Told the error of a handler that threw, before the execution ends. */
  onError(error: Error): void | Promise<void>
  /** Told that the handler is about to be interrupted. Must not throw. */
  onInterrupt(): void
}

/**
 * Turns handlers into the `runHandler` service of the execution machine; the only place that knows both sides.
 *
 * The service starts the handler, reports `handler.settled` or `handler.crashed` once, and obeys `handler.interrupt`
 * (the instance's own interrupt, else the abort signal) and `handler.force` (abort, dispose by force, report a crash). When the
 * machine leaves it, the signal fires and nothing that the handler still writes reaches the notebook.
 */
export const handlerToActor = (openCall: (input: ExecutionInput) => HandlerCall) =>
  fromCallback<HandlerCommand, ExecutionInput>(({ input, sendBack, receive }) => {
    let reported = false
    const report = (event: Parameters<typeof sendBack>[0]) => {
      if (reported) return
      reported = true
      sendBack(event)
    }
    const crash = (failure: Failure) => report({ type: 'handler.crashed', failure })
    const call = openCall(input)
    const stopListening = call.onCrash(crash)
    call.onOutput(nowAndThen(() => sendBack({ type: 'handler.output' })))
    receive((command) => {
      if (command.type === 'handler.interrupt') interrupt(call)
      else void forceEnd(call).then(() => crash(createFailure('forcedStop')))
    })
    void settle(call).then((result) => report({ type: 'handler.settled', result }))
    return () => {
      reported = true
      stopListening()
      call.run.close()
      call.abort.abort(new Error('The execution has ended.'))
    }
  })

/** How often at most the machine hears that the handler writes, in milliseconds. */
const outputIntervalMs = 1_000

/** Calls through at most once per interval; the first interval begins now. */
function nowAndThen(tell: () => void): () => void {
  let toldAt = performance.now()
  return () => {
    if (performance.now() - toldAt < outputIntervalMs) return
    toldAt = performance.now()
    tell()
  }
}

function interrupt({ instance, abort, onInterrupt }: HandlerCall): void {
  onInterrupt()
  if (instance.interrupt) instance.interrupt()
  else abort.abort(new Error('The execution was interrupted.'))
}

async function forceEnd({ instance, abort, run }: HandlerCall): Promise<void> {
  run.close()
  abort.abort(new Error('The execution was ended by force.'))
  await instance.dispose(true).catch(() => undefined)
}

/** Runs the handler to its end and writes what it returned; never rejects. */
async function settle(call: HandlerCall): Promise<HandlerResult> {
  const { run } = call
  try {
    const result = await call.instance.execute(run.context)
    if (result.data) await run.context.result(result.data, result.metadata)
    if (!result.success && !isShown(result) && lacksError(call)) writeError(run, 'Error', errorText(result))
    await run.finish()
    return result.success ? { success: true } : { success: false, error: errorText(result) }
  } catch (thrown) {
    return settleThrown(call, thrown)
  }
}

async function settleThrown(call: HandlerCall, thrown: unknown): Promise<HandlerResult> {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown))
  const failure = toFailure(error, 'handlerError')
  if (!call.abort.signal.aborted) await Promise.resolve(call.onError(error)).catch(() => undefined)
  if (lacksError(call)) {
    writeError(call.run, error instanceof FailureError ? failure.code : error.name, error.message)
  }
  await call.run.finish().catch(() => undefined)
  return { success: false, error: failure.message, failure }
}

/** Nobody has told the reader of the cell why it failed, and nobody asked for the end. */
const lacksError = ({ abort, errorOutputs }: HandlerCall) => !abort.signal.aborted && errorOutputs() === 0

/** The handler has told the reader in its own way, for example on stderr. */
const isShown = (result: ExecutionResult) => result.metadata?.['errorShown'] === true

const errorText = (result: ExecutionResult) =>
  result.error ?? 'The handler reported a failure without a reason.'

const writeError = (run: ExecutionRun, name: string, message: string) =>
  run.context.error(name, message, [`${name}: ${message}`])
