import { toError } from './errors.js'

/** How artifact requests behave on a bad network. */
export interface RequestPolicy {
  /** Milliseconds after which one attempt is given up. Default 30000. */
  timeoutMs: number
  /** Attempts in total, for network errors, timeouts and 5xx answers. Default 3. */
  attempts: number
  /** Milliseconds before the second attempt; doubled each time. Default 250. */
  retryDelayMs: number
}

export const defaultRequestPolicy: RequestPolicy = { timeoutMs: 30_000, attempts: 3, retryDelayMs: 250 }

/**
 * `fetch` with a limit of time and repeated attempts.
 *
 * Resolves with the last answer, whatever its status. Rejects when the last attempt got no answer, or
 * with the reason of `signal` as soon as that fires.
 */
export async function requestArtifact(
  url: string,
  init: RequestInit,
  policy: RequestPolicy,
  signal?: AbortSignal,
): Promise<Response> {
  for (let attempt = 1; ; attempt += 1) {
    const isLast = attempt >= policy.attempts
    const answer = await attemptOnce(url, init, policy, signal)
    signal?.throwIfAborted()
    if (answer instanceof Response && (answer.status < 500 || isLast)) return answer
    if (!(answer instanceof Response) && isLast) throw describe(answer, url, init, policy)
    await delay(policy.retryDelayMs * 2 ** (attempt - 1), signal)
  }
}

async function attemptOnce(
  url: string,
  init: RequestInit,
  policy: RequestPolicy,
  signal: AbortSignal | undefined,
): Promise<Response | Error> {
  const controller = new AbortController()
  const timeout = new DOMException('no answer in time', 'TimeoutError')
  const timer = setTimeout(() => controller.abort(timeout), policy.timeoutMs)
  const stop = () => controller.abort(signal?.reason)
  signal?.addEventListener('abort', stop, { once: true })
  if (signal?.aborted) stop()
  try {
    return await withBody(await fetch(url, { ...init, signal: controller.signal }))
  } catch (error) {
    return toError(error)
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', stop)
  }
}

/** Reads the body while the limit of time still runs, so that no later read can hang. */
async function withBody(response: Response): Promise<Response> {
  const body = await response.arrayBuffer()
  const { status, statusText, headers } = response
  return new Response(body.byteLength === 0 ? null : body, { status, statusText, headers })
}

function describe(error: Error, url: string, init: RequestInit, policy: RequestPolicy): Error {
  const cause = error.name === 'TimeoutError' ? `no answer within ${policy.timeoutMs} ms` : error.message
  const text = `${init.method ?? 'GET'} ${withoutQuery(url)} got no answer after ${policy.attempts} attempts: ${cause}`
  return new Error(text, { cause: error })
}

/** A pre-signed address carries its secret in the query, so messages leave that out. */
function withoutQuery(url: string): string {
  return url.split('?', 1)[0] ?? url
}

function delay(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer)
      reject(signal?.reason)
    }
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop)
      resolve()
    }, milliseconds)
    signal?.addEventListener('abort', stop, { once: true })
  })
}
