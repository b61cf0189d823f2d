/** What the Python of a notebook may connect to: these origins, which are none by default, or any. */
export type NetworkAccess = readonly string[] | 'any'

/** Origins that a notebook may have. */
export const MOST_ORIGINS = 20

/** The query parameter of the frame's address, once for each origin. */
const parameter = 'connect'

/** Characters of a host's name, at most; more cannot be looked up. */
const longestHost = 253

/**
 * The origin of what a person has written, such as `https://example.org` for `example.org/data.csv`. Undefined for what is no
 * address of the web with a name or an IPv4 address; nothing of it can stand for more than one origin, or end a list of them.
 */
export function toOrigin(text: string): string | undefined {
  const trimmed = text.trim()
  const address = /^[a-z][a-z0-9+.-]*:\/\//i.test(trimmed) ? trimmed : `https://${trimmed}`
  const url = URL.canParse(address) ? new URL(address) : undefined
  if (!url || url.username !== '' || url.password !== '' || url.hostname.length > longestHost)
    return undefined
  const isPlain = /^https?:\/\/[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:\d+)?$/.test(url.origin)
  return isPlain ? url.origin : undefined
}

/** The query with which the frame of Python is asked for; empty for no access. */
export function toFrameQuery(access: NetworkAccess): string {
  const origins = access === 'any' ? [access] : access
  return origins.length === 0 ? '' : `?${new URLSearchParams(origins.map((origin) => [parameter, origin]))}`
}

/** What the query of a frame asks for. Undefined when anything in it is not exactly as {@link toFrameQuery} writes it. */
export function readFrameQuery(query: string): NetworkAccess | undefined {
  const origins = new URLSearchParams(query).getAll(parameter)
  const access: NetworkAccess = origins[0] === 'any' ? 'any' : origins
  const isKnown = access === 'any' || access.every((origin) => toOrigin(origin) === origin)
  return isKnown && origins.length <= MOST_ORIGINS && toFrameQuery(access) === query ? access : undefined
}
