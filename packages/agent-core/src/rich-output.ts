import type { InlineContainer, MediaContainer } from '@runtimed/schema'
import { addTextForArtifacts, isLargeBinary, processBinaryContent, type ArtifactTarget } from './images.js'
import { limitRepresentations, toInlineRepresentations, type Representations } from './representations.js'
import type { RawOutputData } from './types.js'

/** What a display or result will show: at once, or after the uploads that `prepare` starts. */
export interface RichOutput {
  needsUploads: boolean
  prepare(): Representations | Promise<Representations>
}

export interface RichOutputOptions {
  artifacts: ArtifactTarget
  outputBytes: number
  signal: AbortSignal
}

/** Takes the values as they are now; later changes by the handler are not seen. */
export function createRichOutput(
  data: RawOutputData,
  metadata: Record<string, unknown> | undefined,
  options: RichOutputOptions,
): RichOutput {
  const inline = toInlineRepresentations(data, metadata)
  const large = Object.entries(inline).filter(([mimeType, container]) =>
    isLargeBinary(mimeType, container.data, options.artifacts.thresholdBytes),
  )
  const limited = (all: Representations) => limitRepresentations(all, options.outputBytes)
  if (large.length === 0) return { needsUploads: false, prepare: () => limited(inline) }
  return { needsUploads: true, prepare: async () => limited(await withUploads(inline, large, options)) }
}

async function withUploads(
  inline: Record<string, InlineContainer>,
  large: readonly [string, InlineContainer][],
  options: RichOutputOptions,
): Promise<Representations> {
  const { artifacts } = options
  const uploads = large.map(async ([mimeType, container]) => {
    return [mimeType, await store(mimeType, container, options)] as const
  })
  const representations = { ...inline, ...Object.fromEntries(await Promise.all(uploads)) }
  if (artifacts.describe) artifacts.describe(representations)
  else addTextForArtifacts(representations, artifacts.client)
  return representations
}

function store(
  mimeType: string,
  container: InlineContainer,
  { artifacts, signal }: RichOutputOptions,
): Promise<MediaContainer> {
  const { data, metadata } = container
  if (!artifacts.process) return processBinaryContent(mimeType, data, metadata, artifacts, signal)
  return artifacts.process(mimeType, data, metadata, signal).catch(() => container)
}
