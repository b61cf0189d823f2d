import { events, type Store } from '@runtimed/schema'
import {
  createFailure,
  failureCodes,
  type ExecutionEnd,
  type ExecutionOutcome,
  type Failure,
} from '../../machines/index.js'
import { toStorableFailure } from './stored-failure.js'

/** How an execution ended, as its notebook keeps it for every process. */
export interface StoredEnd {
  readonly outcome: ExecutionOutcome
  /** One sentence; null when it succeeded, or whoever ended it gave none. */
  readonly reason: string | null
  /** What was wrong with the runtime; null when nothing was, or another client ended it and kept no record of it. */
  readonly failure: Failure | null
}

/** What is read of the table `executionQueue` to tell an end, as the columns of a `SELECT`. */
export const endColumns = `executionQueue.status, executionQueue.error, executionQueue.cancelReason,
  (SELECT value FROM notebookMetadata WHERE key = 'executionEnd:' || executionQueue.id) AS lateRecord`

/** One row of {@link endColumns}. */
export interface EndRow {
  readonly status: string
  readonly error: string | null
  readonly cancelReason: string | null
  /** Kept apart, because somebody else had cancelled the row before the execution ended. */
  readonly lateRecord?: string | null
}

type EndToStore = Pick<ExecutionEnd, 'outcome' | 'reason' | 'failure'>

type RecordedFailure = Omit<Failure, 'message'> & { readonly message?: string }

interface EndRecord {
  readonly outcome: ExecutionOutcome
  readonly failure?: RecordedFailure
}

/** Begins the last line of a text that says more than its first lines. */
const recordStart = '\n{"executionEnd":'

/** Begins the text of an execution that was lost, for readers that know no records. */
const lostPrefix = 'lost: '

/** Of a reason, a failure's message and its details, each; characters. */
const maxLength = 4_000

/**
 * The text of an end for the field `error` of `v1.ExecutionCompleted`, or `reason` of `v1.ExecutionCancelled`: the reason, as
 * existing clients expect it, and a last line of JSON where the event alone would not tell the outcome and the failure.
 * Longer texts than 4,000 characters are cut, with a note; so are the details of a failure.
 */
export function encodeEnd(end: EndToStore): string {
  const { outcome, reason = '', failure } = end
  const text = cut(reason)
  const line = outcome === 'lost' ? `${lostPrefix}${text}` : text
  const isTold = outcome === 'cancelled' || outcome === plainOutcome(line)
  if (!failure && isTold && !line.includes(recordStart)) return line
  return `${line}\n${encodeRecord(end)}`
}

/**
 * Keeps the failure of an execution that somebody had cancelled before it ended, so that no end of its own can tell. Existing
 * clients know the event and ignore the key.
 */
export const lateFailure = (executionId: string, failure: Failure) =>
  events.notebookMetadataSet({
    key: `executionEnd:${executionId}`,
    value: encodeRecord({ outcome: 'cancelled', failure }),
  })

/** The reason in a text of {@link encodeEnd}, or of another client. */
export const reasonIn = (text: string): string => split(text).line

/** How the execution of a row ended; undefined until it has. */
export function decodeEnd({ status, error, cancelReason, lateRecord }: EndRow): StoredEnd | undefined {
  switch (status) {
    case 'completed':
      return { outcome: 'succeeded', reason: null, failure: null }
    case 'cancelled': {
      const { line, record } = split(cancelReason ?? error ?? '')
      return toEnd('cancelled', line, record ?? parseRecord(lateRecord ?? ''))
    }
    case 'failed': {
      const { line, record } = split(error ?? '')
      const outcome = record && record.outcome !== 'cancelled' ? record.outcome : plainOutcome(line)
      return toEnd(outcome, outcome === 'lost' ? line.replace(lostPrefix, '') : line, record)
    }
    default:
      return undefined
  }
}

/**
 * How an execution ended, also in another process or before a reload; undefined while it has not, and for one that the notebook
 * does not know. What another client ended is told as far as its events do: without a failure.
 */
export function readExecutionEnd(store: Pick<Store, 'query'>, executionId: string): StoredEnd | undefined {
  const [row] = store.query<EndRow[]>({
    query: `SELECT ${endColumns} FROM executionQueue WHERE id = ?`,
    bindValues: [executionId] as never,
  })
  return row && decodeEnd(row)
}

const plainOutcome = (line: string): ExecutionOutcome => (line.startsWith(lostPrefix) ? 'lost' : 'failed')

function encodeRecord({ outcome, reason, failure }: EndToStore): string {
  const record: EndRecord = { outcome, ...(failure && { failure: toRecorded(failure, reason) }) }
  return JSON.stringify({ executionEnd: record })
}

/** Without a message that says the same as the reason. */
function toRecorded(failure: Failure, reason: string | undefined): RecordedFailure {
  const { message, details, ...kind } = toStorableFailure(failure)
  const length = JSON.stringify(details ?? {}).length
  const kept = length > maxLength ? { note: `left out: ${length} characters` } : details
  return { ...kind, ...(message !== reason && { message: cut(message) }), ...(kept && { details: kept }) }
}

function split(text: string): { readonly line: string; readonly record?: EndRecord } {
  const at = text.lastIndexOf(recordStart)
  const record = at < 0 ? undefined : parseRecord(text.slice(at + 1))
  return record ? { line: text.slice(0, at), record } : { line: text }
}

/** Undefined for what this module has not written. */
function parseRecord(text: string): EndRecord | undefined {
  try {
    const { executionEnd } = JSON.parse(text) as { executionEnd?: EndRecord }
    const isKnown = executionEnd !== undefined && outcomes.includes(executionEnd.outcome)
    const code = executionEnd?.failure?.code
    return isKnown && (code === undefined || failureCodes.includes(code)) ? executionEnd : undefined
  } catch {
    return undefined
  }
}

const outcomes: readonly ExecutionOutcome[] = ['failed', 'cancelled', 'timedOut', 'lost']

function toEnd(outcome: ExecutionOutcome, line: string, record: EndRecord | undefined): StoredEnd {
  const { failure } = record ?? {}
  return {
    outcome,
    reason: line === '' ? null : line,
    failure: failure ? createFailure(failure.code, { message: line, ...failure }) : null,
  }
}

const cut = (text: string): string =>
  text.length <= maxLength
    ? text
    : `${text.slice(0, maxLength)} … (${text.length - maxLength} more characters)`
