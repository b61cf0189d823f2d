import { events } from '../events.js'
import { defineMaterializer, finite, isoDate, operation, toJson } from '../sql-operation.js'
import { tables } from '../tables.js'

type Started = typeof events.runtimeSessionStarted.schema.Type

const toFlag = (value: boolean): number => (value ? 1 : 0)

const startSession = ({ sessionId, runtimeId, runtimeType, capabilities }: Started) =>
  operation(
    `insert or replace into runtimeSessions
       (sessionId, runtimeId, runtimeType, status, isActive,
        canExecuteCode, canExecuteSql, canExecuteAi, availableAiModels, startedSeq)
     values (?1, ?2, ?3, 'starting', 1, ?4, ?5, ?6, ?7,
        (select coalesce(max(startedSeq), 0) + 1 from runtimeSessions))`,
    [
      sessionId,
      runtimeId,
      runtimeType,
      toFlag(capabilities.canExecuteCode),
      toFlag(capabilities.canExecuteSql),
      toFlag(capabilities.canExecuteAi),
      capabilities.availableAiModels ? toJson(capabilities.availableAiModels) : null,
    ],
    'runtimeSessions',
  )

const renewSession = (sessionId: string, renewedAt: Date, validForMs: number) =>
  operation(
    `update runtimeSessions set lastRenewedAt = ?2, expiresAt = ?3 where sessionId = ?1 and isActive = 1`,
    [sessionId, isoDate(renewedAt), isoDate(new Date(renewedAt.getTime() + finite(validForMs)))],
    'runtimeSessions',
  )

export const sessionMaterializers = {
  'v1.RuntimeSessionStarted': defineMaterializer(events.runtimeSessionStarted, startSession),

  'v1.RuntimeSessionRenewal': defineMaterializer(
    events.runtimeSessionRenewal,
    ({ sessionId, renewedAt, validForMs }) => renewSession(sessionId, renewedAt, validForMs),
  ),

  'v1.RuntimeSessionStatusChanged': defineMaterializer(
    events.runtimeSessionStatusChanged,
    ({ sessionId, status }) => tables.runtimeSessions.update({ status }).where({ sessionId, isActive: true }),
  ),

  'v1.RuntimeSessionTerminated': defineMaterializer(
    events.runtimeSessionTerminated,
    ({ sessionId, reason }) =>
      tables.runtimeSessions
        .update({ status: 'terminated', isActive: false, terminationReason: reason })
        .where({ sessionId, isActive: true }),
  ),
}
