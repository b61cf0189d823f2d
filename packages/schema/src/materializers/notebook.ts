import { events } from '../events.js'
import { defineMaterializer, operation } from '../sql-operation.js'
import { tables } from '../tables.js'

const setMetadata = (key: string, value: string) =>
  tables.notebookMetadata.insert({ key, value }).onConflict('key', 'replace')

const markDebug = (id: string) =>
  operation('insert into debug (id) values (?1) on conflict (id) do nothing', [id], 'debug')

export const notebookMaterializers = {
  'v1.Debug': defineMaterializer(events.debug1, ({ id }) => markDebug(id)),

  'v1.NotebookInitialized': defineMaterializer(events.notebookInitialized, ({ id, title, ownerId }) => [
    setMetadata('title', title),
    setMetadata('ownerId', ownerId),
    tables.debug.insert({ id }).onConflict('id', 'replace'),
  ]),

  'v1.NotebookTitleChanged': defineMaterializer(events.notebookTitleChanged, ({ title }) =>
    setMetadata('title', title),
  ),

  'v1.NotebookMetadataSet': defineMaterializer(events.notebookMetadataSet, ({ key, value }) =>
    setMetadata(key, value),
  ),

  'v1.FileUploaded': defineMaterializer(
    events.fileUploaded,
    ({ artifactId, mimeType, fileName, createdAt, createdBy, fileUrl }) =>
      tables.files
        .insert({ artifactId, mimeType, fileName, createdAt, createdBy, fileUrl: fileUrl ?? null })
        .onConflict('fileName', 'replace'),
  ),

  'v1.FileDeleted': defineMaterializer(events.fileDeleted, ({ fileName }) =>
    tables.files.delete().where({ fileName }),
  ),

  'v2.FileDeleted': defineMaterializer(events.fileDeleted2, ({ fileName, deletedAt }) =>
    tables.files.update({ deletedAt }).where({ fileName }),
  ),

  'v1.ActorProfileSet': defineMaterializer(events.actorProfileSet, ({ id, type, displayName, avatar }) =>
    tables.actors.insert({ id, type, displayName, avatar: avatar ?? null }).onConflict('id', 'replace'),
  ),
}
