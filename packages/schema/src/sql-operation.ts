import { State } from '@livestore/livestore'

type Value = string | number | null

/** One SQL statement of a materializer. */
export type Operation = {
  sql: string
  bindValues: Array<Value>
  writeTables: ReadonlySet<string>
}

/**
 * Builds one statement.
 *
 * Materializers never read the tables from JavaScript: every condition stands in the SQL. A statement then depends
 * on its event alone, so it may be computed at any time (LiveStore compares statements that were computed before
 * and after other events), and it costs one round trip.
 *
 * @param sql parameters are numbered, `?1` is the first of `bindValues`
 * @param writeTables SQL names of the tables it may write; subscriptions to other tables do not fire
 */
export const operation = (
  sql: string,
  bindValues: Array<Value>,
  ...writeTables: [string, ...Array<string>]
): Operation => ({ sql, bindValues, writeTables: new Set(writeTables) })

/** The number itself, or `fallback` (0) for NaN and the infinities, which SQLite and JSON cannot hold. */
export const finite = (value: number, fallback = 0): number => (Number.isFinite(value) ? value : fallback)

/**
 * A number that fits an INTEGER column: rounded down, and at most a safe integer away from 0. Tables are STRICT, so
 * that SQLite refuses a fraction there, and a refused statement closes the store.
 */
export const whole = (value: number): number =>
  Math.min(Math.max(Math.floor(finite(value)), Number.MIN_SAFE_INTEGER), Number.MAX_SAFE_INTEGER)

/** JSON text, or null for what JSON cannot hold: a materializer must not throw. */
export const toJson = (value: unknown): string | null => {
  try {
    return JSON.stringify(value) ?? null
  } catch {
    return null
  }
}

/** ISO 8601 with milliseconds, the form of every date column; null for a date outside of JavaScript's range. */
export const isoDate = (date: Date): string | null =>
  Number.isNaN(date.getTime()) ? null : date.toISOString()

export const { defineMaterializer } = State.SQLite
