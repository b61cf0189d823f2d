import {
  callHandler,
  writeOutcome,
  type Completion,
  type ExecutionRun,
  type HandlerOutcome,
} from '@runtimed/agent-core'
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
  /** Takes the instance down without waiting for its cell; resolves when it is gone, or is left behind. Never rejects. */
  endByForce(): Promise<void>
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

async function forceEnd({ endByForce, abort, run }: HandlerCall): Promise<void> {
  run.close()
  abort.abort(new Error('The execution was ended by force.'))
  await endByForce()
}

/** Runs the handler to its end and writes what it returned; never rejects. */
async function settle(call: HandlerCall): Promise<HandlerResult> {
  const { instance, run } = call
  const outcome = await callHandler((context) => instance.execute(context), run.context)
  try {
    const { status, error = '' } = await write(call, outcome)
    if (status === 'success') return { success: true }
    return 'thrown' in outcome ? failedWith(outcome.thrown) : { success: false, error }
  } catch (thrown) {
    return failedWith('thrown' in outcome ? outcome.thrown : thrown)
  }
}

async function write({ run, abort, ...call }: HandlerCall, outcome: HandlerOutcome): Promise<Completion> {
  const { signal } = abort
  const hasErrorOutput = () => signal.aborted || call.errorOutputs() > 0
  const onError = () => {
    if ('thrown' in outcome && !signal.aborted) return call.onError(outcome.thrown)
  }
  const completion = await writeOutcome(presentable(outcome), run.context, hasErrorOutput, onError)
  await run.finish()
  return completion
}

/** A failure of the runtime is shown under its code, without the stack of whoever found it. */
function presentable(outcome: HandlerOutcome): HandlerOutcome {
  if (!('thrown' in outcome) || !(outcome.thrown instanceof FailureError)) return outcome
  const { failure, message } = outcome.thrown
  return { thrown: Object.assign(new Error(message), { name: failure.code, stack: undefined }) }
}

function failedWith(thrown: unknown): HandlerResult {
  const failure = toFailure(thrown, 'handlerError')
  return { success: false, error: failure.message, failure }
}
