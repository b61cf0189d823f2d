/**
 * LiveStore compares events during sync by calling the first three, which shuts the store down when they are data; the last one is
 * lost where objects are copied member by member.
 */
const names = 'toString|valueOf|constructor|__proto__'

const mark = '\u200b'
const reserved = new RegExp(`^(?:${names})${mark}*$`)
const marked = new RegExp(`^(?:${names})${mark}+$`)

/**
 * A copy of a JSON value that an event can carry: members with a reserved name get a zero-width space behind it, which no reader
 * sees. {@link fromStorableMembers} takes it away again.
 */
export const toStorableMembers = <Value>(value: Value): Value =>
  renamed(value, (name) => (reserved.test(name) ? name + mark : name)) as Value

/** The JSON value that {@link toStorableMembers} was given. */
export const fromStorableMembers = <Value>(value: Value): Value =>
  renamed(value, (name) => (marked.test(name) ? name.slice(0, -mark.length) : name)) as Value

function renamed(value: unknown, rename: (name: string) => string): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map((item) => renamed(item, rename))
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [rename(name), renamed(item, rename)]),
  )
}
