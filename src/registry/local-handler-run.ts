import {
  callHandler,
  createExecutionRun,
  writeOutcome,
  type ExecutionRun,
  type HandlerOutcome,
  type OutputEvent,
  type OutputLimits,
  type RuntimeAgent,
} from '@runtimed/agent-core'
import type { CellData, ExecutionQueueData, Store } from '@runtimed/schema'
import {
  createFailure,
  FailureError,
  toFailure,
  type Failure,
  type HandlerInput,
  type HandlerReport,
  type HandlerResult,
} from '../../machines/index.js'
import type { HandlerInstance } from '../execution/handler.js'
import type { Mirror, TimerClock } from '../livestore/mirror.js'
import { endedBySomebody, type StoreView } from '../livestore/store-view.js'
import { tellCancellation } from './agent-driver.js'
import type { HandlerRun } from './agent-services.js'
import { disposeByForce } from './runtime-disposal.js'

/** What a runtime is given, and each run of its handler with it. */
export interface RuntimeSurroundings {
  readonly agentId: string
  readonly agent: RuntimeAgent
  readonly store: Store
  readonly view: StoreView
  /** What is left out has the defaults of `OutputLimits`. */
  readonly outputLimits?: Partial<OutputLimits> | undefined
  readonly clock: TimerClock
  readonly now: () => Date
  onProblem(message: string, error: unknown): void
}

export interface LocalHandlerRunOptions extends RuntimeSurroundings {
  readonly instance: HandlerInstance
  readonly mirror: Mirror
  readonly input: HandlerInput
  report(event: HandlerReport): void
}

/** How often at most the machine hears that the handler writes, in milliseconds. */
const outputIntervalMs = 1_000

/**
 * One execution by one instance: gives the handler its context, hands what it writes to the mirror, and reports its end to the
 * execution machine.
 */
export class LocalHandlerRun implements HandlerRun {
  /** Its end was not reported yet. */
  isOpen = true
  readonly #options: LocalHandlerRunOptions
  readonly #abort = new AbortController()
  readonly #outputs: ExecutionRun
  #hasErrorOutput = false
  #isReported = false
  #isCancellationTold = false
  #toldAt = performance.now()

  constructor(options: LocalHandlerRunOptions) {
    const { agent, store, now, input, outputLimits } = options
    this.#options = options
    this.#outputs = createExecutionRun({
      cell: { ...(input.cell as CellData) },
      queueEntry: toQueueEntry(input, now()),
      store,
      sessionId: input.sessionId,
      runtimeId: agent.config.runtimeId,
      signal: this.#abort.signal,
      sink: (written) => this.#write(written),
      ...(outputLimits && { limits: outputLimits }),
      artifacts: agent.artifactTarget(),
    })
    const { executionId } = input.request
    agent.activeExecutions.set(executionId, this.#abort)
    remember(agent.processedExecutions, executionId)
  }

  /** Runs the handler to its end, writes what it returned, and reports it; never rejects. */
  async start(): Promise<void> {
    const { instance } = this.#options
    const outcome = await callHandler((context) => instance.execute(context), this.#outputs.context)
    this.#reportEnd({ type: 'handler.settled', result: await this.#resultOf(outcome) })
  }

  /** By the instance's own interrupt, else by the abort signal. */
  interrupt(): void {
    const { instance, view, input } = this.#options
    this.#tellCancellation(endedBySomebody(view.queueRow(input.request.executionId)) ?? 'interrupted')
    if (instance.interrupt) instance.interrupt()
    else this.#abort.abort(new Error('The execution was interrupted.'))
  }

  force(): void {
    const { agentId, instance, clock, onProblem } = this.#options
    void this.#outputs.finish()
    this.#outputs.close()
    this.#abort.abort(new Error('The execution was ended by force.'))
    void disposeByForce(instance, clock).then((isGone) => {
      if (!isGone)
        onProblem(`${agentId}: its runtime could not be ended by force, and is left behind`, undefined)
      this.crash(createFailure('forcedStop'))
    })
  }

  /** The instance has died; what it wrote before is kept. */
  crash(failure: Failure): void {
    void this.#outputs.finish()
    this.#reportEnd({ type: 'handler.crashed', failure })
  }

  /** The agent has gone on without it. */
  leave(reason = 'The runtime has ended.'): void {
    if (!this.#isReported) this.#tellCancellation(reason)
  }

  close(): void {
    this.isOpen = false
    this.#outputs.close()
    this.#abort.abort(new Error('The execution has ended.'))
    this.#options.agent.activeExecutions.delete(this.#options.input.request.executionId)
  }

  #write(written: readonly OutputEvent[]): Promise<void> {
    this.#hasErrorOutput ||= written.some(({ name }) => name === 'v1.ErrorOutputAdded')
    const { durable } = this.#options.mirror.outputs(written)
    if (performance.now() - this.#toldAt >= outputIntervalMs) {
      this.#toldAt = performance.now()
      this.#options.report({ type: 'handler.output' })
    }
    return durable
  }

  #reportEnd(event: HandlerReport): void {
    if (!this.isOpen) return
    this.isOpen = false
    this.#isReported = true
    this.#options.report(event)
  }

  #tellCancellation(reason: string): void {
    if (!this.#isCancellationTold) tellCancellation(this.#options.agent, this.#options.input.request, reason)
    this.#isCancellationTold = true
  }

  async #resultOf(outcome: HandlerOutcome): Promise<HandlerResult> {
    const { signal } = this.#abort
    const { context, finish } = this.#outputs
    const { agent } = this.#options
    const isTold = () => signal.aborted || this.#hasErrorOutput
    const onError = () =>
      'thrown' in outcome &&
      !signal.aborted &&
      Promise.race([agent.handlers.onExecutionError?.(outcome.thrown, context), untilAborted(signal)])
    try {
      const { status, error = '' } = await writeOutcome(presentable(outcome), context, isTold, onError)
      await finish()
      if (status === 'success') return { success: true }
      return 'thrown' in outcome ? failedWith(outcome.thrown) : { success: false, error }
    } catch (thrown) {
      return failedWith('thrown' in outcome ? outcome.thrown : thrown)
    }
  }
}

const untilAborted = (signal: AbortSignal) =>
  new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))

/** How many ids an agent remembers. */
const rememberedIds = 1000

function remember(ids: Set<string>, id: string): void {
  ids.add(id)
  const [oldest] = ids
  if (ids.size > rememberedIds && oldest !== undefined) ids.delete(oldest)
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

/** The queue row as the claim makes it, without reading it back. */
const toQueueEntry = ({ request, sessionId }: HandlerInput, startedAt: Date): ExecutionQueueData => {
  const { executionId: id, ...requested } = request
  return {
    id,
    ...requested,
    status: 'executing',
    assignedRuntimeSession: sessionId,
    startedAt,
    completedAt: null,
    executionDurationMs: null,
    error: null,
    outcome: null,
    cancelledBy: null,
    cancelReason: null,
  }
}
