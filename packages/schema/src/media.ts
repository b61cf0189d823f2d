import { Schema } from '@livestore/livestore'

/** Content that is stored in the event itself. */
export type InlineContainer<T = unknown> = {
  type: 'inline'
  data: T
  metadata?: Record<string, unknown> | undefined
}

/** Content that is stored in the artifact service. */
export type ArtifactContainer = {
  type: 'artifact'
  artifactId: string
  metadata?: Record<string, unknown> | undefined
}

/** One representation of an output. */
export type MediaContainer<T = unknown> = InlineContainer<T> | ArtifactContainer

const MetadataSchema = Schema.optional(Schema.Record({ key: Schema.String, value: Schema.Any }))

/** Wire form of one representation: content that is inline, or a reference to an artifact. */
export const MediaRepresentationSchema = Schema.Union(
  Schema.Struct({ type: Schema.Literal('inline'), data: Schema.Any, metadata: MetadataSchema }),
  Schema.Struct({ type: Schema.Literal('artifact'), artifactId: Schema.String, metadata: MetadataSchema }),
)

/** A representation as it is decoded from an event. */
export type MediaRepresentation = typeof MediaRepresentationSchema.Type

export const RepresentationsSchema = Schema.Record({
  key: Schema.String,
  value: MediaRepresentationSchema,
})

/** Representations of an output by MIME type. */
export type Representations = typeof RepresentationsSchema.Type

/** True when the content is in the container. */
export const isInlineContainer = <T = unknown>(
  container: MediaContainer<T>,
): container is InlineContainer<T> => container.type === 'inline'

/** True when the container only refers to an artifact. */
export const isArtifactContainer = (container: MediaContainer): container is ArtifactContainer =>
  container.type === 'artifact'
