import { initialTransition, type SnapshotFrom } from 'xstate'
import { agentModel, modelEvents, type ModelEvent, type ModelInput } from './agent.model.js'

/** What an agent promises, as a pure machine, and what can happen to one; see {@link createAgentModel}. */
export interface AgentModel {
  readonly machine: typeof agentModel
  /** Everything that can happen, each payload as an event of its own. */
  readonly events: readonly ModelEvent[]
  readonly initial: SnapshotFrom<typeof agentModel>
  /** For `coverTransitions`: leaves out of a snapshot what does not decide what can happen next, so that the walk ends. */
  readonly keyOf: (snapshot: { readonly value: unknown; readonly context: unknown }) => string
}

/**
 * The model of an agent: its states, rows and sessions for everything that can happen to it, without actors, timers and stores.
 * One restart inside the window and two waiting requests are allowed. Walk it with `coverTransitions`, make each event happen to
 * an app, and compare what the app shows with the model's state and `rows`.
 */
export function createAgentModel(input: ModelInput = { restart: 'transient' }): AgentModel {
  const initial = initialTransition(agentModel, input)[0]
  return { machine: agentModel, events: modelEvents, initial, keyOf: keyOf as AgentModel['keyOf'] }
}

/** Everything that decides what can happen next; the history of rows and lives does not. */
export function keyOf({ value, context }: SnapshotFrom<typeof agentModel>): string {
  const waiting = context.rows.filter((row) => row === 'pending').length
  const rest = { ...context, rows: waiting, current: context.current !== null, lives: 0, session: '' }
  return JSON.stringify([value, rest])
}
