import { Events, Schema } from '@livestore/livestore'
import { ActorTypeSchema } from '../runtime-types.js'

/** Events about the notebook as a whole: metadata, files, presence, actors. */
export const notebookEvents = {
  /** A marker without meaning, for trying out a connection. */
  debug1: Events.synced({ name: 'v1.Debug', schema: Schema.Struct({ id: Schema.String }) }),

  /** A file was stored in the artifact service under this name; an earlier file of that name is replaced. */
  fileUploaded: Events.synced({
    name: 'v1.FileUploaded',
    schema: Schema.Struct({
      artifactId: Schema.String,
      mimeType: Schema.String,
      fileName: Schema.String,
      createdAt: Schema.Date,
      createdBy: Schema.String,
      fileUrl: Schema.optional(Schema.String),
    }),
  }),

  /** The file's row is removed. */
  fileDeleted: Events.synced({
    name: 'v1.FileDeleted',
    schema: Schema.Struct({ fileName: Schema.String }),
  }),

  /** The file is marked as deleted; its row stays. */
  fileDeleted2: Events.synced({
    name: 'v2.FileDeleted',
    schema: Schema.Struct({ fileName: Schema.String, deletedAt: Schema.Date }),
  }),

  /** @deprecated Set the metadata keys `title` and `ownerId` with `notebookMetadataSet`. */
  notebookInitialized: Events.synced({
    name: 'v1.NotebookInitialized',
    schema: Schema.Struct({ id: Schema.String, title: Schema.String, ownerId: Schema.String }),
  }),

  notebookTitleChanged: Events.synced({
    name: 'v1.NotebookTitleChanged',
    schema: Schema.Struct({ title: Schema.String }),
  }),

  notebookMetadataSet: Events.synced({
    name: 'v1.NotebookMetadataSet',
    schema: Schema.Struct({ key: Schema.String, value: Schema.String }),
  }),

  /** A user is at this cell, or at none when `cellId` is absent or empty. */
  presenceSet: Events.synced({
    name: 'v1.PresenceSet',
    schema: Schema.Struct({ userId: Schema.String, cellId: Schema.optional(Schema.String) }),
  }),

  actorProfileSet: Events.synced({
    name: 'v1.ActorProfileSet',
    schema: Schema.Struct({
      id: Schema.String,
      type: ActorTypeSchema,
      displayName: Schema.String,
      avatar: Schema.optional(Schema.String),
    }),
  }),
}
