import { messageOf } from './message-of.js'

const cyclicNote = '[cyclic reference]'

/**
 * A copy of `value` that survives JSON: what the event log can hold.
 *
 * Functions and `undefined` vanish, big integers become strings, typed arrays become lists of numbers,
 * a reference back to an enclosing object becomes a note, and a value that cannot be read at all becomes
 * a text that says why. Never throws. `undefined` only when nothing is left.
 */
export function toJsonSafe(value: unknown): unknown {
  try {
    const text = JSON.stringify(value, createReplacer())
    return text === undefined ? undefined : (JSON.parse(text) as unknown)
  } catch (error) {
    return `[value left out: ${messageOf(error)}]`
  }
}

/** A text as SQLite keeps it whole: a NUL character, which would cut it there, becomes U+FFFD. */
export const toStorableText = (text: string): string => text.replaceAll('\0', '\uFFFD')

/** The plain object that `value` is once it is safe, else `undefined`. */
export function toSafeRecord(value: unknown): Record<string, unknown> | undefined {
  if (value === undefined) return undefined
  const safe = toJsonSafe(value)
  const isRecord = typeof safe === 'object' && safe !== null && !Array.isArray(safe)
  return isRecord ? (safe as Record<string, unknown>) : undefined
}

function createReplacer(): (this: unknown, key: string, value: unknown) => unknown {
  const ancestors: unknown[] = []
  return function (_key, value) {
    if (typeof value === 'bigint') return value.toString()
    if (typeof value !== 'object' || value === null) return value
    while (ancestors.length > 0 && ancestors.at(-1) !== this) ancestors.pop()
    if (ancestors.includes(value)) return cyclicNote
    const plain =
      ArrayBuffer.isView(value) && !(value instanceof DataView) ? Array.from(value as never) : value
    ancestors.push(plain)
    return plain
  }
}
