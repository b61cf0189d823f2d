import type {
  AgentActorRef,
  AgentFact,
  ClaimResult,
  ExecutionInput,
  ExecutionRequest,
  Failure,
  FollowReport,
  HandlerInput,
  HandlerReport,
  RuntimeInput,
} from '../../machines/index.js'
import type { NotedTransition } from '../livestore/history-buffer.js'

/** A handler that runs; its end is reported once, as `handler.settled` or `handler.crashed`. */
export interface HandlerRun {
  /** Tells it to stop; what it still returns is reported. */
  interrupt(): void
  /** Ends it without waiting for it; reported as a crash. */
  force(): void
  /** The execution has ended, however the handler stands: nothing that it still does is recorded or reported. */
  close(): void
}

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
  /** Starts the handler. Throws a `FailureError` when there is no runtime to run it. */
  runHandler(input: HandlerInput, report: (event: HandlerReport) => void): HandlerRun
  /** The runtime can do something else now: tell the notebook, if a session is announced. */
  announce(): void
  /** Told every fact of the agent, in order. Never throws. */
  observe(fact: AgentFact): void
  /** Told every transition of the agent, for its history. Never throws. */
  note(transition: NotedTransition): void
  /** The agent's actor itself has crashed and can announce nothing any more: record the end of its session and its work. */
  recordCrash(failure: Failure): void
  /** Resolves when everything that was observed is recorded, and the notebook is no longer watched. */
  detach(): Promise<void>
}

/** What the world does for an agent that follows a runtime elsewhere. */
export interface FollowerServices extends Omit<AgentServices, 'claimExecution' | 'runHandler'> {
  /** Reports the end of the execution once its session has recorded one; returns the function that stops following it. */
  follow(request: ExecutionRequest, report: (event: FollowReport) => void): () => void
  /** Asks the session that runs the execution to stop it. */
  askToStop(request: ExecutionRequest): void
}
