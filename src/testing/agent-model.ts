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

/** Everything that decides what can happen next; the history of rows and lives does not. */
function keyOf({ value, context }: SnapshotFrom<typeof agentModel>): string {
  const waiting = context.rows.filter((row) => row === 'pending').length
  const rest = { ...context, rows: waiting, current: context.current !== null, lives: 0, session: '' }
  return JSON.stringify([value, rest])
}
