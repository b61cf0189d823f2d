import { RegistryError } from '../errors.js'
import {
  aName,
  anything,
  exactly,
  nameOf,
  objectOf,
  optional,
  requireOptions,
  trueOrFalse,
  type Rules,
} from './rules.js'

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

const rules: Rules<NotebookStoreOptions> = {
  notebookId: anything,
  storage: {
    expected: "'memory' or { directory: 'a path' }",
    holds: (value) => value === 'memory' || exactly({ directory: aName }).holds(value),
  },
  clientId: optional(aName),
  signal: optional({ ...objectOf({ aborted: trueOrFalse }), expected: 'an AbortSignal' }),
}

/** Throws `INVALID_OPTION`, and `INVALID_NOTEBOOK_ID` for an id that LiveStore does not take. @internal */
export function requireNotebookStoreOptions(options: NotebookStoreOptions): void {
  requireOptions(options, rules, 'openNotebookStore()')
  const { notebookId } = options
  if (aName.holds(notebookId) && /^[A-Za-z0-9_-]+$/.test(notebookId)) return
  throw new RegistryError(
    'INVALID_NOTEBOOK_ID',
    `The id of the notebook is ${nameOf(notebookId)}. Use letters, digits, "_" and "-" only.`,
  )
}
