import { RegistryError } from '../errors.js'

/** Options of `openNotebookStore`. */
export interface NotebookStoreOptions {
  /** Also LiveStore's store id; letters, digits, `_` and `-`. */
  readonly notebookId: string
  /**
   * `'memory'` keeps nothing. A directory (created when missing) keeps each notebook in a directory of its own
   * below it, `<directory>/<notebookId>`, which one process owns at a time; in Node only.
   */
  readonly storage: 'memory' | { readonly directory: string }
  /** Names this process in the log. Two processes must never share one. Default: a name of its own. */
  readonly clientId?: string
  /** Gives up the opening with the signal's reason. Has no effect once the store is open. */
  readonly signal?: AbortSignal
}

/** Throws `INVALID_NOTEBOOK_ID` for an id that LiveStore does not take. @internal */
export function requireNotebookId(notebookId: string): void {
  if (/^[A-Za-z0-9_-]+$/.test(notebookId)) return
  throw new RegistryError(
    'INVALID_NOTEBOOK_ID',
    `${JSON.stringify(notebookId)} cannot be a notebook id. Use letters, digits, "_" and "-" only.`,
  )
}
