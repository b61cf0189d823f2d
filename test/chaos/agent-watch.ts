import type { AnyActorRef } from 'xstate'
import type {
  AgentActorRef,
  AgentContext,
  AgentEvent,
  AgentFact,
  AgentSnapshot,
  ExecutionRequest,
  ExecutionSnapshot,
} from '../../machines/index.js'
import { findNonJson } from './json.js'
import type { Verdict } from './verdict.js'

/** The timer without which a state would have no way out. */
const neededTimers: Readonly<Record<string, string>> = {
  starting: 'start timeout',
  restarting: 'restart delay',
  shuttingDown: 'stop timeout',
}

/** Looks at one agent whenever it has changed. */
export class AgentWatch {
  readonly #notebookId: string
  readonly #actorRef: AgentActorRef
  readonly #verdict: Verdict
  readonly #told = new Set<string>()
  readonly #subscription
  #state: AgentSnapshot['value'] = 'idle'
  #current: string | null = null

  constructor(
    notebookId: string,
    actorRef: AgentActorRef,
    verdict: Verdict,
    onChange: (watch: AgentWatch) => void,
  ) {
    this.#notebookId = notebookId
    this.#actorRef = actorRef
    this.#verdict = verdict
    this.#subscription = actorRef.subscribe({
      next: (snapshot) => {
        this.#look(snapshot)
        onChange(this)
      },
      error: () => undefined,
    })
  }

  stop(): void {
    this.#subscription.unsubscribe()
  }

  hear(fact: AgentFact): void {
    if (fact.type === 'execution.finished') this.#told.add(fact.end.request.executionId)
  }

  /** Sends an event, and looks that one of an older life changes nothing. */
  send(event: AgentEvent): void {
    const { status, context, value } = this.#actorRef.getSnapshot()
    this.#actorRef.send(event)
    if (status !== 'active' || !('epoch' in event) || event.epoch === context.epoch) return
    const after = this.#actorRef.getSnapshot()
    const isSame = after.value === value && after.context.epoch === context.epoch
    this.#verdict.require(
      'fencing',
      isSame,
      () =>
        `${this.#notebookId}: ${event.type} of life ${event.epoch} takes life ${context.epoch} from ${value} to ${after.value}`,
    )
  }

  /** To be called between events: is there a way out of the present state? */
  checkWayOut(): void {
    const snapshot = this.#actorRef.getSnapshot()
    if (snapshot.status !== 'active') return
    const timer = neededTimers[snapshot.value]
    if (timer !== undefined) this.#requireWayOut(timer, this.#hasTimer(this.#actorRef, timer))
    if (snapshot.value === 'executing') this.#checkExecution(snapshot.children['execution'])
  }

  /** To be called when all that was written has arrived: is a cancelled request that runs being ended? */
  checkCancellation(statusOf: (executionId: string) => string | undefined): void {
    const { children, context, status } = this.#actorRef.getSnapshot()
    const id = context.current?.executionId
    const execution = children['execution']?.getSnapshot() as ExecutionSnapshot | undefined
    if (id === undefined || execution === undefined || status !== 'active') return
    const goesOn = ['handling', 'awaitingApproval'].includes(String(execution.value))
    const isHeard = !goesOn || statusOf(id) !== 'cancelled'
    this.#verdict.require('cancelIsHeard', isHeard, () => `${this.#notebookId}: ${id}`)
  }

  #look({ value, context, status }: AgentSnapshot): void {
    if (status === 'error') return
    const before = this.#state
    this.#state = value
    if (before === 'shuttingDown') {
      const isDown = value === 'shuttingDown' || value === 'stopped'
      this.#verdict.require('noRevival', isDown, () => `${this.#notebookId}: goes to ${value}`)
    }
    this.#checkCurrent(context)
    const place = findNonJson(context)
    this.#verdict.require('jsonContext', place === undefined, () => `${this.#notebookId}: context${place}`)
  }

  #checkCurrent({ current, queue }: AgentContext): void {
    const before = this.#current
    this.#current = current?.executionId ?? null
    if (before !== null && before !== this.#current) {
      const isTold = this.#told.delete(before)
      this.#verdict.require('endIsTold', isTold, () => `${this.#notebookId}: ${before}`)
    }
    if (current && before !== this.#current) this.#checkOrder(current, queue)
    const held = queue.map((request) => request.executionId)
    if (current) held.push(current.executionId)
    const isUnique = new Set(held).size === held.length
    this.#verdict.require('noDuplicate', isUnique, () => `${this.#notebookId}: ${held.join(', ')}`)
  }

  /** The request that is taken is the first of those that the agent holds. */
  #checkOrder(taken: ExecutionRequest, queue: readonly ExecutionRequest[]): void {
    const isFirst = queue.every((request) => request.requestSeq >= taken.requestSeq)
    const seqs = () => queue.map((request) => request.requestSeq).join(', ')
    this.#verdict.require('order', isFirst, () => `${this.#notebookId}: ${taken.requestSeq} before ${seqs()}`)
  }

  #checkExecution(execution: AnyActorRef | undefined): void {
    const snapshot = execution?.getSnapshot() as ExecutionSnapshot | undefined
    if (!execution || snapshot?.status !== 'active') return this.#requireWayOut('execution', false)
    const child = snapshot.value === 'preparing' ? 'claim' : 'handler'
    const isLive = snapshot.children[child]?.getSnapshot().status === 'active'
    this.#requireWayOut(`${snapshot.value} without ${child}`, isLive)
    if (snapshot.value !== 'interrupting' || snapshot.context.stateLost) return
    this.#requireWayOut('interrupt grace', this.#hasTimer(execution, 'interrupt grace'))
  }

  #hasTimer(actor: AnyActorRef, timer: string): boolean {
    const prefix = `${actor.sessionId}.xstate.after.${timer}.`
    const scheduled = actor.system.getSnapshot()._scheduledEvents
    return Object.keys(scheduled).some((id) => id.startsWith(prefix))
  }

  #requireWayOut(what: string, holds: boolean): void {
    const state = this.#actorRef.getSnapshot().value
    this.#verdict.require('wayOut', holds, () => `${this.#notebookId}: ${state}, ${what}`)
  }
}
