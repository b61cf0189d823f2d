import { guarded, RuntimeAgent } from '@runtimed/agent-core'
import type { Observer, Subscription } from 'xstate'
import type { AgentActorRef, AgentSnapshot } from '../../machines/index.js'
import { RegistryError } from '../errors.js'
import { NotebookWriter } from '../livestore/notebook-writer.js'
import type { QueuedExecution } from '../livestore/queue-queries.js'
import type { AgentDriver } from './agent-driver.js'

/**
 * The agent that a registry hands out: what users of `RuntimeAgent` touch, driven by the agent's machine.
 *
 * `start()` and `shutdown()` are commands to the machine; `start()` rejects with `RUNTIME_FAILED` when the runtime goes to `failed`
 * (the failure is in `cause`, and the agent stays in its registry), or with `AGENT_STOPPED` when it was shut down meanwhile. The
 * machine's actor is there for everything else: `actorRef` to send events and to read facts, `getSnapshot` and `subscribe` for its state.
 */
export class RegistryAgent extends RuntimeAgent {
  /** Gives the agent its driver. @internal */
  attach(driver: AgentDriver): void {
    this.drive(driver)
  }

  /** The agent's actor, a child of the registry's. */
  get actorRef(): AgentActorRef {
    if (!this.driver) throw new RegistryError('AGENT_NOT_SPAWNED', 'The agent has no actor yet.')
    return (this.driver as AgentDriver).actorRef
  }

  getSnapshot(): AgentSnapshot {
    return this.actorRef.getSnapshot()
  }

  /**
   * Calls back with each new snapshot, until unsubscribed; not with the present one. What an observer throws is logged; a crash of the
   * agent is told to those that have `error`.
   */
  subscribe(observer: Observer<AgentSnapshot> | ((snapshot: AgentSnapshot) => void)): Subscription {
    const { next, error, complete }: Observer<AgentSnapshot> =
      typeof observer === 'function' ? { next: observer } : observer
    const tell = <Value>(value: Value, callback?: (value: Value) => void) =>
      void guarded('subscribe', () => callback?.call(observer, value))
    return this.actorRef.subscribe({
      next: (snapshot) => tell(snapshot, next),
      error: (reason: unknown) => tell(reason, error),
      complete: () => tell(undefined, complete),
    })
  }

  /**
   * Calls back once, when the agent has ended; at once when it already has. `shutdown()` waits for it, at most `shutdownTimeoutMs`.
   * Returns the function that forgets it.
   */
  onShutdown(callback: () => void | Promise<void>): () => void {
    if (this.hasEnded) void guarded('onShutdown', callback)
    else this.endCallbacks.add(callback)
    return () => this.endCallbacks.delete(callback)
  }

  /** Stops the running cell. Without one: no effect. What waits goes on unless the error policy ends it. */
  interrupt(reason?: string): void {
    this.actorRef.send({ type: 'execution.interrupt', ...(reason !== undefined && { reason }) })
  }

  /** Ends a running cell that does not react to its interrupt, with its runtime: variables are lost. Else: no effect. */
  force(): void {
    this.actorRef.send({ type: 'execution.force' })
  }

  /** Puts off the cull of an idle runtime: its idle time counts from now. */
  keep(): void {
    this.actorRef.send({ type: 'agent.keep' })
  }

  /** Never cull the runtime, until `unpin()`. */
  pin(): void {
    this.actorRef.send({ type: 'agent.pin' })
  }

  unpin(): void {
    this.actorRef.send({ type: 'agent.unpin' })
  }

  /**
   * Cancels one execution that waits or runs; resolves when that is on disk. One that has ended, or that the notebook does not
   * know, is left as it is. Rejects with `STORE_DIED`, or with `STORE_STALLED` when the store stands still.
   */
  async cancel(executionId: string, reason = 'Cancelled.'): Promise<void> {
    await this.#cancelAll(reason, (queued) => queued.executionId === executionId)
  }

  /** Cancels everything that waits, and what runs; resolves when that is on disk. Rejects as {@link cancel} does. */
  async cancelAll(reason = 'Cancelled.'): Promise<void> {
    await this.#cancelAll(reason, () => true)
  }

  async #cancelAll(reason: string, isChosen: (queued: QueuedExecution) => boolean): Promise<void> {
    const writer = new NotebookWriter(this.store, this.config.userId)
    const { durable } = writer.cancelAllExecutions(reason, isChosen)
    await Promise.race([durable, writer.idle()])
  }

  /** Starts a new life of the runtime: variables are lost, the running and the waiting requests are cancelled. */
  restart(): void {
    this.actorRef.send({ type: 'agent.restart' })
  }
}
