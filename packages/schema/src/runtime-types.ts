import { Schema } from '@livestore/livestore'

/**
 * How long one renewal keeps a runtime session valid, in milliseconds. A live runtime renews every half of it.
 * The value is part of the wire contract: user interfaces warn about a session that is older.
 */
export const RUNTIME_SESSION_TIMEOUT_MS = 30_000

export const RuntimeStatusSchema = Schema.Literal('starting', 'ready', 'busy', 'restarting', 'terminated')

/** State of a runtime session. */
export type RuntimeStatus = typeof RuntimeStatusSchema.Type

export const TerminationReasonSchema = Schema.Literal('shutdown', 'restart', 'error', 'timeout', 'displaced')

export const ActorTypeSchema = Schema.Literal('human', 'runtime_agent')

/** Kind of an actor with a profile. */
export type ActorType = typeof ActorTypeSchema.Type
