import { queryDb, Schema, type Store } from '@runtimed/schema'

/** A transition of an agent, as this client recorded it. */
export interface AgentTransition {
  readonly agentId: string
  readonly from: string
  readonly to: string
  /** Type of the event that caused it. */
  readonly event: string
  /** Code of the failure, reason of the stop, or the condition that held; null where the event says it all. */
  readonly cause: string | null
  /** Number of the runtime's life; 0 before the first one. */
  readonly epoch: number
  /** Milliseconds since 1970. */
  readonly at: number
}

const Row = Schema.Struct({
  agentId: Schema.String,
  from: Schema.String,
  to: Schema.String,
  event: Schema.String,
  cause: Schema.NullOr(Schema.String),
  epoch: Schema.Number,
  at: Schema.Number,
})

/**
 * The last 200 transitions of each agent of the notebook that ran in this client, oldest first. They are written along with
 * what is committed anyway, so the very last ones of a resting agent may follow later.
 */
export const agentHistory$ = queryDb(
  {
    query: `SELECT agentId, "from", "to", event, cause, epoch, at FROM agentTransitions ORDER BY position`,
    schema: Schema.Array(Row),
  },
  { label: 'agent.history' },
)

/** The rows of {@link agentHistory$} now; with an id those of one agent. */
export function readAgentHistory(store: Store, agentId?: string): readonly AgentTransition[] {
  return store
    .query(agentHistory$)
    .filter((transition) => agentId === undefined || transition.agentId === agentId)
}
