import type { ExecutionRequest } from '../../machines/index.js'

/** What is known of one request, from its hand-over to the agent until its end is on disk. */
export interface ExecutionRecord {
  readonly request: ExecutionRequest
  /** `handedOver`: the agent has it; `claimed`: the session makes it its own; `ending`: its end is not on disk yet; `ended`: it is. */
  readonly step: 'handedOver' | 'claimed' | 'ending' | 'ended'
  /** When it was claimed, in milliseconds of a clock that nobody sets. */
  readonly startedMs?: number
}

/** The requests of one agent, one record each; the intake, the mirror and the runtime know no others. */
export class ExecutionRecords extends Map<string, ExecutionRecord> {
  /** The session claims it, or its end waits to be written: whatever its row still says, it is not to be had. */
  isTaken(executionId: string): boolean {
    const step = this.get(executionId)?.step
    return step === 'claimed' || step === 'ending'
  }

  /** An execution of the cell has ended, and its end is not on disk yet. */
  isEnding(cellId: string): boolean {
    return [...this.values()].some(({ step, request }) => step === 'ending' && request.cellId === cellId)
  }

  handOver(request: ExecutionRequest): void {
    this.set(request.executionId, { request, step: 'handedOver' })
  }

  claim(request: ExecutionRequest): void {
    this.set(request.executionId, { request, step: 'claimed', startedMs: performance.now() })
  }

  /** Milliseconds since the claim; 0 without one. */
  elapsedMs(executionId: string): number {
    const now = performance.now()
    return now - (this.get(executionId)?.startedMs ?? now)
  }

  /** It has ended here; `written` settles once that is on disk, and rejects when it could not be written: then it is forgotten. */
  end(request: ExecutionRequest, written: Promise<void>): void {
    const { executionId } = request
    this.set(executionId, { ...this.get(executionId), request, step: 'ending' })
    written.then(
      () => this.set(executionId, { request, step: 'ended' }),
      () => this.delete(executionId),
    )
  }

  /** Forgets requests that are not taken, unless their rows wait still: those would be handed over a second time. */
  prune(waits: (executionId: string) => boolean): void {
    for (const executionId of this.keys()) {
      if (!this.isTaken(executionId) && !waits(executionId)) this.delete(executionId)
    }
  }
}
