import { Events, Schema } from '@livestore/livestore'
import { TerminationReasonSchema } from '../runtime-types.js'

/** Events about runtime sessions. One session is one life of a runtime. */
export const sessionEvents = {
  /** A session begins. Starting a terminated session id again makes it active again. */
  runtimeSessionStarted: Events.synced({
    name: 'v1.RuntimeSessionStarted',
    schema: Schema.Struct({
      sessionId: Schema.String,
      runtimeId: Schema.String,
      runtimeType: Schema.String,
      capabilities: Schema.Struct({
        canExecuteCode: Schema.Boolean,
        canExecuteSql: Schema.Boolean,
        canExecuteAi: Schema.Boolean,
        availableAiModels: Schema.optional(Schema.Any),
      }),
    }),
  }),

  /** The session lives, and is valid for `validForMs` milliseconds from `renewedAt`. Ignored after its end. */
  runtimeSessionRenewal: Events.synced({
    name: 'v1.RuntimeSessionRenewal',
    schema: Schema.Struct({
      sessionId: Schema.String,
      renewedAt: Schema.Date,
      validForMs: Schema.Number,
    }),
  }),

  /** Ignored after the session's end. */
  runtimeSessionStatusChanged: Events.synced({
    name: 'v1.RuntimeSessionStatusChanged',
    schema: Schema.Struct({
      sessionId: Schema.String,
      status: Schema.Literal('ready', 'busy', 'restarting'),
    }),
  }),

  /** A session ends. The first reason counts. Its queue rows are not touched. */
  runtimeSessionTerminated: Events.synced({
    name: 'v1.RuntimeSessionTerminated',
    schema: Schema.Struct({ sessionId: Schema.String, reason: TerminationReasonSchema }),
  }),
}
