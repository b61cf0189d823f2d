import type {
  AgentActorRef,
  AgentFact,
  ClaimResult,
  ExecutionInput,
  Failure,
  RuntimeInput,
} from '../../machines/index.js'
import type { NotedTransition } from '../livestore/history-buffer.js'
import type { HandlerCall } from '../execution/handler-to-actor.js'

/**
 * What the world does for one agent; the machine's actors are thin calls of these. One object per agent, for all its lives.
 */
export interface AgentServices {
  /** The agent's actor exists: begin to watch the notebook for it. */
  attach(actorRef: AgentActorRef): void
  /** Brings one life of the runtime up; resolves when it has proven that it works. Rejects with a `FailureError`. */
  startRuntime(input: RuntimeInput, signal: AbortSignal): Promise<void>
  /** Takes the current life down, by force if it does not go; never rejects. */
  stopRuntime(input: RuntimeInput): Promise<void>
  claimExecution(input: ExecutionInput): Promise<ClaimResult>
  openCall(input: ExecutionInput): HandlerCall
  /** Told every fact of the agent, in order. Never throws. */
  observe(fact: AgentFact): void
  /** Told every transition of the agent, for its history. Never throws. */
  note(transition: NotedTransition): void
  /** The agent's actor itself has crashed and can announce nothing any more: record the end of its session and its work. */
  recordCrash(failure: Failure): void
  /** Resolves when everything that was observed is recorded, and the notebook is no longer watched. */
  detach(): Promise<void>
}
