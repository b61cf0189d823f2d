import type { CellOptions } from '../../machines/index.js'

/** The tag with which a cell of a notebook file says that it may fail (nbclient and VS Code know it, too). */
const mayFailTag = 'raises-exception'
/** The member of a cell's metadata that belongs to this library: `{ "timeout_seconds": 5 }`. */
const ownMember = 'runtime_agent_registry'

/**
 * What a cell's metadata, as imported from its file, says about its execution. Metadata that is absent, cannot be read or has
 * values of the wrong kind says nothing.
 */
export function readCellOptions(details: string | undefined): CellOptions {
  if (!details?.includes(mayFailTag) && !details?.includes(ownMember)) return {}
  const { tags, [ownMember]: own } = metadataIn(details)
  const seconds = isRecord(own) ? own['timeout_seconds'] : undefined
  return {
    ...(Array.isArray(tags) && tags.includes(mayFailTag) && { mayFail: true }),
    ...(isSeconds(seconds) && { timeoutMs: seconds * 1_000 }),
  }
}

function metadataIn(details: string): Record<string, unknown> {
  try {
    const parsed: unknown = JSON.parse(details)
    return isRecord(parsed) && isRecord(parsed['metadata']) ? parsed['metadata'] : {}
  } catch {
    return {}
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const isSeconds = (value: unknown): value is number =>
  typeof value === 'number' && Number.isFinite(value) && value >= 0
