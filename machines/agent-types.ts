import type { DoneActorEvent, ErrorActorEvent } from 'xstate'
import type { AgentSettings, ExecutionEnd, ExecutionRequest, Failure, StopReason } from './vocabulary.js'

export interface AgentInput {
  readonly agentId: string
  readonly notebookId: string
  readonly runtimeType: string
  /** The session of the first life; later lives add their epoch. */
  readonly sessionId: string
  readonly settings: AgentSettings
  /** It follows a runtime elsewhere, and runs nothing itself. */
  readonly follows?: boolean
}

export interface AgentContext extends AgentInput {
  /** Number of the current life of the runtime; 0 before the first start. */
  readonly epoch: number
  /** Requests that wait, first one next. */
  readonly queue: readonly ExecutionRequest[]
  /** The request that is being run; only in `executing`. */
  readonly current: ExecutionRequest | null
  /** Why the runtime is down or was restarted last; null once it has been stable. */
  readonly failure: Failure | null
  /** Restarts since the runtime was last stable; decides the backoff. */
  readonly attempt: number
  readonly restartsInWindow: number
  /** Restarts that earlier lives needed are forgotten, although their window may not be over. */
  readonly countedFromEpoch: number
  readonly restartDelayMs: number
  /** Milliseconds until the next life begins, counted down twice a second; 0 unless `restarting`. */
  readonly restartInMs: number
  /** A pinned agent is never culled. */
  readonly isPinned: boolean
  /** The runtime will be culled soon unless work or `agent.keep` comes. */
  readonly isCullNear: boolean
  /** The runtime was taken down because nothing asked for it; the next request starts it again. */
  readonly isCulled: boolean
  readonly stopReason: StopReason
  readonly staleEvents: number
  /** A session was announced as starting, and its end was not announced yet. */
  readonly sessionIsOpen: boolean
}

export type AgentCommand =
  | { readonly type: 'agent.start' }
  | { readonly type: 'agent.stop'; readonly reason?: StopReason }
  /** A person asks for a new life, now: also from `failed`, and instead of waiting in `restarting`. */
  | { readonly type: 'agent.restart' }
  /** Somebody still wants the runtime: its idle time counts from now. */
  | { readonly type: 'agent.keep' }
  /** Never cull it, until `agent.unpin`. */
  | { readonly type: 'agent.pin' }
  | { readonly type: 'agent.unpin' }
  | { readonly type: 'execution.request'; readonly request: ExecutionRequest }
  | { readonly type: 'execution.cancel'; readonly executionId: string; readonly reason: string }
  | { readonly type: 'execution.interrupt'; readonly reason?: string }
  /** Do not wait for an interrupted handler any longer. */
  | { readonly type: 'execution.force' }

/** What the world reports about the runtime; `epoch` says of which life. */
export type AgentReport =
  | { readonly type: 'runtime.crashed'; readonly epoch: number; readonly failure: Failure }
  | { readonly type: 'session.displaced'; readonly epoch: number }
  | { readonly type: 'store.died'; readonly failure: Failure }

type AgentTimer =
  /** The window is over of the restart that the life of this epoch needed. */
  | { readonly type: 'restart.forgotten'; readonly epoch: number }
  | { readonly type: 'restart.tick' }
  | { readonly type: 'agent.stable' }
  | { readonly type: 'idle.noticed' }
  | { readonly type: 'idle.over' }

export type AgentEvent =
  | AgentCommand
  | AgentReport
  | AgentTimer
  | DoneActorEvent<void, 'runtime'>
  | ErrorActorEvent<unknown, 'runtime'>
  | DoneActorEvent<void, 'disposal'>
  | ErrorActorEvent<unknown, 'disposal'>
  | DoneActorEvent<ExecutionEnd, 'execution'>
  | ErrorActorEvent<unknown, 'execution'>

/** Facts, for the mirror and for anyone who listens with `actorRef.on`. */
export type AgentFact =
  | { readonly type: 'agent.starting'; readonly epoch: number; readonly sessionId: string }
  | { readonly type: 'agent.started'; readonly epoch: number; readonly sessionId: string }
  | { readonly type: 'agent.busy'; readonly sessionId: string }
  | { readonly type: 'agent.ready'; readonly sessionId: string }
  | {
      readonly type: 'agent.ended'
      readonly epoch: number
      readonly sessionId: string
      readonly reason: StopReason
      readonly failure: Failure | null
    }
  | {
      readonly type: 'agent.restarting'
      readonly attempt: number
      readonly delayMs: number
      readonly failure: Failure | null
    }
  | { readonly type: 'agent.failed'; readonly failure: Failure }
  | { readonly type: 'agent.stopped'; readonly reason: StopReason }
  /** The runtime is culled after this time unless somebody asks for it. */
  | { readonly type: 'agent.cullWarning'; readonly remainingMs: number }
  | { readonly type: 'agent.culled'; readonly idleMs: number }
  | { readonly type: 'execution.finished'; readonly sessionId: string; readonly end: ExecutionEnd }
  | { readonly type: 'execution.refused'; readonly request: ExecutionRequest; readonly failure: Failure }
  /** Everything that waits is given up; the mirror cancels the rows with this reason. */
  | { readonly type: 'queue.abandoned'; readonly reason: string; readonly failure: Failure | null }

/** What `startRuntime` and `stopRuntime` are told. */
export interface RuntimeInput {
  readonly agentId: string
  readonly epoch: number
  readonly sessionId: string
}

/** The session of the current life, derived from the first session and the epoch. */
export const sessionIdOf = (context: Pick<AgentContext, 'sessionId' | 'epoch'>): string =>
  context.epoch <= 1 ? context.sessionId : `${context.sessionId}-${context.epoch}`

/** What the runtime of the current life is started and stopped with. */
export const toRuntimeInput = (context: AgentContext): RuntimeInput => ({
  agentId: context.agentId,
  epoch: context.epoch,
  sessionId: sessionIdOf(context),
})
