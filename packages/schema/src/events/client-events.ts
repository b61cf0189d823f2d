import { Events, Schema } from '@livestore/livestore'

/** A transition of an agent's machine. */
const AgentTransitionSchema = Schema.Struct({
  /** States before and after. */
  from: Schema.String,
  to: Schema.String,
  /** Type of the event that caused it. */
  event: Schema.String,
  /** Code of the failure, reason of the stop, or the condition that held. */
  cause: Schema.optional(Schema.String),
  /** Number of the runtime's life; 0 before the first one. */
  epoch: Schema.Number,
  /** Milliseconds since 1970. */
  at: Schema.Number,
})

/** Events that stay in the client: they are in its own log and tables, and no other client sees them. */
export const clientEvents = {
  /** Transitions of one agent, oldest first. The last 200 of each agent are kept. */
  agentTransitionsRecorded: Events.clientOnly({
    name: 'v1.AgentTransitionsRecorded',
    schema: Schema.Struct({ agentId: Schema.String, transitions: Schema.Array(AgentTransitionSchema) }),
  }),
}
