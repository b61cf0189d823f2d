import { readFrameQuery, toFrameQuery, type NetworkAccess } from '../../handlers/python/network-access.js'

const keyOf = (notebookId: string) => `studio.network.${notebookId}`

/** What a person has allowed the Python of a notebook to connect to; nothing by default. */
export const readNetwork = (storage: Storage, notebookId: string): NetworkAccess =>
  readFrameQuery(storage.getItem(keyOf(notebookId)) ?? '') ?? []

/** Counts for runtimes that are started from then on. It is kept in this browser only, whatever a notebook's file says. */
export function writeNetwork(storage: Storage, notebookId: string, access: NetworkAccess): void {
  const query = toFrameQuery(access)
  if (query === '') storage.removeItem(keyOf(notebookId))
  else storage.setItem(keyOf(notebookId), query)
}
