const checked = new WeakSet<object>()

/** The path of the first value that JSON would drop, change or refuse; undefined when all is JSON. */
export function findNonJson(value: unknown, path = ''): string | undefined {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return undefined
  if (typeof value === 'number') return Number.isFinite(value) ? undefined : path
  if (typeof value !== 'object') return path
  if (checked.has(value)) return undefined
  if (!Array.isArray(value) && Object.getPrototypeOf(value) !== Object.prototype) return path
  for (const [key, member] of Object.entries(value)) {
    const found = member === undefined ? undefined : findNonJson(member, `${path}.${key}`)
    if (found !== undefined) return found
  }
  checked.add(value)
  return undefined
}
