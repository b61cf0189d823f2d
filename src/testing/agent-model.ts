import type { SnapshotFrom } from 'xstate'
import { agentModel, modelEvents, type ModelEvent, type ModelInput } from './agent.model.js'

/** What an agent promises, as a pure machine, and what can happen to one; see {@link createAgentModel}. */
export interface AgentModel {
  readonly machine: typeof agentModel
  readonly input: ModelInput
  /** Everything that can happen, each payload as an event of its own. */
  readonly events: readonly ModelEvent[]
  /** Leaves out of a snapshot what does not decide what can happen next, so that a walk ends. */
  readonly keyOf: (snapshot: SnapshotFrom<typeof agentModel>) => string
}

/**
 * The model of an agent: its states, rows and sessions for everything that can happen to it, without actors, timers and stores.
 * One restart inside the window and two waiting requests are allowed. Hand it to `coverTransitions`, make each event happen to an
 * app, and compare what the app shows with the model's state and `rows`.
 */
export const createAgentModel = (input: ModelInput = { restart: 'transient' }): AgentModel => ({
  machine: agentModel,
  input,
  events: modelEvents,
  keyOf,
})

/** Everything that decides what can happen next; what was told and counted so far does not. */
function keyOf({ value, context }: SnapshotFrom<typeof agentModel>): string {
  const { rows, current, lives } = context
  const waiting = rows.filter((row) => row === 'pending').length
  const past = { lives: Math.min(lives, 2), isUntouched: rows.length === 0, current: current !== null }
  const told = { session: 0, failure: 0, hasBackoff: 0, ends: 0, sessionEnds: 0, breaks: 0, stopReason: 0 }
  return JSON.stringify([value, { ...context, ...told, ...past, rows: waiting }])
}
