import { events, tables, type Store } from '@runtimed/schema'
import { createFailure, FailureError } from '../../machines/index.js'
import { RegistryError, StoreDiedError } from '../errors.js'
import type { Committer } from '../livestore/committer.js'
import { isStoreGone, storeInfo } from '../livestore/store-info.js'

/** Which notebook's agent a store was given to first. */
const notebooks = new WeakMap<object, string>()

/**
 * Throws for a store that cannot be the notebook's: `INVALID_STORE` for what is no store or has another schema, `STORE_DIED` for one
 * that has ended, `WRONG_STORE` for that of another notebook. A store that the app made may have any store id; it belongs to the
 * notebook that an agent was first made for with it.
 */
export function requireNotebookStore(notebookId: string, store: Store): void {
  requireStore(notebookId, store)
  const missing = missingInSchema(store)
  if (missing !== undefined) throw otherSchema(notebookId, store, missing)
  if (isStoreGone(store)) throw new StoreDiedError(goneText(store))
  const owner = notebooks.get(store) ?? (storeInfo(store).embedded ? store.storeId : notebookId)
  if (owner !== notebookId) throw wrongStore(notebookId, store, owner)
}

/** Notes that an agent of the notebook was made with the store. */
export const assignStore = (notebookId: string, store: Store): void => void notebooks.set(store, notebookId)

/** Throws the failure `storeDied` when the store of a runtime has ended. */
export function requireOpenStore({ committer, store }: { committer: Committer; store: Store }): void {
  if (committer.status === 'open') return
  throw new FailureError(createFailure('storeDied', { message: goneText(store) }))
}

const goneText = (store: Store) =>
  `Store "${store.storeId}" has ended. Open the notebook again, and pass the new store to getOrCreateAgent() as options.store.`

function requireStore(notebookId: string, store: unknown): void {
  const isStore = typeof store === 'object' && store !== null && 'storeId' in store && 'schema' in store
  if (isStore) return
  throw new RegistryError(
    'INVALID_STORE',
    `options.store for notebook "${notebookId}" is not a LiveStore store. Open one with openNotebookStore(), or make one with createStorePromise() and the schema of runtime-agent-registry/schema.`,
  )
}

/** The first event, table or column of a notebook that the store does not have. */
function missingInSchema({ schema }: Store): string | undefined {
  const event = Object.values(events).find(({ name }) => !schema.eventsDefsMap.has(name))
  if (event) return `event "${event.name}"`
  for (const { sqliteDef } of Object.values(tables)) {
    const columns = schema.state.sqlite.tables.get(sqliteDef.name)?.sqliteDef.columns
    if (!columns) return `table "${sqliteDef.name}"`
    const column = Object.keys(sqliteDef.columns).find((name) => !(name in columns))
    if (column !== undefined) return `column "${column}" of table "${sqliteDef.name}"`
  }
  return undefined
}

const otherSchema = (notebookId: string, store: Store, missing: string) =>
  new RegistryError(
    'INVALID_STORE',
    `Store "${store.storeId}" cannot be used for notebook "${notebookId}": its schema has no ${missing}. Make it with the schema of runtime-agent-registry/schema.`,
  )

const wrongStore = (notebookId: string, store: Store, owner: string) =>
  new RegistryError(
    'WRONG_STORE',
    `Store "${store.storeId}" is that of notebook "${owner}", and was passed for notebook "${notebookId}". Pass the store of "${notebookId}", or ask for the agent of "${owner}".`,
  )
