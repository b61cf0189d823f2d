/** Entry of the worker that keeps one notebook's LiveStore in OPFS; one tab at a time has the worker for all of them. */
import { makeWorker } from '@livestore/adapter-web/worker'
import { schema } from '@runtimed/schema'
import { LogLevel } from 'effect'
import { createSyncBackend } from '../../livestore/sync-backend.js'
import { createSyncLog } from '../../livestore/sync-log.js'

/** Milliseconds in which events on their way back from the in-process backend gather. */
const echoDelayMs = 5

makeWorker({
  schema,
  sync: { backend: createSyncBackend(createSyncLog({ echoDelayMs })), onSyncError: 'shutdown' },
  logLevel: LogLevel.None,
})
