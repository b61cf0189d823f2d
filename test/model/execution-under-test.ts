import { logger } from '@runtimed/agent-core'
import { events, type Store } from '@runtimed/schema'
import { SimulatedClock, type AnyActorRef, type InspectionEvent } from 'xstate'
import {
  createFailure,
  FailureError,
  type ExecutionActorRef,
  type ExecutionEnd,
} from '../../machines/index.js'
import { closeNotebookStore } from '../../src/livestore/open-notebook-store.js'
import { LocalRuntime } from '../../src/registry/local-runtime.js'
import type { RegistryMachines } from '../../src/registry/runtime-types.js'
import type { RegistryAgent } from '../../src/registry/registry-agent.js'
import { RuntimeAgentRegistry } from '../../src/registry/runtime-agent-registry.js'
import { takenTransitions } from '../../src/testing/transitions.js'
import { openTestNotebook, queueRows, requestOf } from '../support/notebooks.js'
import { waitUntil } from '../support/wait-for.js'
import { controlledType, createControlledRuntime, deferred, type Life } from './controlled-runtime.js'
import type { ExecutionModelSnapshot } from './execution-check.js'
import type { ExecutionModelContext, ExecutionModelEvent } from './execution.model.js'
import type { Subject } from './walk-path.js'

logger.configure({ console: false })

/** Times, in milliseconds of the simulated clock, each far from the next. */
const times = { patience: 1e3, silence: 1e4, grace: 1e6, limit: 1e8, never: 0 } as const

/** What can be seen of an execution from outside, as the model sees it. */
interface Observation extends Omit<ExecutionModelContext, 'isStateLost' | 'reason' | 'failure'> {
  readonly state: string
  /** What the agent announced when it ended. */
  readonly end: {
    readonly outcome: string
    readonly isStateLost: boolean
    readonly isClaimed: boolean
    readonly reason: string | null
    readonly failure: string | null
  } | null
}

const holders = new Map<string, () => Promise<void>>()
const { claimExecution } = LocalRuntime.prototype
LocalRuntime.prototype.claimExecution = async function (input) {
  await holders.get(input.agentId)?.()
  return claimExecution.call(this, input)
}

/** One execution of the real registry, with a real store in memory; the test holds its claim and controls its handler. */
export class ExecutionUnderTest implements Subject {
  /** The row of a request that was cancelled tells so once more. */
  readonly echoes = ['interrupting | execution.cancel | event is for this execution']
  readonly #store: Store
  readonly #clock = new SimulatedClock()
  readonly #runtime = createControlledRuntime()
  readonly #registry: RuntimeAgentRegistry
  readonly #claim = deferred<void>()
  #claims = 0
  #execution: ExecutionActorRef | undefined
  #agent: RegistryAgent | undefined
  #end: ExecutionEnd | undefined
  #taken: string[] = []

  /** Ready when the execution prepares. */
  static async open(machines: Partial<RegistryMachines> = {}): Promise<ExecutionUnderTest> {
    const subject = new ExecutionUnderTest(await openTestNotebook(['1']), machines)
    await subject.#begin()
    return subject
  }

  private constructor(store: Store, machines: Partial<RegistryMachines>) {
    this.#store = store
    this.#registry = new RuntimeAgentRegistry({
      clock: this.#clock,
      inspect: (event) => this.#inspect(event),
      machines,
    })
    holders.set(`agent:${store.storeId}`, () => this.#untilClaimMayGo())
    this.#registry.registerRuntimeType(
      controlledType(this.#runtime, {
        restart: 'temporary',
        executionTimeoutMs: times.limit,
        interruptGraceMs: times.grace,
        forceOfferMs: times.patience,
        stalledAfterMs: times.silence,
        idleCullMs: times.never,
      }),
    )
  }

  get taken(): readonly string[] {
    return this.#taken
  }

  forgetTaken(): void {
    this.#taken = []
  }

  isAtRest(after: ExecutionModelSnapshot): boolean {
    return !after.matches('handling') || this.#life?.running !== undefined
  }

  async perform(event: ExecutionModelEvent): Promise<void> {
    switch (event.type) {
      case 'CLAIM_WON':
        return this.#claim.resolve()
      case 'CLAIM_GONE':
        this.#store.commit(events.executionAssigned({ queueId: 'q0', runtimeSessionId: 'somebody-else' }))
        return this.#claim.resolve()
      case 'CLAIM_REFUSED':
        this.#store.commit(events.cellTypeChanged({ id: 'c0', cellType: 'markdown', actorId: 'user' }))
        return this.#claim.resolve()
      case 'CLAIM_BROKE':
        return this.#claim.reject(new FailureError(createFailure('storeDied')))
      case 'CANCEL':
        return this.#cancel()
      case 'INTERRUPT':
        return this.#agent?.interrupt('enough')
      case 'FORCE':
        return this.#agent?.force()
      case 'HANDLER_OK':
        return this.#life?.running?.end.resolve({ success: true })
      case 'HANDLER_ERROR':
        return this.#life?.running?.end.resolve({ success: false, error: 'it says no' })
      case 'HANDLER_CRASHED':
        return this.#life?.options.onCrash({ code: 'workerCrashed', message: 'The runtime broke.' })
      case 'HANDLER_GONE':
        return this.#runtime.release()
      case 'HANDLER_WROTE':
        return this.#execution?.send({ type: 'handler.output' })
      case 'APPROVAL_ASKED':
        return this.#execution?.send({ type: 'approval.requested' })
      case 'APPROVAL_GIVEN':
        return this.#execution?.send({ type: 'approval.responded' })
      case 'SILENT_FOR_LONG':
        return this.#clock.increment(times.silence)
      case 'TIME_OVER':
        return this.#clock.increment(times.limit)
      case 'PATIENCE_OVER':
        return this.#clock.increment(times.patience)
      case 'GRACE_OVER':
        return this.#clock.increment(times.grace)
    }
  }

  observe(): Observation {
    const { value, context } = (this.#execution as ExecutionActorRef).getSnapshot()
    const row = queueRows(this.#store)[0]
    const isTaken = row?.assignedRuntimeSession === 'somebody-else'
    return {
      state: value,
      cause: context.interruptCause ?? 'none',
      isStalled: context.isStalled,
      isForceOffered: context.isForceOffered,
      isForced: this.#life?.isForced ?? false,
      isClaimed: context.claimed,
      interrupts: this.#life?.interrupts ?? 0,
      row: isTaken ? 'taken' : (row?.status as Observation['row']),
      end: this.#end
        ? {
            outcome: this.#end.outcome,
            isStateLost: this.#end.stateLost,
            isClaimed: this.#end.claimed,
            reason: this.#end.reason ?? null,
            failure: this.#end.failure?.code ?? null,
          }
        : null,
    }
  }

  expected({ value, context, status }: ExecutionModelSnapshot): Observation {
    const { isStateLost, reason, failure, ...rest } = context
    const { isClaimed } = context
    return {
      state: String(value),
      ...rest,
      end: status === 'done' ? { outcome: String(value), isStateLost, isClaimed, reason, failure } : null,
    }
  }

  async close(): Promise<void> {
    this.#runtime.releaseForGood()
    await this.#registry.close()
    holders.delete(`agent:${this.#store.storeId}`)
    await closeNotebookStore(this.#store)
  }

  async abandon(): Promise<void> {
    this.#runtime.releaseForGood()
    this.#registry.actorRef.stop()
    holders.delete(`agent:${this.#store.storeId}`)
    await closeNotebookStore(this.#store)
  }

  get #life(): Life | undefined {
    return this.#runtime.lives[0]
  }

  async #begin(): Promise<void> {
    const { storeId } = this.#store
    const starting = this.#registry.getOrCreateAgent(storeId, 'controlled', { store: this.#store })
    ;(await waitUntil('the runtime', () => this.#life)).start.resolve()
    this.#agent = await starting
    this.#agent.actorRef.on('execution.finished', ({ end }) => (this.#end ??= end))
    this.#store.commit(requestOf('q0', 'c0'))
    await waitUntil('the execution', () => this.#execution && this.#claims > 0)
    this.forgetTaken()
  }

  /** The first claim waits for the test; a request that is offered again waits for ever. */
  #untilClaimMayGo(): Promise<void> {
    return this.#claims++ > 0 ? new Promise<never>(() => undefined) : this.#claim.promise
  }

  #cancel(): void {
    this.#store.commit(
      events.executionCancelled({
        queueId: 'q0',
        cellId: 'c0',
        cancelledBy: 'user',
        reason: 'not needed',
      }),
    )
  }

  #inspect(event: InspectionEvent): void {
    const actorRef = event.actorRef as AnyActorRef
    if (actorRef.id === 'execution') this.#execution ??= actorRef as ExecutionActorRef
    if (actorRef === this.#execution) this.#taken.push(...takenTransitions(event))
  }
}
