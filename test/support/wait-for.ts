/** Resolves with the first truthy result of `probe`; rejects, saying what it waited for, after `timeoutMs`. */
export async function waitUntil<Result>(
  what: string,
  probe: () => Result,
  timeoutMs = 45_000,
): Promise<NonNullable<Result>> {
  const deadline = performance.now() + timeoutMs
  for (;;) {
    const result = probe()
    if (result) return result
    if (performance.now() > deadline) throw new Error(`Waited ${timeoutMs} ms for: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
