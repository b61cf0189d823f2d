import { events, RUNTIME_SESSION_TIMEOUT_MS, tables, type Store } from '@runtimed/schema'
import type { RuntimeConfig } from './config.js'
import { toJsonSafe } from './json-safe.js'
import type { StoreEvent } from './output-event.js'
import { lostExecutionEvents } from './queue-rows.js'
import type { RuntimeCapabilities } from './types.js'

/** Milliseconds between renewals: half of the time for which one is valid. */
export const renewalIntervalMs = RUNTIME_SESSION_TIMEOUT_MS / 2

type Session = Pick<RuntimeConfig, 'sessionId' | 'runtimeId' | 'runtimeType'>

/**
 * Everything that makes a session the notebook's only one, to be committed together: all others are
 * displaced, their unfinished executions are ended as lost, this one starts, is ready and is renewed.
 */
export function takeOverEvents(
  store: Store,
  session: Session,
  capabilities: RuntimeCapabilities,
  now: Date,
): StoreEvent[] {
  const others = store
    .query(tables.runtimeSessions.select('sessionId').where({ isActive: true }))
    .filter((sessionId) => sessionId !== session.sessionId)
  return [
    ...others.map((sessionId) => terminationEvent(sessionId, 'displaced')),
    ...lostExecutionEvents(store, session.sessionId, now),
    ...announcementEvents(session, capabilities, 'ready', now),
  ]
}

/** Start, status and renewal; also announces changed capabilities of a running session. */
export function announcementEvents(
  session: Session,
  capabilities: RuntimeCapabilities,
  status: 'ready' | 'busy',
  now: Date,
): StoreEvent[] {
  const { sessionId, runtimeId, runtimeType } = session
  return [
    events.runtimeSessionStarted({
      sessionId,
      runtimeId,
      runtimeType,
      capabilities: announced(capabilities),
    }),
    events.runtimeSessionStatusChanged({ sessionId, status }),
    renewalEvent(sessionId, now),
  ]
}

export function renewalEvent(sessionId: string, now: Date): StoreEvent {
  return events.runtimeSessionRenewal({ sessionId, renewedAt: now, validForMs: RUNTIME_SESSION_TIMEOUT_MS })
}

export function terminationEvent(sessionId: string, reason: 'shutdown' | 'error' | 'displaced'): StoreEvent {
  return events.runtimeSessionTerminated({ sessionId, reason })
}

/** Whether the session, as the store has it now, is active. */
export function isSessionActive(store: Store, sessionId: string): boolean {
  return store.query(tables.runtimeSessions.select('isActive').where({ sessionId }).limit(1))[0] === true
}

/** What the notebook says about a session and its rivals. */
export interface SessionView {
  isActive: boolean
  /** Active sessions that started before this one, for example pulled late from the sync backend. */
  olderSessionIds: readonly string[]
}

/** Follows the active sessions; `onChange` runs inside the store's callback and must not throw. */
export function watchSession(
  store: Store,
  sessionId: string,
  onChange: (view: SessionView) => void,
): () => void {
  const active = tables.runtimeSessions.select('sessionId', 'startedSeq').where({ isActive: true })
  return store.subscribe(
    active,
    (rows) => {
      const own = rows.find((row) => row.sessionId === sessionId)
      const older = rows.filter((row) => own !== undefined && row.startedSeq < own.startedSeq)
      onChange({ isActive: own !== undefined, olderSessionIds: older.map((row) => row.sessionId) })
    },
    { label: 'runtime.activeSessions' },
  )
}

/** Only the known fields: the log must be able to hold them. */
function announced(capabilities: RuntimeCapabilities) {
  const { canExecuteCode, canExecuteSql, canExecuteAi, availableAiModels } = capabilities
  const flags = { canExecuteCode, canExecuteSql, canExecuteAi }
  return availableAiModels === undefined
    ? flags
    : { ...flags, availableAiModels: toJsonSafe(availableAiModels) }
}
