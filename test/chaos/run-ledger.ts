import type { ExecutionContext } from '@runtimed/agent-core'
import type { CommitEvents } from '../../src/livestore/committer.js'
import type { Verdict } from './verdict.js'

/** As much of a queue row as a claim leaves in it. */
export interface ClaimedRow {
  readonly status: string
  readonly assignedRuntimeSession: string | null
}

export interface RunLedgerOptions {
  readonly notebookId: string
  readonly verdict: Verdict
  readonly isRepeatable: boolean
  /** Requests reach the agent in order. */
  readonly isFaithful: boolean
  /** The row of a request in the log, or as its claim in the journal will make it. */
  readonly rowOf: (executionId: string) => ClaimedRow | undefined
}

/** The row that a claim among these events makes; undefined when there is none. */
export function claimIn(journaled: CommitEvents, executionId: string): ClaimedRow | undefined {
  for (const { name, args } of journaled) {
    const { queueId, runtimeSessionId } = args as { queueId?: string; runtimeSessionId?: string }
    if (name !== 'v1.ExecutionStarted' || queueId !== executionId) continue
    return { status: 'executing', assignedRuntimeSession: runtimeSessionId ?? null }
  }
  return undefined
}

const claimedStatuses: readonly string[] = ['executing', 'completed', 'failed', 'cancelled']

/** What ran in one notebook, over all processes that had it open. */
export class RunLedger {
  /** The request whose handler runs in this process. */
  running: string | undefined
  readonly #options: RunLedgerOptions
  readonly #runs = new Map<string, number>()
  readonly #lastSeq = new Map<string, number>()
  #openings = 1

  constructor(options: RunLedgerOptions) {
    this.#options = options
  }

  get runs(): number {
    return this.#runs.size
  }

  /** The process that had the notebook open is gone, or its store was. */
  reopen(): void {
    this.#openings++
    this.running = undefined
  }

  /** Counts a run and looks whether it may be; the returned function ends it. */
  begin({ queueEntry, sessionId }: ExecutionContext): () => void {
    const { id, requestSeq } = queueEntry
    const both = () => `${this.#notebookId}: ${id} and ${this.running} run`
    this.#options.verdict.require('oneHandler', this.running === undefined, both)
    this.count(id)
    if (!this.#options.isRepeatable) this.#requireClaim(id, sessionId)
    this.#requireOrder(id, requestSeq, sessionId)
    this.running = id
    return () => {
      if (this.running === id) this.running = undefined
    }
  }

  /** Counts a run. The claim of a repeatable request may be lost with its store; then, and only then, it runs again. */
  count(executionId: string): void {
    const key = this.#options.isRepeatable ? `${this.#openings}:${executionId}` : executionId
    const runs = (this.#runs.get(key) ?? 0) + 1
    this.#runs.set(key, runs)
    const what = () => `${this.#notebookId}: ${executionId} runs a second time`
    this.#options.verdict.require('oneRun', runs === 1, what)
  }

  get #notebookId(): string {
    return this.#options.notebookId
  }

  #requireClaim(executionId: string, sessionId: string): void {
    const row = this.#options.rowOf(executionId)
    const isOwn = row?.assignedRuntimeSession === sessionId && claimedStatuses.includes(row.status)
    const what = () =>
      `${this.#notebookId}: ${executionId} runs in ${sessionId}, its row is ${row?.status} of ${row?.assignedRuntimeSession}`
    this.#options.verdict.require('claimFirst', isOwn, what)
  }

  /** Where rows reach the agent in order, they run in order as long as one session lives. */
  #requireOrder(executionId: string, seq: number, sessionId: string): void {
    const last = this.#lastSeq.get(sessionId) ?? 0
    this.#lastSeq.set(sessionId, seq)
    const inOrder = !this.#options.isFaithful || seq > last
    const what = () => `${this.#notebookId}: ${executionId} (${seq}) starts after ${last}`
    this.#options.verdict.require('order', inOrder, what)
  }
}
