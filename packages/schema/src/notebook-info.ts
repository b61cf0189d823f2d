type MetadataRecord = { readonly key: string; readonly value: string }

/** Value of the first record with this key, or `defaultValue` (an empty string) when there is none. */
export const getNotebookMetadata = (
  records: ReadonlyArray<MetadataRecord>,
  key: string,
  defaultValue = '',
): string => records.find((record) => record.key === key)?.value ?? defaultValue

/** Title, owner, runtime type and visibility of a notebook, each with its default when it is not recorded. */
export const getNotebookInfo = (
  records: ReadonlyArray<MetadataRecord>,
): { title: string; ownerId: string; runtimeType: string; isPublic: boolean } => ({
  title: getNotebookMetadata(records, 'title', 'Untitled'),
  ownerId: getNotebookMetadata(records, 'ownerId', 'unknown'),
  runtimeType: getNotebookMetadata(records, 'runtimeType', 'python3'),
  isPublic: getNotebookMetadata(records, 'isPublic', 'false') === 'true',
})
