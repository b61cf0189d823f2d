/** What was thrown, as a text: the message of an error, a text as it is, anything else as JSON. Never throws. */
export function messageOf(thrown: unknown): string {
  if (typeof thrown === 'string') return thrown
  try {
    const { message }: { message?: unknown } = Object(thrown)
    return typeof message === 'string' ? message : (JSON.stringify(thrown) ?? String(thrown))
  } catch {
    return `a value of type ${typeof thrown} that cannot be shown`
  }
}
