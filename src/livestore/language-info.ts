import { events, type Store } from '@runtimed/schema'

/** The notebook's metadata under which the language of its last session stands, as JSON: what a file has as `language_info`. */
export const languageInfoKey = 'languageInfo'

/** The event that notes the language of a session; none when the notebook knows it already. */
export function languageEvents(store: Pick<Store, 'query'>, language: Readonly<Record<string, unknown>>) {
  const value = JSON.stringify(language)
  const query = 'SELECT 1 FROM notebookMetadata WHERE key = ? AND value = ?'
  const known = store.query<unknown[]>({ query, bindValues: [languageInfoKey, value] as never })
  return known.length > 0 ? [] : [events.notebookMetadataSet({ key: languageInfoKey, value })]
}
