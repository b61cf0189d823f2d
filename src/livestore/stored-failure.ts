import { toJsonSafe } from '@runtimed/agent-core'
import { queryDb, tables, type Store } from '@runtimed/schema'
import { nextActionFor, type Failure } from '../../machines/index.js'

/** Key of the notebook's metadata under which its last failure stands, so that every client and every later process can read it. */
export const failureKey = 'runtimeFailure'

/** A failure of a notebook's runtime, as it was recorded. */
export interface StoredFailure extends Failure {
  /** The session that ended with it. */
  readonly sessionId: string
  /** ISO 8601. */
  readonly at: string
  /** What a person can do about it. */
  readonly nextAction: string
}

/** A failure as JSON can carry it, whatever a handler gave as its details. */
export const toStorableFailure = ({ code, message, retryable, details }: Failure): Failure => ({
  code,
  message: String(message),
  retryable,
  ...(details && { details: toDetails(toJsonSafe(details)) }),
})

const toDetails = (safe: unknown): Record<string, unknown> =>
  typeof safe === 'object' && safe !== null ? { ...safe } : { note: safe }

/** The value to record. */
export const encodeFailure = (failure: Failure, sessionId: string, at: Date): string =>
  JSON.stringify({
    ...toStorableFailure(failure),
    sessionId,
    at: at.toISOString(),
    nextAction: nextActionFor(failure.code),
  } satisfies StoredFailure)

const failureRecord$ = queryDb(tables.notebookMetadata.select('value').where({ key: failureKey }), {
  label: 'runtime.failure',
})

/**
 * The last failure of the notebook's runtime, also of an earlier process; undefined when there was none, or what stands there was
 * not written by this library.
 */
export function readLastFailure(store: Pick<Store, 'query'>): StoredFailure | undefined {
  const [text] = store.query(failureRecord$)
  try {
    const value = JSON.parse(text ?? 'null') as Partial<StoredFailure> | null
    return typeof value?.code === 'string' && typeof value.sessionId === 'string'
      ? (value as StoredFailure)
      : undefined
  } catch {
    return undefined
  }
}
